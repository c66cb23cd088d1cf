"""The look-up of security groups by Amazon's ids and by name for other actions."""

from nova_like.api.ec2 import ids
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused


def find(call: Call, wanted: list[str], names: list[str]) -> list[str]:
    """Ids of the groups that are named, once each. Raises Refused when one is malformed or not there."""
    if not wanted and not names:
        return []
    rows = [row for row in call.services.security_groups.list(call.ctx) if row["project_id"] == call.ctx.project_id]
    by_id = {ids.show("security_group", row["id"]): row["id"] for row in rows}
    by_name = {row["name"]: row["id"] for row in rows}
    for text in wanted:
        ids.span("security_group", text)
    for known, text in [*((by_id, text) for text in wanted), *((by_name, text) for text in names)]:
        if text not in known:
            raise Refused("InvalidGroup.NotFound", f"The security group '{text[:255]}' does not exist")
    return list(dict.fromkeys([*(by_id[text] for text in wanted), *(by_name[text] for text in names)]))
