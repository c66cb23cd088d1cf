"""Locks that people put on servers: whom they stop, and who takes them away."""

import pytest

from tests.functional.compute_world import Compute, Project


@pytest.fixture
def cloud(tmp_path) -> Compute:
    return Compute(tmp_path)


@pytest.fixture
def own(cloud) -> Project:
    return cloud.project("own")


def shown(project, server, version="2.96"):
    view = project.get(f"/servers/{server}", version)["server"]
    return view["locked"], view.get("locked_reason")


def test_a_lock_stops_its_owner_and_no_operator(cloud, own):
    server = own.server()
    assert own.act(server, "lock") == 202
    assert shown(own, server) == (True, None)
    assert own.act(server, "os-stop") == 409 == own.act(server, "reboot", {"type": "HARD"})
    assert own.call("DELETE", f"/servers/{server}").status_int == 409
    assert own.call("POST", f"/servers/{server}/metadata", {"metadata": {"a": "b"}}).status_int == 409
    assert own.call("PUT", f"/servers/{server}", {"server": {"name": "n"}}).status_int == 200
    assert own.act(server, "os-stop", role="admin") == 202
    assert own.act(server, "unlock") == 202 and shown(own, server) == (False, None)


def test_why_it_is_locked(own):
    server = own.server(networks="none")

    def lock(value, version):
        return own.call("POST", f"/servers/{server}/action", {"lock": value}, version).status_int

    assert lock({"locked_reason": "mine"}, "2.72") == 400
    assert lock({"locked_reason": "mine"}, "2.73") == 202 and shown(own, server) == (True, "mine")
    assert "locked_reason" not in own.get(f"/servers/{server}", "2.72")["server"]
    assert lock({"locked_reason": ""}, "2.73") == 400 == lock({"other": "x"}, "2.73")
    assert [view["id"] for view in own.get("/servers?locked=true", "2.73")["servers"]] == [server]
    assert own.get("/servers?locked=false", "2.73")["servers"] == []


def test_an_operators_lock_is_the_operators(cloud, own):
    server, operators = own.server(networks="none"), cloud.project("operators")
    assert operators.act(server, "lock", role="admin") == 202
    assert own.act(server, "unlock") == 403 and own.act(server, "lock") == 202 and own.act(server, "unlock") == 403
    assert operators.act(server, "unlock", role="admin") == 202
    assert operators.act(server, "lock") == 404


def test_host_names(own):
    server = own.server(networks="none")
    name = "OS-EXT-SRV-ATTR:hostname"
    assert own.get(f"/servers/{server}", "2.90")["server"][name] == "s"
    assert name not in own.get(f"/servers/{server}", "2.89")["server"]
    changed = own.call("PUT", f"/servers/{server}", {"server": {"hostname": "web-1"}}, "2.90").json["server"]
    assert changed[name] == "web-1" and changed["OS-EXT-STS:vm_state"] == "active"
    assert own.call("PUT", f"/servers/{server}", {"server": {"hostname": "web.example"}}, "2.90").status_int == 400
    assert own.call("PUT", f"/servers/{server}", {"server": {"hostname": "web.example"}}, "2.94").status_int == 200
    assert own.call("PUT", f"/servers/{server}", {"server": {"hostname": "web"}}, "2.89").status_int == 400
