"""Options of instances in Amazon's words: at their start, and when they are changed afterwards."""

from typing import Any

from nova_like.api.ec2 import ids, instances, option_view
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused, invalid, missing
from nova_like.model.options import Options

Row = dict[str, Any]
View = dict[str, Any]
_OFF = ("HttpProtocolIpv6", "InstanceMetadataTags")  # what no instance has


def of_request(params: dict[str, Any]) -> Options:
    """Those that RunInstances asks for. Raises Refused."""
    return Options(
        protected=params.get("DisableApiTermination", False),
        monitored=params.get("Monitoring", {}).get("Enabled", False),
        **_metadata(params.get("MetadataOptions", {})),
    )


def _metadata(asked: dict[str, Any]) -> dict[str, Any]:
    """The changes that an InstanceMetadataOptionsRequest asks for. Raises Refused."""
    for name in _OFF:
        if asked.get(name, "disabled") != "disabled":
            raise Refused("UnsupportedOperation", f"The parameter {name} is not supported.")
    changes: dict[str, Any] = {}
    if "HttpTokens" in asked:
        changes["token_required"] = asked["HttpTokens"] == "required"
    if "HttpEndpoint" in asked:
        changes["metadata_served"] = asked["HttpEndpoint"] == "enabled"
    if "HttpPutResponseHopLimit" in asked:
        hops = asked["HttpPutResponseHopLimit"]
        if not 1 <= hops <= option_view.FARTHEST:
            raise invalid("HttpPutResponseHopLimit", str(hops), f"From 1 to {option_view.FARTHEST}.")
        changes["token_hops"] = 0 if hops == option_view.FARTHEST else hops
    return changes


def modify_metadata(call: Call) -> View:
    """ModifyInstanceMetadataOptions: the host is told by a flow."""
    changes = _metadata(call.params)
    if not changes:
        raise Refused("InvalidParameterCombination", "No metadata option is specified.")
    row = instances.find(call, [call.params["InstanceId"]])[0]
    chosen = call.services.instance_options.set(call.ctx, row["id"], **changes)
    state = "pending" if row.get("host") else "applied"
    shown = {"State": state, **option_view.metadata_values(chosen)}
    return {"InstanceId": call.params["InstanceId"], "InstanceMetadataOptions": shown}


def monitor(call: Call) -> View:
    """MonitorInstances."""
    return _mark(call, True)


def unmonitor(call: Call) -> View:
    """UnmonitorInstances."""
    return _mark(call, False)


def _mark(call: Call, wanted: bool) -> View:
    if not call.params["InstanceIds"]:
        raise missing("InstanceId")
    if call.get("MetricCategoryIds"):
        raise Refused("UnsupportedOperation", "The parameter MetricCategoryId is not supported.")
    shown = []
    for row in instances.find(call, call.params["InstanceIds"]):
        chosen = call.services.instance_options.set(call.ctx, row["id"], monitored=wanted)
        shown.append({"InstanceId": ids.show("instance", row["id"]), "Monitoring": option_view.monitoring(chosen)})
    return {"InstanceMonitorings": shown}
