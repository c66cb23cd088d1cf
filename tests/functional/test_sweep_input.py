"""Bad input to every route of the native APIs: bodies near the schemas and far from JSON, strange paths, queries and
headers. Never a 5xx, an error in that API's own form, and nothing changed by what was refused."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.functional import sweep_examples as examples
from tests.functional.compute_world import UNKNOWN
from tests.functional.sweep_entries import ENTRIES, Entry, filled, is_error
from tests.functional.sweep_world import World

ONCE = [entry for entry in ENTRIES if not entry.in_project]
PER_ENTRY = pytest.mark.parametrize("entry", ONCE, ids=str)
STRANGE: list[Any] = [
    None, True, 0, -1, 1, 2**31, 2**63, 2**64, 10**400, 1.5, 1e308, float("nan"), float("inf"), "", "x", "a" * 300,
    "\0", "é", "../..", "%", [], {}, [None], {"a": None}, {"": ""}, [[]], UNKNOWN, "1", "-1", "99999999999", "True",
    "none", "2026-13-01", "\u202e", "\ud800", "٣", " 1", "a\nb", "'; DROP TABLE instances; --",
]  # fmt: skip
WORDS = [
    "1", "h1", "x", "é", "..", "a/b", "9" * 40, "None", " ", "detail", UNKNOWN, UNKNOWN.upper(), "'", "x" * 300, "%00",
    "\n", "%", "٣",
]  # fmt: skip
KNOWN = {"uuid": UNKNOWN, "ip": "10.0.0.1", "ipv4": "10.0.0.1", "base64": "aGk=", "name": "n"}
QUERIES = sorted({*examples.FILTERS, *examples.PLAIN_FILTERS})


def good(tenants: World, entry: Entry, answer: Any, before: Any) -> None:
    """Asserts what holds of every answer to bad input."""
    assert answer.status_int < 500 or answer.status_int == 501, answer.text
    if answer.status_int >= 400:
        assert is_error(entry.api, answer), answer.text
        assert tenants.version() == before or not tenants.changed()


# -- bodies that are nearly right


def near(schema: Any) -> st.SearchStrategy[Any]:
    """Values that a JSON schema describes, now and then something else in their place."""
    return st.one_of(_valid(schema), _valid(schema), _valid(schema), st.sampled_from(STRANGE))


def _valid(schema: Any) -> st.SearchStrategy[Any]:
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return st.one_of([near(one) for one in schema[word]])
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    kinds = schema.get("type", "string")
    return st.one_of([_of_kind(schema, kind) for kind in (kinds if isinstance(kinds, list) else [kinds])])


def _of_kind(schema: Any, kind: str) -> st.SearchStrategy[Any]:
    if kind == "object":
        return _object(schema)
    if kind == "array":
        return st.lists(near(schema.get("items", {})), max_size=2)
    simple = {"integer": st.sampled_from([0, 1, -1, 2, 2**31 - 1, 2**40]), "number": st.sampled_from([0.5, 1, 2]),
              "boolean": st.booleans(), "null": st.none()}  # fmt: skip
    texts = st.sampled_from([KNOWN.get(schema.get("format", ""), "x"), "1", "10.9.0.0/24", "/name", "x" * 70])
    return simple.get(kind, texts)


def _object(schema: Any) -> st.SearchStrategy[Any]:
    properties, required = schema.get("properties", {}), schema.get("required", ())
    fixed = {name: near(properties[name]) for name in required}
    optional = {name: near(one) for name, one in properties.items() if name not in required}
    more = schema.get("additionalProperties")
    for one in (*schema.get("patternProperties", {}).values(), *([more] if isinstance(more, dict) else ())):
        optional |= {key: near(one) for key in ("k", "a b", "é")}
    return st.fixed_dictionaries(fixed, optional=optional)


# what the schema leaves to the handler: entry -> a schema nearer to what that takes
_WHERE = {"enum": ["/name", "/tags", "/owner", "/visibility", "/min_disk", "/protected", "/x", "/id", "/", "", "x",
                   "/~0~1~2", "/tags/-", "/a/b", "/status", "/os_hidden", "/-"]}  # fmt: skip
_CHANGE = {"op": {"enum": ["add", "replace", "remove", "test"]}, "path": _WHERE, "value": {"enum": STRANGE}}
_OPERATION = {"type": "object", "properties": _CHANGE, "required": ["op", "path"]}
NEARER: dict[str, Any] = {"image PATCH /v2/images/{image_id}": {"type": "array", "items": _OPERATION}}


def _bodies(entry: Entry) -> st.SearchStrategy[Any]:
    schema = NEARER.get(entry.key, entry.schema)
    versions = [one for _, one in schema] if isinstance(schema, tuple) else [schema] if schema is not None else []
    found = st.one_of([near(one) for one in versions]) if versions else st.none()
    return st.builds(lambda value: {entry.name: value}, found) if entry.name else found


def _requests(entry: Entry) -> st.SearchStrategy[Any]:
    paths = {parameter: st.none() | st.sampled_from(WORDS) for parameter in entry.route.parameters}
    return st.tuples(
        st.fixed_dictionaries(paths),
        st.dictionaries(st.sampled_from(QUERIES), st.sampled_from(STRANGE), max_size=3), _bodies(entry),
        st.sampled_from(["alice", "admin"]), st.integers(1, 60),
    )  # fmt: skip


@PER_ENTRY
def test_input_near_to_what_is_right(tenants: World, entry: Entry) -> None:
    slow = entry.key == "compute POST /v2.1/os-keypairs"  # makes real keys

    @settings(max_examples=5 if slow else 12, deadline=None, suppress_health_check=list(HealthCheck),
              derandomize=True, database=None)  # fmt: skip
    @given(_requests(entry))
    def run(request: Any) -> None:
        paths, query, body, user, minor = request
        text = "&".join(f"{key}={quote(str(value), safe='', errors='surrogatepass')}" for key, value in query.items())
        headers = {"OpenStack_API_Version": f"{entry.api} {2 if entry.api == 'compute' else 3}.{minor}"}
        before = tenants.version()
        answer = tenants.ask(entry, user, tenants.theirs.ids, body, f"?{text}", headers=headers,
                             **{name: value for name, value in paths.items() if value is not None})  # fmt: skip
        if answer.status_int < 400:
            tenants.restore()
        else:
            good(tenants, entry, answer, before)

    run()


# -- bodies that are nothing

NO_JSON = {
    "open": b"{", "list cut": b"[1,2", "text": b"hello", "not UTF-8": b'{"a": "\xff\xfe"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"), "deep list": b"[" * 50_000, "deep object": b'{"a":' * 20_000,
    "deep and whole": b"[" * 40 + b"]" * 40,
    "too large": b'{"a": "' + b"x" * 200_000 + b'"}', "NaN": b'{"a": NaN}', "Infinity": b'{"a": -Infinity}',
    "beyond floats": b'{"a": 1e999}', "lone surrogate": b'{"a": "\\ud800"}', "surrogate key": b'{"\\udfff": 1}',
    "NUL": b'{"a": "\\u0000"}', "NUL key": b'{"\\u0000": 1}', "two values": b"{}{}", "comment": b"{} // x",
    "single quotes": b"{'a': 1}", "empty": b"",
    "XML": b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
}  # fmt: skip
WRONG = {"null": b"null", "list": b"[]", "text": b'""', "number": b"1", "huge": b"9" * 5000, "true": b"true",
         "object": b"{}", "twice": b'{"x": 1, "x": 2}', "many": b'{"x": [%s]}' % b",".join([b"{}"] * 9000)}  # fmt: skip


@pytest.mark.parametrize("entry", [entry for entry in ONCE if entry.reads_body], ids=str)
def test_bodies_that_are_no_body(tenants: World, entry: Entry) -> None:
    before = tenants.version()
    for kind, data in (NO_JSON | WRONG).items():
        answer = tenants.ask(entry, "admin", tenants.theirs.ids, data)
        good(tenants, entry, answer, before)
        assert answer.status_int in (400, 413) or kind in WRONG, (kind, answer.text)
        tenants.restore()
        before = tenants.version()
    for media in ("text/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = tenants.ask(entry, "admin", tenants.theirs.ids, entry.bodies()[0], headers={"Content-Type": media})
        good(tenants, entry, answer, before)
        assert answer.status_int == 415


@pytest.mark.parametrize("entry", [e for e in ONCE if e.reads_body and e.api not in ("identity", "image")], ids=str)
def test_fields_that_nobody_knows(tenants: World, entry: Entry) -> None:
    """Identity ignores them, and an image's are its owner's properties."""
    for body in entry.bodies():
        before = tenants.version()
        for added in _with_a_field_more(body, entry.name):
            answer = tenants.ask(entry, "admin", tenants.theirs.ids, added)
            good(tenants, entry, answer, before)
            assert answer.status_int == 400, (added, answer.text)


def _with_a_field_more(body: Any, action: str) -> list[Any]:
    found = [{**body, "no-such-field": {}}]
    for name, value in body.items():
        if isinstance(value, dict) and name not in FREE:
            found.append({**body, name: {**value, "no-such-field": {}}})
    return found


FREE = {"metadata", "extra_specs", "meta"}  # their keys are the client's, but their values are text

# -- paths, queries, headers


@pytest.mark.parametrize(("api", "path"), sorted({(entry.api, entry.route.path) for entry in ONCE}))
def test_strange_paths(tenants: World, api: str, path: str) -> None:
    entry = next(entry for entry in ONCE if (entry.api, entry.route.path) == (api, path))
    base = f"/{api}" + "/".join("\0" if part.startswith("{") else part for part in path.split("/"))
    before = tenants.version()
    for strange in ("%2f", "..", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%00", "%0d%0aX-A:%20b", "%ff", "%c3%a9", "x" * 9000,
                    "None", "%25", "%", ";a=b", "*", "%F0%9F%92%A9", UNKNOWN.upper()):  # fmt: skip
        for method in ("GET", "POST", "BREW"):
            asked = base.replace("\0", strange) if "\0" in base else f"{base}/{strange}"
            good(tenants, entry, tenants.cloud.call(method, asked, "admin", {"x": [{}]}), before)


TEXTS = [
    "%", "%ff", "a=%00", "&&&=&;", "=", "limit=1e9", "limit=-1", "limit=%D9%A3", "limit=", "limit=" + "9" * 400,
    "limit=1&limit=x", "offset=-1", "offset=" + "9" * 30, "marker=%27%22", "marker=" + "x" * 5000, "sort_key=%27;--",
    "sort_key=id&sort_dir=up", "sort=:", "sort=a:b:c", "name=(a%2B)%2B$", "name=%25", "metadata=%7B",
    "all_tenants=maybe", "changes-since=x", "changes-since=9999-99-99", "changes-since=0001-01-01T00:00:00%2B14:00",
    "ip=(a%2B)%2B$", "&".join(f"a{n}=1" for n in range(5000)), "a[b]=1", "id=" + "&id=x" * 2000,
]  # fmt: skip
HEADERS = [
    {"OpenStack_API_Version": text} for text in
    ("x", "compute", "compute x", "compute 2.9999999999999999999", "compute 2.-1", "volume ٣.1", ",")
] + [
    {"Accept": "x/y;q=x"}, {"Accept": "application/xml"}, {"Accept_Language": "\xff"}, {"Content_Length": "x"},
    {"Content_Length": "-1"}, {"Content_Type": "application/json; charset=bogus"}, {"Content_Type": ";"},
    {"Content_Type": "application/json; charset=utf-16"}, {"Range": "bytes=x"}, {"Range": "bytes=9-1,2-3"},
    {"Cookie": "=;=;\x80"}, {"X_OpenStack_Request_ID": "req-\r\nX-A: b"}, {"X_OpenStack_Request_ID": "x" * 9000},
    {"Host": "a\"b<c>"}, {"X_Forwarded_Host": "evil", "X_Forwarded_Proto": "gopher"}, {"If_None_Match": "\""},
    {"If_Modified_Since": "x"}, {"X_HTTP_Method_Override": "DELETE"}, {"Content_Encoding": "gzip"},
    {"X_Subject_Token": "\xff" * 3000}, {"X_Auth_Token": "\xe9"}, {"X_Auth_Token": "x" * 100_000},
    {"Transfer_Encoding": "chunked"}, {"X_OpenStack_Nova_API_Version": "x"}, {"Expect": "200-maybe"},
]  # fmt: skip


@pytest.mark.parametrize("entry", [entry for entry in ONCE if entry.route.method == "GET"], ids=str)
def test_strange_queries(tenants: World, entry: Entry) -> None:
    before = tenants.version()
    for text in TEXTS:
        good(tenants, entry, tenants.ask(entry, "alice", tenants.theirs.ids, query=f"?{text}"), before)


@pytest.mark.parametrize("path", ["/image/v2/images", "/network/v2.0/security-group-rules", "/compute/v2.1/servers"])
def test_no_query_has_thousands_of_parameters(tenants: World, path: str) -> None:
    """Each would be a condition of a statement, or be compared with each field of each item."""
    text = "&".join(f"a{number}=1" for number in range(513))
    assert tenants.cloud.call("GET", f"{path}?{text}", "alice").status_int == 400
    assert tenants.cloud.call("GET", f"{path}?{text.rpartition('&')[0]}", "alice").status_int == 200


@PER_ENTRY
def test_strange_headers(tenants: World, entry: Entry) -> None:
    body = json.dumps(filled(entry.bodies()[0], tenants.theirs.ids)).encode()
    for headers in HEADERS:
        before = tenants.version()
        answer = tenants.ask(entry, "alice", tenants.theirs.ids, body, headers=headers)
        good(tenants, entry, answer, before)
        assert "\n" not in "".join(answer.headers.values()) and "evil" not in answer.text
        if answer.status_int < 400 and entry.route.method != "GET":
            tenants.restore()
