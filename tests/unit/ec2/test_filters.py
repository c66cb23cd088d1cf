"""Filters and pages of the Describe actions."""

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_like.api.ec2 import filters, paging
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused
from nova_like.model.context import Context

FIELDS: dict[str, filters.Field] = {
    "name": lambda item: item["name"],
    "size": lambda item: item["size"],
    "public": lambda item: item["public"],
    "group": lambda item: item["groups"],
    "Tags": lambda item: item["tags"],
}
ITEM = {"name": "web-1", "size": 3, "public": True, "groups": ["a", "b"], "tags": [{"Key": "env", "Value": "prod*"}]}


def passes(*asked: tuple[str, list[str]]) -> bool:
    return filters.predicate([{"Name": name, "Values": values} for name, values in asked], FIELDS)(ITEM)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([], True),
        ([("name", ["web-1"])], True),
        ([("name", ["WEB-1"])], False),
        ([("name", ["db", "web-?"])], True),
        ([("name", ["web"])], False),
        ([("name", ["*1"]), ("size", ["3"])], True),
        ([("name", ["*1"]), ("size", ["4"])], False),
        ([("public", ["true"])], True),
        ([("public", ["false"])], False),
        ([("group", ["b"])], True),
        ([("name", [])], False),
        ([("tag:env", ["prod*"])], True),
        ([("tag:env", [r"prod\*"])], True),
        ([("tag:env", [r"pro\*"])], False),
        ([("tag:ENV", ["prod*"])], False),
        ([("tag-key", ["e?v"])], True),
        ([("tag-value", ["p*"])], True),
        ([("tag-value", ["q*"])], False),
    ],
)
def test_filters(asked: list[tuple[str, list[str]]], expected: bool) -> None:
    assert passes(*asked) is expected


@pytest.mark.parametrize("name", ["colour", "tags", "", "tag", "Tag:env"])
def test_unknown_filters_are_refused(name: str) -> None:
    with pytest.raises(Refused) as caught:
        passes((name, ["x"]))
    assert caught.value.ec2_code == "InvalidParameterValue"


def test_a_noun_without_tags_has_no_tag_filters() -> None:
    with pytest.raises(Refused):
        filters.predicate([{"Name": "tag:env", "Values": ["x"]}], {"name": FIELDS["name"]})


def test_the_number_of_values_is_limited() -> None:
    with pytest.raises(Refused) as caught:
        passes(("name", ["x"] * 201))
    assert caught.value.ec2_code == "FilterLimitExceeded"


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_wildcards_are_those_of_the_shell(pattern: str, text: str) -> None:
    assert filters.matches(pattern, text) is bool(re.match(fnmatch.translate(pattern), text))


def test_hostile_patterns_take_no_time() -> None:
    assert not filters.matches("*a" * 5000 + "b", "a" * 255)


def call(**params: object) -> Call:
    return Call("DescribeTags", Context(), dict(params), None, None)


@given(st.lists(st.text("abc", min_size=1, max_size=4), unique=True, max_size=40), st.integers(5, 12))
def test_pages_hold_every_item_once(keys: list[str], limit: int) -> None:
    items, seen, token = [{"key": key} for key in keys], [], None
    for _ in range(len(keys) + 1):
        params = {"MaxResults": limit} | ({"NextToken": token} if token else {})
        shown, token = paging.cut(items, paging.page(call(**params)), lambda item: item["key"])
        assert len(shown) <= limit
        seen += [item["key"] for item in shown]
        if token is None:
            break
    assert seen == sorted(keys)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"MaxResults": 4}, "InvalidParameterValue"),
        ({"MaxResults": 5, "InstanceIds": ["i-1"]}, "InvalidParameterCombination"),
        ({"NextToken": "rubbish"}, "InvalidNextToken"),
        ({"MaxResults": 5, "NextToken": "MTo="}, "InvalidNextToken"),
    ],
)
def test_bad_pages(params: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as caught:
        paging.page(call(**params), "InstanceIds")
    assert caught.value.ec2_code == code


def test_more_than_the_most_is_the_most() -> None:
    assert paging.page(call(MaxResults=100_000)).limit == paging.MOST
