"""Soft delete by the compute API: who sees what is put away, what is refused then, who may have it back or end it."""

import pytest

from tests.functional.compute_world import UNKNOWN, Compute, Project
from tests.functional.test_compute_shelve import listed, shown


def _project(tmp_path, seconds: int) -> Project:
    world = Compute(tmp_path)
    world.conf.set_override("reclaim_instance_interval", seconds)
    world.build()
    return world.project("own")


@pytest.fixture
def own(tmp_path) -> Project:
    return _project(tmp_path, 3600)


@pytest.fixture
def server(own) -> str:
    return own.server()


@pytest.fixture
def away(own, server) -> str:
    assert own.call("DELETE", f"/servers/{server}").status_int == 204
    own.world.daemons.settle()
    return server


def test_on_its_way(own, server):
    own.call("DELETE", f"/servers/{server}")
    assert shown(own, server) == ("ACTIVE", "active", "soft-deleting")
    assert listed(own, "task_state=soft-deleting", "admin") == [server]
    own.world.daemons.settle()
    assert shown(own, server) == ("SOFT_DELETED", "soft-delete", None)
    assert own.act(server, "restore") == 202
    assert shown(own, server) == ("SHUTOFF", "stopped", "restoring")
    own.world.daemons.settle()
    assert (shown(own, server), listed(own, "")) == (("ACTIVE", "active", None), [server])
    actions = own.get(f"/servers/{server}/os-instance-actions")["instanceActions"]
    assert sorted(entry["action"] for entry in actions) == ["create", "delete", "restore"]


@pytest.mark.parametrize(("query", "role"), [
    ("", "member"), ("", "admin"), ("all_tenants=1", "admin"), ("status=ACTIVE", "member"),
    ("soft_deleted=1", "member"), ("deleted=1", "member"), ("deleted=1&soft_deleted=0", "admin"),
    ("status=DELETED", "admin"),
])  # fmt: skip
def test_lists_that_hide_it(own, away, query, role):
    assert listed(own, query, role) == []


@pytest.mark.parametrize(("query", "role"), [
    ("deleted=1", "admin"), ("deleted=1&status=SOFT_DELETED", "admin"), ("soft_deleted=1", "admin"),
    ("status=SOFT_DELETED", "member"), ("status=soft_deleted", "reader"), ("vm_state=soft-delete", "admin"),
    ("changes-since=2020-01-01T00:00:00Z", "member"),
])  # fmt: skip
def test_lists_that_show_it(own, away, query, role):
    assert listed(own, query, role) == [away]


@pytest.mark.parametrize(("action", "value"), [
    ("os-start", None), ("os-stop", None), ("reboot", {"type": "HARD"}), ("pause", None), ("suspend", None),
    ("rescue", None), ("shelve", None), ("resize", {"flavorRef": "2"}), ("createImage", {"name": "i"}),
    ("addSecurityGroup", {"name": "default"}), ("os-getVNCConsole", {"type": "novnc"}), ("unshelve", None),
])  # fmt: skip
def test_nothing_else_is_done_with_it(own, away, action, value):
    version = "2.5" if action == "os-getVNCConsole" else "2.60"
    answer = own.call("POST", f"/servers/{away}/action", {action: value}, version)
    assert (answer.status_int, "conflictingRequest" in answer.json) == (409, True)


def test_no_state_is_set(own, away):
    assert own.act(away, "os-resetState", {"state": "active"}, "admin") == 409


def test_a_volume_is_not_attached_to_it(own, away):
    body = {"volumeAttachment": {"volumeId": UNKNOWN}}
    assert own.call("POST", f"/servers/{away}/os-volume_attachments", body).status_int in (404, 409)


def test_deleted_once_more_it_is_as_it_was(own, away):
    assert own.call("DELETE", f"/servers/{away}").status_int == 204
    assert shown(own, away) == ("SOFT_DELETED", "soft-delete", None)


def test_forced(own, away):
    other = own.server()
    for server in (away, other):
        assert own.act(server, "forceDelete", role="reader") == 403
        assert own.act(server, "forceDelete") == 202
        own.world.daemons.settle()
        assert own.act(server, "forceDelete") == 404
    assert listed(own, "deleted=1&soft_deleted=0", "admin") == [other, away]


def test_who_may_have_it_back(own, away):
    assert own.act(away, "restore", role="reader") == 403
    assert own.world.project("other").act(away, "restore") == 404
    assert own.act(away, "lock", role="admin") == 202
    assert (own.act(away, "restore"), own.act(away, "forceDelete")) == (409, 409)
    assert own.act(away, "restore", role="admin") == 202
    own.world.daemons.settle()
    assert own.act(away, "restore", role="admin") == 409


def test_a_full_quota(own, away):
    with own.world.db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE quota_usages SET used = 50 WHERE resource = 'instances'")
    answer = own.call("POST", f"/servers/{away}/action", {"restore": None})
    assert (answer.status_int, "Quota exceeded" in answer.text) == (403, True)
    assert shown(own, away)[0] == "SOFT_DELETED"


def test_a_locked_one_stays(own, server):
    own.act(server, "lock", role="admin")
    assert own.call("DELETE", f"/servers/{server}").status_int == 409


def test_one_that_never_ran_is_gone_at_once(own):
    server = own.server(settle=False)
    assert own.call("DELETE", f"/servers/{server}").status_int == 204
    own.world.daemons.settle()
    assert own.call("GET", f"/servers/{server}").status_int == 404


def test_off(tmp_path):
    own = _project(tmp_path, 0)
    server = own.server()
    assert own.act(server, "restore") == 409
    own.call("DELETE", f"/servers/{server}")
    own.world.daemons.settle()
    assert own.call("GET", f"/servers/{server}").status_int == 404
