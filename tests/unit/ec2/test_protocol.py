"""Our parser and writer against botocore's writer and parser, over every action that exists."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nova_like.api.ec2 import operations, parse, query, render
from nova_like.api.ec2.refused import Refused
from tests.unit.ec2 import oracle

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def without_empty(value: Any) -> Any:
    """The query protocol cannot tell an empty structure from none, nor an empty list."""
    if isinstance(value, dict):
        kept = {key: without_empty(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if each not in ({}, [])}
    if isinstance(value, list):
        return [each for each in map(without_empty, value) if each not in ({}, [])]
    return value


def has_required(shape: Any, value: Any) -> bool:
    """Whether what is left after `without_empty` still holds every required member."""
    if shape.type_name == "structure":
        if any(name not in value for name in shape.required_members):
            return False
        return all(has_required(shape.members[name], each) for name, each in value.items())
    if shape.type_name == "list":
        return all(has_required(shape.member, each) for each in value)
    return True


@pytest.mark.parametrize("action", [name for name in oracle.ACTIONS if name != "GetCallerIdentity"])
@SETTINGS
@given(data=st.data())
def test_parses_what_botocore_sends(action: str, data: Any) -> None:
    shape = oracle.operation(action).input_shape
    params = without_empty(data.draw(oracle.values(shape, oracle.FREE_TEXT)))
    if not has_required(shape, params):
        return
    form = query.one_each(query.pairs(oracle.sent(action, params)))
    assert form["Action"] == action
    parsed = parse.parse(operations.load()[action].input, form)
    parsed.pop("ClientToken", None)
    params.pop("ClientToken", None)
    assert without_empty(parsed) == params


@pytest.mark.parametrize("action", oracle.ACTIONS)
@SETTINGS
@given(data=st.data())
def test_botocore_reads_what_we_write(action: str, data: Any) -> None:
    shape = oracle.operation(action).output_shape
    result = data.draw(oracle.values(shape, oracle.XML_TEXT)) if shape is not None else None
    body = render.reply(operations.load()[action], result, "2016-11-15", "req-1")
    read = oracle.received(action, body)
    assert read.pop("ResponseMetadata")["RequestId"] == "req-1"
    assert read == (result or {})


def test_old_versions_get_their_own_namespace() -> None:
    body = render.reply(operations.load()["RebootInstances"], None, "2010-08-31", "req-1")
    assert 'xmlns="http://ec2.amazonaws.com/doc/2010-08-31/"' in body
    assert "<return>true</return>" in body


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    shown = render.escape("a\0b\x1b[31m\ufffe<&>\r\n")
    assert shown == "a\ufffdb\ufffd[31m\ufffd&lt;&amp;&gt;&#13;\n"


def test_a_member_that_no_client_would_see_is_a_defect() -> None:
    with pytest.raises(KeyError):
        render.reply(operations.load()["DescribeInstances"], {"Reservation": []}, "2016-11-15", "req-1")


@pytest.mark.parametrize("service", ["ec2", "sts"])
def test_botocore_reads_errors(service: str) -> None:
    body = render.error(service, "A.B", "not <so>", "req-9")
    action = "GetCallerIdentity" if service == "sts" else "DescribeInstances"
    read = oracle.received(action, body, 400)
    assert (read["Error"]["Code"], read["Error"]["Message"]) == ("A.B", "not <so>")
    assert read["ResponseMetadata"]["RequestId"] == "req-9"


def code_of(action: str, form: dict[str, str]) -> str:
    with pytest.raises(Exception) as caught:
        parse.parse(operations.load()[action].input, form)
    return caught.value.ec2_code  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"Nonsense": "1"}, "UnknownParameter"),
        ({"InstanceId": "i-1"}, "UnknownParameter"),
        ({"InstanceId.x": "i-1"}, "UnknownParameter"),
        ({"InstanceId.0": "i-1"}, "UnknownParameter"),
        ({"InstanceId.1.2": "i-1"}, "UnknownParameter"),
        ({"InstanceId.1": "i-1", "InstanceId.1.Name": "x"}, "UnknownParameter"),
        ({"InstanceId.1.Name": "x", "InstanceId.1": "i-1"}, "UnknownParameter"),
        ({".".join("a" * 30): "x"}, "UnknownParameter"),
        ({"Filter.1.Colour": "x"}, "UnknownParameter"),
        ({"MaxResults": "many"}, "InvalidParameterValue"),
        ({"MaxResults": "٣"}, "InvalidParameterValue"),
        ({"MaxResults": "1" * 400}, "InvalidParameterValue"),
        ({"DryRun": "perhaps"}, "InvalidParameterValue"),
    ],
)
def test_refuses_nonsense(form: dict[str, str], code: str) -> None:
    assert code_of("DescribeInstances", form) == code


def test_names_what_is_missing_and_checks_enums() -> None:
    assert code_of("StopInstances", {}) == "MissingParameter"
    assert code_of("ImportKeyPair", {"KeyName": "k", "PublicKeyMaterial": "%%"}) == "InvalidParameterValue"
    assert code_of("DescribeInstanceAttribute", {"InstanceId": "i", "Attribute": "x"}) == "InvalidParameterValue"


def test_flavor_names_are_ours_to_choose() -> None:
    form = {"InstanceType": "tiny", "MinCount": "1", "MaxCount": "1"}
    assert parse.parse(operations.load()["RunInstances"].input, form)["InstanceType"] == "tiny"


def test_lists_are_in_the_order_of_their_numbers() -> None:
    form = {"InstanceId.10": "c", "InstanceId.9": "b", "InstanceId.1": "a"}
    assert parse.parse(operations.load()["StopInstances"].input, form)["InstanceIds"] == ["a", "b", "c"]


@SETTINGS
@given(st.dictionaries(st.text("ABIcei.1290nstaFlrVudN", max_size=30), oracle.FREE_TEXT, max_size=6))
def test_any_form_parses_or_is_refused(form: dict[str, str]) -> None:
    try:
        parse.parse(operations.load()["RunInstances"].input, {"MinCount": "1", "MaxCount": "1", **form})
    except Refused as refusal:
        assert refusal.status == 400
