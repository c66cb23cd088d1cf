"""Create-, Describe- and DeletePlacementGroup: server groups whose policy is one of Amazon's strategies, and the
look-up of groups by Amazon's ids and by name.

`spread` never has two instances on one host, and a launch that cannot be so is refused; `cluster` has them on as few
hosts as there is room on. Groups that only try to keep apart are neither, and are not shown.
"""

import re
from typing import Any

from nova_like.api.ec2 import filters, ids, tag_view
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused, missing
from nova_like.model.errors import Conflict

Row = dict[str, Any]
View = dict[str, Any]
CLUSTER, SPREAD = "cluster", "spread"
POLICIES = {CLUSTER: "soft-affinity", SPREAD: "anti-affinity"}
_STRATEGIES = {"affinity": CLUSTER, "soft-affinity": CLUSTER, "anti-affinity": SPREAD}
_NAME = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?\Z")
_UNSUPPORTED = ("PartitionCount", "LinkedGroupId", "ParentGroupId", "Operator")
FIELDS: dict[str, filters.Field] = {
    "group-name": lambda view: view["GroupName"],
    "group-arn": lambda view: view["GroupArn"],
    "state": lambda view: view["State"],
    "strategy": lambda view: view["Strategy"],
    "spread-level": lambda view: view.get("SpreadLevel"),
    "Tags": lambda view: view["Tags"],
}


def create(call: Call) -> View:
    """CreatePlacementGroup: a name is a project's only once."""
    name, policy = _name(call), _policy(call)
    tags = tag_view.specified(call.get("TagSpecifications", []), "placement-group")
    try:
        row = call.services.groups.create(call.ctx, name, policy, tagged=tags, only=True)
    except Conflict as error:
        if error.facts.get("code") != "duplicate":
            raise
        raise Refused("InvalidPlacementGroup.Duplicate", f"The placement group '{name}' already exists.") from None
    return {"PlacementGroup": _view(call, row, tags)}


def _name(call: Call) -> str:
    name = call.get("GroupName")
    if not name:
        raise missing("GroupName")
    if not _NAME.match(name):
        raise Refused("InvalidParameterValue", "Names are 1 to 255 ASCII characters without spaces at the ends.")
    return str(name)


def _policy(call: Call) -> str:
    for name in _UNSUPPORTED:
        if call.get(name):
            raise Refused("UnsupportedOperation", f"The parameter {name} is not supported.")
    strategy = call.get("Strategy") or CLUSTER
    if strategy not in POLICIES:
        raise Refused("UnsupportedOperation", f"The strategy {strategy} is not supported.")
    if call.get("SpreadLevel") not in (None, "", "host"):
        raise Refused("UnsupportedOperation", "Instances are kept apart by host here.")
    return POLICIES[strategy]


def describe(call: Call) -> View:
    """DescribePlacementGroups: all of the caller's project, or those named."""
    passes = filters.predicate(call.get("Filters"), FIELDS)
    rows = find(call, call.get("GroupIds", []), call.get("GroupNames", []))
    tags = call.services.tags.of(call.ctx, [row["id"] for row in rows])
    views = (_view(call, row, tags.get(row["id"], {})) for row in rows)
    return {"PlacementGroups": [view for view in views if passes(view)]}


def delete(call: Call) -> None:
    """DeletePlacementGroup: one that has no instances."""
    row = one(call, None, _name(call))
    try:
        call.services.groups.delete(call.ctx, row["id"], empty=True)
    except Conflict as error:
        if error.facts.get("code") != "in_use":
            raise
        text = f"The placement group '{row['name']}' is in use and may not be deleted."
        raise Refused("InvalidPlacementGroup.InUse", text) from None


def one(call: Call, wanted: str | None, name: str | None) -> Row:
    """The group of that id or that name. Raises Refused; a name that native groups share names none."""
    if wanted and name:
        raise Refused("InvalidParameterCombination", "Name a placement group by its id or its name, not by both.")
    found = find(call, [wanted] if wanted else [], [name] if name else [])
    if len(found) != 1:
        raise Refused("InvalidParameterValue", f"More than one placement group has the name '{str(name)[:255]}'.")
    return found[0]


def by_ids(call: Call, wanted: list[str]) -> list[Row]:
    """The rows that these ids name. Raises Refused when one is malformed or not there."""
    return find(call, wanted, [])


def find(call: Call, wanted: list[str], names: list[str]) -> list[Row]:
    """The rows that are named, once each; all when none is. Raises Refused when one is malformed or not there."""
    rows = [row for row in call.services.groups.list(call.ctx) if row["policy"] in _STRATEGIES]
    for text in wanted:
        ids.span("placement_group", text)
    known = {ids.show("placement_group", row["id"]) for row in rows}, {row["name"] for row in rows}
    for text in [*(each for each in wanted if each not in known[0]), *(each for each in names if each not in known[1])]:
        raise Refused("InvalidPlacementGroup.Unknown", f"The placement group '{text[:255]}' is unknown.")
    if not wanted and not names:
        return rows
    return [row for row in rows if ids.show("placement_group", row["id"]) in wanted or row["name"] in names]


def names(call: Call, rows: list[Row]) -> dict[str, str]:
    """{id: name} of the groups that these instances are in; asks only when there is one."""
    if not any(row.get("group_id") for row in rows):
        return {}
    return {row["id"]: row["name"] for row in find(call, [], [])}


def _view(call: Call, row: Row, tags: dict[str, str]) -> View:
    strategy = _STRATEGIES[row["policy"]]
    arn = f"arn:aws:ec2:{call.conf.api.region}:{ids.account(row['project_id'])}"
    view = {
        "GroupId": ids.show("placement_group", row["id"]), "GroupName": row["name"], "State": "available",
        "Strategy": strategy, "Tags": tag_view.tags(tags),
        "GroupArn": f"{arn}:placement-group/{row['name']}",
    }  # fmt: skip
    return {**view, "SpreadLevel": "host"} if strategy == SPREAD else view
