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
