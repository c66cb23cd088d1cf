"""S16, S17, S21: another's things, and what only operators may do, over every route and action."""

from typing import Any

from webob import Response

from tests.functional import sweep_examples as examples
from tests.functional.compute_world import UNKNOWN
from tests.functional.hostile import matrix_roles
from tests.functional.hostile.matrix import LET_IN
from tests.functional.sweep_entries import ENTRIES, UNKNOWNS, Entry, references
from tests.functional.sweep_world import World

PERSONAS = ("nobody", "unscoped", "reader", "member", "manager", "other", "admin", "system")
_USERS = {"reader": "ron", "member": "alice", "manager": "amanda", "other": "bob", "admin": "admin"}
Breaches = list[str]
ENOUGH = 20  # breaches: no need to know them all


def token_of(world: World, persona: str) -> str | None:
    if persona in _USERS:
        return _USERS[persona]
    if persona == "unscoped":
        return world.cloud.token("alice", unscoped={})
    return world.cloud.token("admin", system={"all": True}) if persona == "system" else None


def asked(world: World, entry: Entry, persona: str) -> Response:
    """The answer to the route's example, about things of the project north; nothing is changed for good."""
    answer = world.ask(entry, token_of(world, persona), {**world.theirs.ids, "flavor": "1"}, entry.bodies()[0])
    world.restore()
    return answer


def let_in(entry: Entry, answer: Response) -> bool:
    """Not refused for who he is. A wrong project in the path is a malformed one."""
    return answer.status_int not in (401, 403, 404) and not (entry.in_project and answer.status_int == 400)


def check_who_may_do_what(world: World) -> Breaches:
    """S17: the matrix, every route against every persona."""
    rows = (*LET_IN.items(), *matrix_roles.LET_IN.items())
    expected = {route: personas.split() for personas, routes in rows for route in routes}
    found = [f"{route} is served no more" for route in expected.keys() - {str(entry) for entry in ENTRIES}]
    for entry in ENTRIES:
        if str(entry) not in expected:
            found.append(f"{entry} stands not in the matrix")
            continue
        for persona in PERSONAS:
            is_in = let_in(entry, asked(world, entry, persona))
            if is_in != (persona in expected[str(entry)]):
                found.append(f"{persona} {'is' if is_in else 'is not'} let in at {entry}")
        if len(found) >= ENOUGH:
            break
    return found


def check_others_things(world: World) -> Breaches:
    """S16: in path and body, what is another's answers as what does not exist, and nothing changes."""
    found = []
    for entry in ENTRIES:
        if len(found) >= ENOUGH:
            break
        body = entry.bodies()[0]
        nouns = {(parameter, examples.PATHS[parameter]) for parameter in entry.route.parameters
                 if parameter in examples.PATHS}  # fmt: skip
        for parameter, noun in sorted(nouns):
            found += _alike(world, entry, noun, lambda value, entry=entry, body=body, parameter=parameter: world.ask(
                entry, "bob", world.own.ids, body, **{parameter: value}))  # fmt: skip
        for noun in sorted({noun for _, noun in references(body)} - {"password", "public_key"}):
            paths = {name: world.value(name, world.own.ids) for name in entry.route.parameters}
            found += _alike(world, entry, noun, lambda value, entry=entry, body=body, noun=noun, paths=paths: world.ask(
                entry, "bob", {**world.own.ids, noun: value}, body, **paths))  # fmt: skip
    return found


def _alike(world: World, entry: Entry, noun: str, ask: Any) -> Breaches:
    value, nothing = world.theirs.ids[noun], UNKNOWNS.get(noun, UNKNOWN)
    theirs, nobodys = ask(value), ask(nothing)
    changed = bool(world.changed())
    world.restore()
    same = theirs.status_int == nobodys.status_int and theirs.text.replace(value, "") == nobodys.text.replace(
        nothing, "")  # fmt: skip
    return [] if same and not changed else [f"{entry}: another's {noun} is known from none"]


def check_no_list_shows_others_things(world: World) -> Breaches:
    """S16: no list holds another's ids, whatever is asked for."""
    found = []
    for entry in ENTRIES:
        if entry.route.method != "GET":
            continue
        for query in ("", "?all_tenants=1", "?all_tenants=1&deleted=1&is_public=none&visibility=all&member_status=all"):
            text = world.ask(entry, "bob", world.own.ids, query=query).text
            found += [f"{entry}{query} shows a {noun}" for noun, value in world.theirs.ids.items() if value in text]
    return found


def check_access_keys_are_ones_own(world: World) -> Breaches:
    """S21: nobody makes, lists, shows or deletes keys of another user."""
    user, found = world.theirs.ids["user"], []
    path = f"/identity/v3/users/{user}/credentials/OS-EC2"
    for who in ("bob", "amanda", "ron"):
        for method, more, body in (("POST", "", {"tenant_id": world.own.ids["project"]}), ("GET", "", None),
                                   ("POST", "", {"tenant_id": world.theirs.ids["project"]}),
                                   ("GET", f"/{world.theirs.ids['access']}", None),
                                   ("DELETE", f"/{world.theirs.ids['access']}", None)):  # fmt: skip
            answer = world.cloud.call(method, path + more, who, body)
            if answer.status_int not in (403, 404) or world.changed():
                found.append(f"{who} {method} {more}: {answer.status_int}")
            world.restore()
    return found
