"""botocore as the oracle: its serializer and parser for our operations, and hypothesis strategies made from shapes."""

import datetime
import functools
from typing import Any
from urllib.parse import urlencode

import botocore.loaders
import botocore.model
import botocore.parsers
import botocore.serialize
from hypothesis import strategies as st

from nova_like.api.ec2 import operations

FREE_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
# XML 1.0 cannot hold the other control characters, nor U+FFFE and U+FFFF; what we do with those has its own test
XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=12
)
TIMES = st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2090, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=datetime.UTC)
)
NUMBERS = {"integer": st.integers(-(2**31), 2**31 - 1), "long": st.integers(-(10**17), 10**17)}
DEEPEST = 5
ACTIONS = sorted(operations.TABLE)


@functools.cache
def service(name: str) -> botocore.model.ServiceModel:
    return botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model(name, "service-2"), name)


def operation(action: str) -> botocore.model.OperationModel:
    return service(operations.TABLE[action].service).operation_model(action)


def values(shape: Any, text: st.SearchStrategy[str], depth: int = 0) -> st.SearchStrategy[Any]:
    """Any value that the shape allows, as botocore's callers write it."""
    kind = shape.type_name
    if kind == "structure":
        deep = {} if depth > DEEPEST else shape.members
        needed = {name: values(deep[name], text, depth + 1) for name in shape.required_members if name in deep}
        others = {name: values(member, text, depth + 1) for name, member in deep.items() if name not in needed}
        return st.fixed_dictionaries(needed, optional=others)
    if kind == "list":
        return st.lists(values(shape.member, text, depth + 1), max_size=2 if depth < 3 else 1)
    if kind == "string":
        return st.sampled_from(shape.enum) if shape.enum else text
    simple = {"boolean": st.booleans(), "blob": st.binary(max_size=12), "timestamp": TIMES}
    real = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))
    return {**NUMBERS, **simple, "double": real, "float": real}[kind]


def sent(action: str, params: dict[str, Any]) -> str:
    """The form that botocore sends for these parameters."""
    model = operation(action)
    made = botocore.serialize.create_serializer(model.service_model.metadata["protocol"], include_validation=False)
    return urlencode(made.serialize_to_request(params, model)["body"])


def received(action: str, body: str, status: int = 200) -> dict[str, Any]:
    """What botocore makes of a reply of ours."""
    model = operation(action)
    parser = botocore.parsers.create_parser(model.service_model.metadata["protocol"])
    return parser.parse({"status_code": status, "headers": {}, "body": body.encode()}, model.output_shape)
