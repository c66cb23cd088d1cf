"""Options of instances as Amazon shows them. Renders; asks nobody."""

from typing import Any

from nova_like.model import options
from nova_like.model.options import Options

Row = dict[str, Any]
View = dict[str, Any]
FARTHEST = 64  # hops


def metadata(row: Row) -> View:
    """InstanceMetadataOptions: pending until its host has been told."""
    told = (row.get("task") or {}).get("kind") != "replug"
    return {"State": "applied" if told else "pending", **metadata_values(options.of_row(row))}


def metadata_values(chosen: Options) -> View:
    """How the metadata service treats an instance, without the state."""
    return {
        "HttpTokens": "required" if chosen.token_required else "optional",
        "HttpPutResponseHopLimit": chosen.token_hops or FARTHEST,
        "HttpEndpoint": "enabled" if chosen.metadata_served else "disabled",
        "HttpProtocolIpv6": "disabled", "InstanceMetadataTags": "disabled",
    }  # fmt: skip


def monitoring(chosen: Options) -> View:
    """Whether its owner asked for detailed monitoring: a mark, which is shown again."""
    return {"State": "enabled" if chosen.monitored else "disabled"}
