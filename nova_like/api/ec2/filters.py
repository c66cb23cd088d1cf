"""Filters of the Describe actions: names that a noun offers, wildcards, and tags. Knows no noun.

Several values of a filter are alternatives; several filters must all hold.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nova_like.api.ec2.refused import Refused

MOST_VALUES = 200
Item = dict[str, Any]
Field = Callable[[Item], Any]  # a string, a number, a boolean, None, or an iterable of these
Predicate = Callable[[Item], bool]
TAGS = "Tags"  # where a view keeps its tags: [{"Key": ..., "Value": ...}]


def predicate(filters: list[dict[str, Any]] | None, fields: Mapping[str, Field]) -> Predicate:
    """Whether a view passes all filters; `fields` gives a view's value (or values) by filter name.

    Raises Refused when a filter has a name that is neither there nor a tag's.
    """
    filters = filters or []
    if sum(len(each.get("Values", ())) for each in filters) > MOST_VALUES:
        raise Refused("FilterLimitExceeded", f"The maximum number of filter values is {MOST_VALUES}.")
    tests = [_test(each, fields) for each in filters]
    return lambda item: all(test(item) for test in tests)


def _test(asked: dict[str, Any], fields: Mapping[str, Field]) -> Predicate:
    name = asked.get("Name")
    if not name:
        raise Refused("InvalidParameterValue", "A filter needs a name.")
    patterns = list(asked.get("Values", ()))
    field = _field(name, fields)
    return lambda item: any(matches(pattern, value) for value in _texts(field(item)) for pattern in patterns)


def _field(name: str, fields: Mapping[str, Field]) -> Field:
    if name in fields:
        return fields[name]
    if TAGS in fields:  # the noun has tags
        if name == "tag-key":
            return lambda item: [tag["Key"] for tag in fields[TAGS](item)]
        if name == "tag-value":
            return lambda item: [tag["Value"] for tag in fields[TAGS](item)]
        if name.startswith("tag:"):
            return lambda item: [tag["Value"] for tag in fields[TAGS](item) if tag["Key"] == name[4:]]
    raise Refused("InvalidParameterValue", f"The filter '{name[:100]}' is invalid")


def _texts(value: Any) -> Iterable[str]:
    if value is None:
        return
    if isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, str | int | float):
        yield str(value)
    else:
        for each in value:
            yield from _texts(each)


def matches(pattern: str, text: str) -> bool:
    r"""`*` stands for any characters, `?` for one, and `\` takes the meaning off the next.

    Goes back to the last star only, so it takes at most len(pattern) * len(text) steps.
    """
    parts = _parts(pattern)
    at = here = 0
    star, kept = -1, 0
    while here < len(text):
        if at < len(parts) and (parts[at] == "?" or parts[at] == ("=", text[here])):
            at, here = at + 1, here + 1
        elif at < len(parts) and parts[at] == "*":
            star, kept, at = at, here, at + 1
        elif star >= 0:
            kept += 1
            at, here = star + 1, kept
        else:
            return False
    return all(part == "*" for part in parts[at:])


def _parts(pattern: str) -> list[Any]:
    parts: list[Any] = []
    letters = iter(pattern)
    for letter in letters:
        if letter == "\\":
            parts.append(("=", next(letters, "\\")))
        elif letter in "*?":
            parts.append(letter)
        else:
            parts.append(("=", letter))
    return parts
