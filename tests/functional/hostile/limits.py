"""S25, S26, S27: lists, queries and paths that would cost more than they may; quotas that everybody takes at once."""

import contextlib
import gc
import threading
import tracemalloc
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from tests.functional.sweep_world import World

Breaches = list[str]
FLAVORS = "/compute/v2.1/flavors"
RACERS = 24
QUOTA = 5


@contextlib.contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """The statements that the database is sent meanwhile."""
    found: list[str] = []

    def note(connection: Any, cursor: Any, text: str, *more: Any) -> None:
        found.append(text)

    sa.event.listen(world.cloud.db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(world.cloud.db.engine, "before_cursor_execute", note)


def check_pages(world: World) -> Breaches:
    """No page is larger than the operator's limit, and no number too large to be one."""
    conf, found = world.cloud.conf, []
    before = conf.api.max_limit
    conf.set_override("max_limit", 2, "api")
    try:
        for query in ("", "?limit=1000000000", "?limit=3", "?limit=0&limit=1000000000"):
            got = world.cloud.call("GET", FLAVORS + query, "alice")
            if got.status_int == 200 and len(got.json["flavors"]) > 2:
                found.append(f"{query}: {len(got.json['flavors'])}")
        for query in (f"?limit={'9' * 400}", "?limit=1e9", "?limit=-1", f"?marker={'x' * 5000}"):
            if (got := world.cloud.call("GET", FLAVORS + query, "alice")).status_int != 400:
                found.append(f"{query[:20]}: {got.status_int}")
    finally:
        conf.set_override("max_limit", before, "api")
    return found


def check_patterns(world: World) -> Breaches:
    """A filter is never a regular expression of the client's making."""
    found = []
    evil = "(a%2B)%2B%24"
    with statements(world) as sent:
        for path in ("/compute/v2.1/servers", "/compute/v2.1/servers/detail", "/volume/v3/volumes",
                     "/image/v2/images", "/network/v2.0/ports", "/network/v2.0/networks"):  # fmt: skip
            for name in ("name", "ip", "host", "name~"):
                if world.cloud.call("GET", f"{path}?{name}={evil}", "admin").status_int >= 500:
                    found.append(f"{path} {name}")
    words = (" REGEXP ", " RLIKE ", " SIMILAR TO ", " ~ ", " ~* ", "REGEXP(")
    return found + [text for text in sent if any(word in text.upper() for word in words)]


def check_statements(world: World) -> Breaches:
    """A list of many things takes no more statements than one of a few."""
    ids, found = world.theirs.ids, []
    lists = ("/compute/v2.1/servers", "/compute/v2.1/servers/detail", "/compute/v2.1/servers/detail?limit=1000",
             f"/compute/v2.1/servers/{ids['server']}", "/volume/v3/volumes/detail", "/image/v2/images",
             "/network/v2.0/ports", "/network/v2.0/networks", "/network/v2.0/security-groups",
             "/network/v2.0/security-group-rules")  # fmt: skip

    def cost() -> list[int]:
        counts = []
        for path in lists:
            with statements(world) as sent:
                got = world.cloud.call("GET", path, "alice", OpenStack_API_Version="compute 2.60")
            counts.append(len(sent))
            assert got.status_int == 200, got.text
        return counts

    few = cost()
    server = {"name": "n", "imageRef": ids["image"], "flavorRef": "1", "networks": [{"uuid": ids["network"]}]}
    for number in range(6):
        for path, body in (("/compute/v2.1/servers", {"server": server}),
                           ("/volume/v3/volumes", {"volume": {"size": 1}}),
                           ("/image/v2/images", {"name": "i"}),
                           ("/network/v2.0/security-groups", {"security_group": {"name": f"g{number}"}})):  # fmt: skip
            assert world.cloud.call("POST", path, "alice", body).status_int < 300
    found = [f"{path}: {a} statements, then {b}" for path, a, b in zip(lists, few, cost(), strict=True) if b > a]
    world.restore()
    return found


def check_large_bodies_of_ids(world: World) -> Breaches:
    """A hundred thousand hints, tags, groups or networks: refused for their size or number."""
    ids, found = world.theirs.ids, []
    server = {"name": "n", "imageRef": ids["image"], "flavorRef": "1", "networks": [{"uuid": ids["network"]}]}
    many = [ids["server"]] * 2500  # as many as fit into a body
    tries: dict[str, Any] = {
        "hints": {"server": server, "os:scheduler_hints": {"different_host": many}},
        "all hints": {"server": server, "os:scheduler_hints": {"different_host": many * 40}},
        "networks": {"server": {**server, "networks": [{"uuid": ids["network"]}] * 2000}},
        "groups": {"server": {**server, "security_groups": [{"name": f"g{n}"} for n in range(4000)]}},
    }
    for what, body in tries.items():
        with statements(world) as sent:
            got = world.cloud.call("POST", "/compute/v2.1/servers", "alice", body)
        if got.status_int not in (400, 403, 409, 413) or len(sent) > 60:
            found.append(f"{what}: {got.status_int}, {len(sent)} statements")
        world.restore()
    return found


def check_unknown_paths(world: World) -> Breaches:
    """S26: thousands of paths that nobody has seen before leave nothing behind."""

    def ask(first: int, number: int) -> None:
        for count in range(first, first + number):
            world.cloud.call("GET", f"/compute/v2.1/unknown-{count}", "alice")
            world.cloud.call("GET", f"/unknown-{count}/x")
            world.cloud.call("GET", f"/image/v2/images/unknown-{count}", f"token-{count}")
            world.cloud.call("GET", f"/ec2/?Action=Unknown{count}")

    ask(0, 200)
    tracemalloc.start()
    try:
        ask(1000, 100)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        ask(2000, 400)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    return [f"{grown} bytes for 1600 requests"] if grown > 80_000 else []


def check_quota_is_exact(world: World) -> Breaches:
    """S27: many at once, for the last places of a quota: so many get one, and what is counted is what there is."""
    token, answers = world.cloud.token("bob"), list[int]()
    had = len(world.cloud.call("GET", "/volume/v3/volumes", "bob").json["volumes"])
    limits = {"quota_set": {"volumes": had + QUOTA, "gigabytes": 1000}}
    world.cloud.db.transact(lambda tx: _set(tx, world.own.ids["project"], limits["quota_set"]))

    def race() -> None:
        answers.append(world.cloud.call("POST", "/volume/v3/volumes", token, {"volume": {"size": 1}}).status_int)

    threads = [threading.Thread(target=race) for _ in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    have = len(world.cloud.call("GET", "/volume/v3/volumes", "bob").json["volumes"])
    world.restore()
    found = [] if have == had + QUOTA else [f"{have - had} of {QUOTA}"]
    return found + ([] if sorted(answers) == [202] * QUOTA + [413] * (RACERS - QUOTA) else [f"{sorted(answers)}"])


def _set(tx: Any, project_id: str, values: dict[str, int]) -> None:
    from nova_like.db import quotas

    quotas.set_limits(tx, project_id, values)


def check_floods(world: World) -> Breaches:
    """S27: rules, groups and key pairs end at their quotas, one by one."""
    found, project = [], world.theirs.ids["project"]
    world.cloud.db.transact(lambda tx: _set(tx, project, {"security_group_rules": 12, "security_groups": 6}))
    made = {"rules": 0, "groups": 0, "key pairs": 0}
    for number in range(120):
        rule = {"security_group_id": world.theirs.ids["group"], "direction": "ingress", "protocol": "tcp",
                "port_range_min": number + 1, "port_range_max": number + 1}  # fmt: skip
        for what, path, body in (
            ("rules", "/network/v2.0/security-group-rules", {"security_group_rule": rule}),
            ("groups", "/network/v2.0/security-groups", {"security_group": {"name": f"f{number}"}}),
            ("key pairs", "/compute/v2.1/os-keypairs",
             {"keypair": {"name": f"f{number}", "public_key": world.theirs.ids["public_key"]}}),
        ):  # fmt: skip
            made[what] += world.cloud.call("POST", path, "alice", body).status_int < 300
    rules = len(world.cloud.call("GET", "/network/v2.0/security-group-rules", "alice").json["security_group_rules"])
    groups = len(world.cloud.call("GET", "/network/v2.0/security-groups", "alice").json["security_groups"])
    keys = len(world.cloud.call("GET", "/compute/v2.1/os-keypairs", "alice").json["keypairs"])
    ends = (("rules", rules, 12), ("groups", groups, 6), ("keys", keys, 100))
    found = [f"{what}: {have}" for what, have, most in ends if have > most]
    world.restore()
    return found
