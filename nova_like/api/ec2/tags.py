"""CreateTags, DeleteTags and DescribeTags. Every id is found before any tag changes."""

from collections.abc import Callable
from typing import Any

from nova_like.api.ec2 import (
    filters,
    ids,
    images,
    instances,
    keypairs,
    launch_templates,
    paging,
    placement_groups,
    tag_view,
    volumes,
)
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused, missing

Row = dict[str, Any]
# noun -> the rows of ids of it: raises Refused for one that is not there
_FINDERS: dict[str, Callable[[Call, list[str]], list[Row]]] = {
    "instance": instances.find,
    "image": images.find,
    "keypair": keypairs.find,
    "volume": volumes.find,
    "launch_template": launch_templates.find,
    "placement_group": placement_groups.by_ids,
}
# noun -> what DescribeTags calls it
TYPES = {"instance": "instance", "image": "image", "keypair": "key-pair", "volume": "volume", "subnet": "subnet",
         "security_group": "security-group", "network": "vpc", "port": "network-interface",
         "launch_template": "launch-template", "placement_group": "placement-group"}  # fmt: skip
FIELDS: dict[str, filters.Field] = {
    "key": lambda tag: tag["Key"],
    "value": lambda tag: tag["Value"],
    "resource-id": lambda tag: tag["ResourceId"],
    "resource-type": lambda tag: tag["ResourceType"],
    "Tags": lambda tag: [tag],
}


def create(call: Call) -> None:
    """Give all the resources all the tags."""
    if not call.params["Tags"]:
        raise missing("Tag")
    values = tag_view.checked(call.params["Tags"])
    call.services.tags.create(call.ctx, _resources(call), values)


def delete(call: Call) -> None:
    """Take tags away: a key without a value whatever its value, and all of them when none is named."""
    given = call.get("Tags")
    for tag in given or ():
        tag_view.check_key(tag.get("Key", ""))
    wanted = {tag["Key"]: tag.get("Value") for tag in given} if given else None
    call.services.tags.delete(call.ctx, _resources(call), wanted)


def _resources(call: Call) -> list[tuple[str, str]]:
    """(kind, id) of every resource named."""
    wanted = call.params["Resources"]
    if not wanted:
        raise missing("ResourceId")
    by_noun: dict[str, list[str]] = {}
    for text in wanted:
        noun = ids.noun_of(text)
        if noun not in _FINDERS:
            raise Refused("InvalidID", f"The ID '{text[:100]}' is not valid")
        by_noun.setdefault(noun, []).append(text)
    return [(noun, row["id"]) for noun, texts in by_noun.items() for row in _FINDERS[noun](call, texts)]


def describe(call: Call) -> dict[str, Any]:
    """DescribeTags: those of the caller's project."""
    page = paging.page(call)
    passes = filters.predicate(call.get("Filters"), FIELDS)
    shown = [_view(row) for row in call.services.tags.list(call.ctx) if row["kind"] in TYPES]
    tags, token = paging.cut(filter(passes, shown), page, lambda tag: f"{tag['ResourceId']} {tag['Key']}")
    return {"Tags": tags, "NextToken": token}


def _view(row: Row) -> dict[str, str]:
    return {
        "ResourceId": ids.show(row["kind"], row["resource_id"]), "ResourceType": TYPES[row["kind"]],
        "Key": row["key"], "Value": row["value"],
    }  # fmt: skip
