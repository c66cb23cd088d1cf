"""Bad input on every compute route: bodies near the schemas, strange ids and queries. Never a 500, always the dialect's
form."""

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nova_like.api.common.routing import all_entries
from nova_like.api.native.compute.errors import NAMES
from nova_like.api.native.compute.routes import ROUTES
from tests.functional.compute_world import UNKNOWN, Compute, Project

STRANGE: list[Any] = [
    None, True, 0, -1, 1, 2**31, 2**63, 2**64, 10**400, 1.5, 1e308, "", "x", "a" * 300, "\0", "é", "../..", "%", [], {},
    [None], {"a": None}, {"": ""}, [[]], UNKNOWN, "1", "-1", "99999999999", "True", "none", "2026-13-01", "\u202e", "٣",
    " 1", "'; DROP TABLE instances; --",
]  # fmt: skip
IDS = ["1", "h1", "x", "é", "..", "a/b", "9" * 40, "None", " ", "detail", UNKNOWN, UNKNOWN.upper(), "'", "x" * 300]
PARAMETERS = [
    "limit", "marker", "sort_key", "sort_dir", "status", "name", "image", "flavor", "changes-since", "all_tenants",
    "deleted", "is_public", "minRam", "minDisk", "user_id", "tenant_id", "binary", "host", "with_servers", "uuid", "ip",
    "hypervisor_hostname_pattern", "power_state", "vm_state", "project_id", "availability_zone",
]  # fmt: skip
KNOWN = {"uuid": UNKNOWN, "ip": "10.0.0.1", "base64": "aGk=", "name": "n"}


def near(schema: Any) -> st.SearchStrategy[Any]:
    """Values that a JSON schema describes, now and then something else in their place."""
    return st.one_of(_valid(schema), _valid(schema), _valid(schema), st.sampled_from(STRANGE))


def _valid(schema: Any) -> st.SearchStrategy[Any]:
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return st.one_of([near(one) for one in schema[word]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds = schema.get("type", "string")
    return st.one_of([_of_kind(schema, kind) for kind in (kinds if isinstance(kinds, list) else [kinds])])


def _of_kind(schema: Any, kind: str) -> st.SearchStrategy[Any]:
    if kind == "object":
        return _object(schema)
    if kind == "array":
        return st.lists(near(schema.get("items", {})), max_size=2)
    simple = {"integer": st.sampled_from([0, 1, -1, 2, 2**31 - 1, 2**40]), "number": st.sampled_from([0.5, 1, 2]),
              "boolean": st.booleans(), "null": st.none()}  # fmt: skip
    texts = st.sampled_from([KNOWN.get(schema.get("format", ""), "x"), "1", "ssh-rsa AAAA", "x" * 70])
    return simple.get(kind, texts)


def _object(schema: Any) -> st.SearchStrategy[Any]:
    properties, required = schema.get("properties", {}), schema.get("required", ())
    fixed = {name: near(properties[name]) for name in required}
    optional = {name: near(one) for name, one in properties.items() if name not in required}
    for one in schema.get("patternProperties", {}).values():
        optional |= {key: near(one) for key in ("k", "a b", "é")}
    return st.fixed_dictionaries(fixed, optional=optional)


def requests(route: Any, name: str, action: Any) -> st.SearchStrategy[Any]:
    schema = (action or route).schema
    versions = [one for _, one in schema] if isinstance(schema, tuple) else [schema] if schema is not None else []
    body = st.one_of([near(one) for one in versions]) if versions else st.none()
    return st.tuples(
        st.fixed_dictionaries({parameter: st.sampled_from(IDS) for parameter in route.parameters}),
        st.dictionaries(st.sampled_from(PARAMETERS), st.sampled_from(STRANGE), max_size=3),
        st.builds(lambda value: {name: value}, body) if name else body,
        st.sampled_from(["member", "admin"]), st.integers(1, 60),
    )  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    return Compute(tmp_path_factory.mktemp("fuzz")).project("own")


@pytest.mark.parametrize(
    ("route", "name", "action"),
    [pytest.param(*entry, id=f"{entry[0].method} {entry[0].path} {entry[1]}") for entry in all_entries(ROUTES)],
)
def test_bad_input_is_answered_and_survived(project, route, name, action):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(requests(route, name, action))
    def run(request):
        ids, query, body, role, minor = request
        path = route.path.format(**{parameter: quote(value, safe="") for parameter, value in ids.items()})
        text = "&".join(f"{key}={quote(str(value), safe='')}" for key, value in query.items())
        answer = project.call(route.method, f"{path}?{text}", body, f"2.{minor}", role)
        assert answer.status_int < 500 or answer.status_int == 501, answer.text
        if answer.status_int >= 400:
            fault = answer.json[NAMES[answer.status_int]]
            assert fault["code"] == answer.status_int and fault["message"]

    run()
