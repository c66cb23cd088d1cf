"""Cold migration by the compute API: statuses on the way, the ways out of it, the rows that operators list."""

import pytest

from nova_like.db import hosts
from tests.functional.compute_world import UNKNOWN, Compute, Project


@pytest.fixture
def own(tmp_path) -> Project:
    return Compute(tmp_path).project("own")


def shown(project: Project, server: str) -> tuple[str, str | None]:
    view = project.get(f"/servers/{server}")["server"]
    return view["status"], view["OS-EXT-STS:task_state"]


def migrate(project: Project, server: str, value: object = None, version: str = "2.56", role: str = "admin") -> int:
    path = f"/servers/{server}/action"
    return project.call("POST", path, {"migrate": value}, version=version, role=role).status_int


@pytest.mark.parametrize(("way", "status"), [("confirmResize", 204), ("revertResize", 202)])
def test_there_and_what_becomes_of_it(own, way, status):
    server = own.server(networks="none")
    assert migrate(own, server) == 202
    assert shown(own, server) == ("RESIZE", "resize_prep")
    own.world.daemons.settle()
    assert shown(own, server) == ("VERIFY_RESIZE", None)
    assert own.get(f"/servers/{server}", role="admin")["server"]["OS-EXT-SRV-ATTR:host"] == "h2"
    (move,) = own.get("/os-migrations", "2.80", role="admin")["migrations"]
    assert (move["migration_type"], move["status"], move["source_compute"], move["dest_compute"]) == (
        "migration", "finished", "h1", "h2")  # fmt: skip
    assert migrate(own, server) == 409
    assert own.act(server, way) == status
    assert shown(own, server)[0] == {"confirmResize": "VERIFY_RESIZE", "revertResize": "REVERT_RESIZE"}[way]
    own.world.daemons.settle()
    assert shown(own, server) == ("ACTIVE", None)
    actions = own.get(f"/servers/{server}/os-instance-actions")["instanceActions"]
    assert sorted(entry["action"] for entry in actions) == sorted(["create", "migrate", way])


def test_where_to(own):
    server = own.server(networks="none")
    for value, version in (({"host": "h2"}, "2.55"), ({}, "2.56"), ({"host": ""}, "2.56"), ({"to": "h2"}, "2.56")):
        assert migrate(own, server, value, version) == 400
    assert migrate(own, server, {"host": "nobody"}) == 400 == migrate(own, server, {"host": "h1"})
    assert shown(own, server) == ("ACTIVE", None)
    assert own.get("/os-migrations", "2.80", role="admin")["migrations"] == []
    assert migrate(own, server, {"host": None}) == 202


def test_never_while_it_runs(own):
    server, path = own.server(networks="none"), "/servers/{}/action"
    body = {"host": None, "block_migration": "auto"}
    for version, role, more, status in (("2.25", "admin", {}, 400), ("2.68", "admin", {}, 400), ("2.68", "member", {},
                                        403), ("2.68", "admin", {"force": True}, 400)):  # fmt: skip
        asked = {"os-migrateLive": {**body, **more}}
        answer = own.call("POST", path.format(server), asked, version=version, role=role)
        assert answer.status_int == status
        assert ("not supported" in answer.text) is (status == 400 and not more)
    assert shown(own, server) == ("ACTIVE", None)
    assert own.get(f"/servers/{server}/migrations", "2.80", role="admin") == {"migrations": []}


def test_operators_only(own):
    server = own.server(networks="none")
    assert migrate(own, server, role="member") == 403
    assert migrate(own, UNKNOWN) == 404


def test_evacuated_from_a_host_that_is_off(own):
    server, path = own.server(networks="none"), "/servers/{}/action"

    def ask(value: object, version: str, role: str = "admin"):
        return own.call("POST", path.format(server), {"evacuate": value}, version=version, role=role)

    for value, version in (
        ({}, "2.13"),
        ({"onSharedStorage": False}, "2.14"),
        ({"force": True}, "2.68"),
        (None, "2.68"),
    ):
        assert ask(value, version).status_int == 400
    assert ask({}, "2.68").status_int == 400  # nobody said that it is off
    assert ask({}, "2.68", "member").status_int == 403
    own.world.db.transact(lambda tx: hosts.force(tx, "h1", "fenced"))
    assert ask({"host": "h1"}, "2.68").status_int == 400 == ask({"host": "nobody"}, "2.68").status_int
    answer = ask({"onSharedStorage": False, "adminPass": "p"}, "2.1")
    assert (answer.status_int, answer.json) == (200, {"adminPass": "p"})
    assert shown(own, server) == ("REBUILD", "rebuilding")
    (move,) = own.get("/os-migrations", "2.80", role="admin")["migrations"]
    assert move["migration_type"] == "evacuation"
    assert ask({}, "2.68").status_int == 409
