"""Tags as Amazon writes them, and the rules that a tag must keep."""

from typing import Any

from nova_like.api.ec2.refused import Refused

MOST = 50
KEY_LENGTH, VALUE_LENGTH = 127, 255


def tags(values: dict[str, str]) -> list[dict[str, str]]:
    """A TagList, ordered by key."""
    return [{"Key": key, "Value": values[key]} for key in sorted(values)]


def checked(given: list[dict[str, Any]]) -> dict[str, str]:
    """A TagList as a mapping. Raises Refused for a key without name, too long, Amazon's own, or given twice."""
    values: dict[str, str] = {}
    for tag in given:
        key, value = tag.get("Key", ""), tag.get("Value", "")
        check_key(key)
        if len(value) > VALUE_LENGTH:
            raise _invalid(f"Tag value exceeds the maximum length of {VALUE_LENGTH} characters")
        if key in values:
            raise _invalid(f"Duplicate tag key '{key}' specified.")
        values[key] = value
    if len(values) > MOST:
        raise too_many()
    return values


def check_key(key: str) -> None:
    """Raise Refused unless a tag may have this key."""
    if not key:
        raise _invalid("Tag keys cannot be empty.")
    if len(key) > KEY_LENGTH:
        raise _invalid(f"Tag key exceeds the maximum length of {KEY_LENGTH} characters")
    if key.lower().startswith("aws:"):
        raise _invalid("Tag keys starting with 'aws:' are reserved for internal use")


def too_many() -> Refused:
    """A resource may have so many tags and no more."""
    return Refused("TagLimitExceeded", f"The maximum number of tags for a resource is {MOST}.")


def _invalid(why: str) -> Refused:
    return Refused("InvalidParameterValue", why)


def specified(specifications: list[dict[str, Any]], kind: str) -> dict[str, str]:
    """The tags that TagSpecifications give what an action makes, which is of one `kind`. Raises Refused for others."""
    given: list[dict[str, Any]] = []
    for each in specifications:
        if each.get("ResourceType") != kind:
            raise _invalid(f"'{each.get('ResourceType', '')}' is not a valid taggable resource type here.")
        given += each.get("Tags", [])
    return checked(given)
