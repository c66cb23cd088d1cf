"""Two tenants, over every route and action of the native APIs: what belongs to another (or to operators only) answers,
in path, query and body, exactly as what does not exist, and nothing changes. A route or parameter without an example
fails."""

from collections.abc import Iterator
from typing import Any

import pytest
from webob.multidict import GetDict

from tests.functional import sweep_examples as examples
from tests.functional.compute_world import UNKNOWN
from tests.functional.hostile import matrix_roles
from tests.functional.sweep_entries import ENTRIES, UNKNOWNS, Entry, Ids, references
from tests.functional.sweep_world import World

PER_ENTRY = pytest.mark.parametrize("entry", ENTRIES, ids=str)
PER_GET = pytest.mark.parametrize("entry", [entry for entry in ENTRIES if entry.route.method == "GET"], ids=str)
# routes whose example is refused to everybody: a signature that cannot be made in advance, what is not offered yet
REFUSED = {
    "image POST /v2/tasks": 400, "image DELETE /v2/stores/{store_id}/{image_id}": 403,
    "identity POST /v3/ec2tokens": 401,
    "identity DELETE /v3/domains/{domain_id}": 403, **dict.fromkeys(matrix_roles.LET_IN[""], 404),
    "image GET /link/{image_id}": 403, "image PUT /link/{image_id}": 403,
    "compute GET /v2.1/os-hypervisors/{hypervisor_id}/uptime": 400,  # the host reported once, which may be long ago
    **{f"compute GET /v2.1/os-hosts/{{host_name}}/{verb}": 501 for verb in ("startup", "shutdown", "reboot")},
    "compute POST /v2.1/os-snapshots": 501,
    **{f"compute {method} /v2.1/os-snapshots/{{snapshot_id}}": 404 for method in ("GET", "DELETE")},
    **{f"compute {method} /v2.1/images/{{image_id}}/metadata/{{metadata_key}}": 404 for method in ("GET", "DELETE")},
    "compute DELETE /v2.1/os-services/{service_number}": 404,  # no service has such a small number
    "compute GET /v2.1/servers/{server_id}/migrations/{migration_id}": 404,
    "compute GET /v2.1/flavors/{flavor_id}/os-flavor-access": 404,  # of a public one
    "compute POST /v2.1/flavors/{flavor_id}/action removeTenantAccess": 404,
    "compute POST /v2.1/os-aggregates/{aggregate_id}/images": 501,
    **{f"compute POST /v2.1/servers/{{server_id}}/action {verb}": 400 for verb in ("os-getSPICEConsole",
                                                                                 "os-getRDPConsole")},
    "compute DELETE /v2.1/os-aggregates/{aggregate_id}": 400,  # it has a host
    "compute POST /v2.1/servers/{server_id}/action evacuate": 400,  # its host is not off
    "compute POST /v2.1/servers/{server_id}/action os-migrateLive": 400,  # nobody's can
    "compute POST /v2.1/servers/{server_id}/action resize": 400,  # it is of that flavor
}  # fmt: skip
NOT_YET = {"port"}  # in bodies


def unknown(noun: str) -> str:
    return UNKNOWNS.get(noun, UNKNOWN)


def seen(answer: Any, value: str) -> tuple[int, str, list[str]]:
    """What the asker learns, without the id that he sent himself."""
    return answer.status_int, answer.text.replace(value, "ID"), sorted(answer.headers)


def alike(tenants: World, noun: str, ask: Any) -> Any:
    """Asserts that ask(another's) and ask(nobody's) are the same and change nothing; the first answer."""
    theirs, nobodys = ask(tenants.theirs.ids[noun]), ask(unknown(noun))
    assert seen(theirs, tenants.theirs.ids[noun]) == seen(nobodys, unknown(noun))
    assert theirs.status_int < 500 and not tenants.changed()
    return theirs


@PER_ENTRY
def test_the_example_is_one_that_its_owner_may_ask(tenants: World, entry: Entry) -> None:
    """Or the other tests would prove nothing."""
    ids = {**tenants.theirs.ids, "flavor": "1"}
    for body in entry.bodies():
        if NOT_YET & {noun for _, noun in references(body)}:
            continue
        answer = tenants.ask(entry, "alice", ids, body)
        if answer.status_int == 403:
            home = {"project_id": tenants.cloud.ids["project:admin"]} if entry.in_project else {}
            answer = tenants.ask(entry, "admin", ids, body, **home)
        expected = {409, REFUSED.get(entry.key)}
        assert answer.status_int < 400 or answer.status_int in expected, answer.text
        tenants.restore()


@PER_ENTRY
def test_anothers_in_the_path(tenants: World, entry: Entry) -> None:
    for parameter in entry.route.parameters:
        if (noun := examples.PATHS.get(parameter)) is None:
            assert parameter in tenants.plain, f"no example for parameter {parameter}"
            continue
        for body in entry.bodies():
            for ids in (tenants.own.ids, tenants.theirs.ids):  # of the path's other parameters
                alike(tenants, noun, lambda value, ids=ids, body=body, parameter=parameter: tenants.ask(
                    entry, "bob", {**tenants.own.ids, **_of_path(entry, ids)}, body, **{parameter: value}))  # fmt: skip


def _of_path(entry: Entry, ids: Ids) -> Ids:
    return {noun: ids[noun] for noun in map(examples.PATHS.get, entry.route.parameters) if noun}


@PER_ENTRY
def test_anothers_in_the_body(tenants: World, entry: Entry) -> None:
    for body in entry.bodies():
        for noun in sorted({noun for _, noun in references(body)} - {"password", "public_key"}):
            paths = {name: tenants.value(name, tenants.own.ids) for name in entry.route.parameters}
            alike(tenants, noun, lambda value, body=body, noun=noun, paths=paths: tenants.ask(
                entry, "bob", {**tenants.own.ids, noun: value}, body, **paths))  # fmt: skip


@PER_ENTRY
def test_every_text_of_a_body_is_an_example_or_names_nothing(entry: Entry) -> None:
    bodies = (*examples.BODIES.get(entry.key, ()), *examples.BODIES.get(f"{entry.key} {entry.until}", ()))
    placed = {place for body in bodies for place, _ in references(body)}
    for place in sorted(texts(entry.schema) if entry.schema is not None else ()):
        plain = place in examples.PLAIN_PLACES or place.removesuffix(".[]").rpartition(".")[2] in examples.PLAIN_FIELDS
        assert plain or place in placed, f"no example for parameter {place}"


def texts(schema: Any, place: str = "") -> set[str]:
    """Places where a schema takes text of the client's own."""
    found: set[str] = set()
    if isinstance(schema, tuple):
        return found.union(*(texts(one) for _, one in schema))
    for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found |= texts(one, place)
    for name, one in schema.get("properties", {}).items():
        found |= texts(one, f"{place}.{name}".lstrip("."))
    if isinstance(schema.get("items"), dict):
        found |= texts(schema["items"], f"{place}.[]")
    limited = "enum" in schema or "pattern" in schema or schema.get("format") in ("ip", "ipv4", "base64")
    return found | {place} if place and not limited and "string" in schema.get("type", "") else found


class Recorder(GetDict):  # type: ignore[misc]
    """A query that remembers what it was asked for."""

    asked: set[str]

    def __contains__(self, key: Any) -> bool:
        self.asked.add(key)
        return bool(super().__contains__(key))

    def get(self, key: Any, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)

    def getall(self, key: Any) -> Any:
        self.asked.add(key)
        return super().getall(key)


def filters(tenants: World, entry: Entry) -> dict[str, str]:
    """Query parameters that the route looks at, and those fields of a list's items that hold an id; with the noun."""
    asked: set[str] = set()
    found: dict[str, str] = {}
    for user in ("admin", "alice"):
        query = Recorder([], {"QUERY_STRING": ""})
        query.asked = asked
        answer = tenants.ask(entry, user, tenants.theirs.ids, environ={"webob._parsed_query_vars": (query, "")})
        if entry.noun and answer.status_int == 200:
            found |= {name: noun for name, value in fields(answer.json) for noun, id in tenants.theirs.ids.items()
                      if value == id}  # fmt: skip
    for name in asked:
        assert name in examples.FILTERS or name in examples.PLAIN_FILTERS, f"no example for parameter {name}"
        if noun := examples.FILTERS.get(name, "-") or entry.noun:
            found[name] = noun
    return {name: noun for name, noun in found.items() if noun != "-"}


def fields(answer: Any) -> Iterator[tuple[str, str]]:
    """(name, text) of all items of a list that is asked for; a list's texts one by one."""
    for items in answer.values():
        for item in items if isinstance(items, list) else ():
            for name, value in item.items() if isinstance(item, dict) else ():
                yield from ((name, text) for text in (value if isinstance(value, list) else [value])
                            if isinstance(text, str))  # fmt: skip


@PER_GET
def test_anothers_in_the_query(tenants: World, entry: Entry) -> None:
    for name, noun in filters(tenants, entry).items():
        for more in ("", "&all_tenants=1"):
            answer = alike(tenants, noun, lambda value, name=name, more=more: tenants.ask(
                entry, "bob", tenants.own.ids, query=f"?{name}={value}{more}"))  # fmt: skip
            assert not leaks(tenants, answer, tenants.theirs.ids[noun])


@PER_GET
def test_no_answer_holds_anothers_ids(tenants: World, entry: Entry) -> None:
    for query in ("", "?all_tenants=1", "?all_tenants=1&deleted=1&is_public=none&visibility=all&member_status=all"):
        assert not leaks(tenants, tenants.ask(entry, "bob", tenants.own.ids, query=query))


def leaks(tenants: World, answer: Any, echoed: str = "\0") -> list[str]:
    """Nouns of the other tenant that stand in an answer."""
    text = answer.text.replace(echoed, "")
    return [noun for noun, value in tenants.theirs.ids.items() if value in text]
