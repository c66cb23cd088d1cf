"""Resizing a server by the compute API: statuses on the way, what is refused, and the names in its history."""

import pytest
import sqlalchemy as sa

from nova_like.db.schema.quotas import quota_usages
from tests.functional.compute_world import Compute, Project


@pytest.fixture
def own(tmp_path) -> Project:
    return Compute(tmp_path).project("own")


def shown(project: Project, server: str) -> tuple[str, str | None]:
    view = project.get(f"/servers/{server}")["server"]
    return view["status"], view["OS-EXT-STS:task_state"]


def listed(project: Project, status: str) -> list[str]:
    return [view["id"] for view in project.get(f"/servers?status={status}")["servers"]]


def flavor(project: Project, server: str) -> str:
    return project.get(f"/servers/{server}", "2.47")["server"]["flavor"]["original_name"]


def test_a_resize_its_confirm_and_its_revert(own):
    server = own.server(networks="none")
    assert own.act(server, "resize", {"flavorRef": 2, "OS-DCF:diskConfig": "MANUAL"}) == 202
    assert shown(own, server) == ("RESIZE", "resize_prep")
    own.world.daemons.settle()
    assert shown(own, server) == ("VERIFY_RESIZE", None)
    assert (listed(own, "VERIFY_RESIZE"), listed(own, "ACTIVE"), listed(own, "RESIZE")) == ([server], [], [])
    assert own.act(server, "os-stop") == 409 == own.act(server, "resize", {"flavorRef": "1"})
    assert own.act(server, "revertResize") == 202
    assert shown(own, server) == ("REVERT_RESIZE", "resize_reverting")
    assert own.act(server, "confirmResize") == 409
    own.world.daemons.settle()
    assert shown(own, server) == ("ACTIVE", None)
    assert own.act(server, "resize", {"flavorRef": "http://cloud/flavors/2"}) == 202
    own.world.daemons.settle()
    assert own.act(server, "confirmResize") == 204
    assert shown(own, server) == ("VERIFY_RESIZE", None)
    own.world.daemons.settle()
    assert shown(own, server) == ("ACTIVE", None)
    actions = own.get(f"/servers/{server}/os-instance-actions")["instanceActions"]
    assert sorted(entry["action"] for entry in actions) == ["confirmResize", "create", "resize", "resize",
                                                            "revertResize"]  # fmt: skip


def test_what_cannot_be(own):
    server = own.server(networks="none", flavorRef="2")
    for wanted, status in (("2", 400), ("1", 400), ("nobody's", 400), ("", 400)):
        assert own.act(server, "resize", {"flavorRef": wanted}) == status
    assert own.act(server, "resize", {}) == 400
    assert own.act(server, "confirmResize") == 409 == own.act(server, "revertResize")
    assert own.act(server, "resize", {"flavorRef": "1"}, role="reader") == 403
    assert own.act("0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f", "resize", {"flavorRef": "1"}) == 404


def test_no_more_than_the_quota(own):
    server = own.server(networks="none")
    with own.world.db.engine.begin() as connection:
        connection.execute(sa.update(quota_usages).where(quota_usages.c.resource == "cores").values(used=1000))
    assert own.act(server, "resize", {"flavorRef": "2"}) == 403
    assert shown(own, server) == ("ACTIVE", None)


def test_operators_see_what_moved(own):
    server, other = own.server(networks="none"), own.server(networks="none")
    for one in (server, other):
        assert own.act(one, "resize", {"flavorRef": "2"}) == 202
    own.world.daemons.settle()
    assert own.act(server, "revertResize") == 202
    own.world.daemons.settle()

    def moves(query: str = "", version: str = "2.80") -> list[dict]:
        return own.get(f"/os-migrations{query}", version, role="admin")["migrations"]

    assert [(one["instance_uuid"], one["status"]) for one in moves()] == [(other, "finished"), (server, "reverted")]
    (one,) = moves(f"?instance_uuid={server}&status=reverted&host={moves()[0]['source_compute']}")
    assert (one["migration_type"], one["old_instance_type_id"], one["new_instance_type_id"]) == ("resize", 1, 2)
    assert (one["user_id"], one["project_id"]) != (None, None) and "uuid" in one
    assert "uuid" not in moves(version="2.58")[0] and "migration_type" not in moves(version="2.1")[0]
    first = own.get("/os-migrations?limit=1", "2.59", role="admin")
    assert [one["instance_uuid"] for one in first["migrations"]] == [other] and first["migrations_links"]
    assert [one["instance_uuid"] for one in moves(f"?limit=1&marker={first['migrations'][0]['uuid']}")] == [server]
    assert moves("?changes-since=2999-01-01T00:00:00Z") == [] == moves("?source_compute=elsewhere")
    for wrong in ("?strange=1", "?marker=nobody", "?changes-since=never"):
        assert own.call("GET", f"/os-migrations{wrong}", version="2.80", role="admin").status_int == 400
    assert own.call("GET", "/os-migrations", version="2.80").status_int == 403
