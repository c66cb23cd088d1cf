"""What a list of servers can be asked for, by whom, and since which microversion."""

import pytest

from tests.functional.compute_world import Compute, Project


@pytest.fixture
def cloud(tmp_path) -> Compute:
    return Compute(tmp_path)


@pytest.fixture
def own(cloud) -> Project:
    return cloud.project("own")


def names(own, query, role="member", version="2.96"):
    return sorted(view["name"] for view in own.get(f"/servers/detail?{query}", version, role)["servers"])


def test_names_are_patterns(own):
    for name in ("web-1", "web-2", "db.1", "a%b"):
        own.server(name, networks="none")
    assert names(own, "name=web") == ["web-1", "web-2"] == names(own, "name=^web-[0-9]%2B$")
    assert names(own, "name=1$") == ["db.1", "web-1"]
    assert names(own, "name=a%25b") == ["a%b"]
    for costly in ("(a%2B)%2B$", "a{1,200}", "(", "[", "(a)\\1", "x" * 256, "(?=a)", "a**"):
        assert own.call("GET", f"/servers?name={costly}").status_int == 400, costly


def test_tags(own):
    own.server("both", networks="none", tags=["x", "y"])
    own.server("one", networks="none", tags=["x"])
    own.server("none", networks="none")
    assert names(own, "tags=x,y") == ["both"] and names(own, "tags=x") == ["both", "one"]
    assert names(own, "tags-any=y,z") == ["both"] and names(own, "not-tags=x,y") == ["none", "one"]
    assert names(own, "not-tags-any=y,z") == ["none", "one"]
    assert names(own, "tags=x&not-tags-any=y") == ["one"]
    assert names(own, "tags=x", version="2.25") == ["both", "none", "one"]  # not known then


def test_addresses(own):
    server = own.server("carded")
    own.server("bare", networks="none")
    address = own.get(f"/servers/{server}/ips")["addresses"]["net"][0]["addr"]
    assert names(own, f"ip={address}") == ["carded"] == names(own, f"ip={address[:-1]}") == names(own, "ip=^10.0.0")
    assert names(own, "ip=172.16") == [] and names(own, "ip6=10.0") == []


def test_what_only_operators_filter_by_is_ignored_for_others(own):
    own.server("here")
    assert names(own, "host=h1", "admin") == ["here"] and names(own, "host=h2", "admin") == []
    assert names(own, "host=h2") == ["here"]
    for filter in ("key_name=k", "power_state=4", "config_drive=True", "user_id=u", "task_state=spawning"):
        assert names(own, filter, version="2.82") == ["here"], filter
        assert names(own, filter, version="2.83") == [] == names(own, filter, "admin"), filter
    assert names(own, "launch_index=1", "admin") == [] and names(own, "launch_index=0", "admin") == ["here"]
    assert own.call("GET", "/servers?launch_index=x", role="admin").status_int == 400


def test_what_is_being_done(cloud, own):
    server = own.server("busy")
    assert names(own, "task_state=rebooting_hard") == []
    own.act(server, "reboot", {"type": "HARD"})
    assert names(own, "task_state=rebooting_hard") == ["busy"] == names(own, "status=HARD_REBOOT")
    assert names(own, "status=REBOOT") == [] == names(own, "task_state=rebooting")
    cloud.daemons.settle()
    assert names(own, "status=HARD_REBOOT") == []
    own.server("new", settle=False)
    assert names(own, "task_state=scheduling") == ["new"] and names(own, "vm_state=building") == ["new"]


def test_times_and_their_order(own):
    own.server("one", networks="none")
    assert names(own, "changes-since=2020-01-01T00:00:00Z&changes-before=2100-01-01") == ["one"]
    assert names(own, "changes-before=2020-01-01T00:00:00Z") == []
    assert names(own, "changes-before=2020-01-01T00:00:00Z", version="2.65") == ["one"]
    wrong = "changes-since=2030-01-01T00:00:00Z&changes-before=2020-01-01T00:00:00Z"
    for query in (wrong, "changes-since=yesterday", "changes-before=2020-13-01"):
        assert own.call("GET", f"/servers?{query}", version="2.96").status_int == 400


def test_strangers_in_the_query(own):
    assert own.get("/servers?colour=red", version="2.74") == {"servers": []}
    assert own.call("GET", "/servers?colour=red", version="2.75").status_int == 400


def test_order(own):
    for name in ("b", "a", "c"):
        own.server(name, networks="none", description=name)

    def ordered(query, role="member"):
        return [view["name"] for view in own.get(f"/servers?{query}", "2.96", role)["servers"]]

    assert ordered("sort_key=display_name&sort_dir=asc") == ["a", "b", "c"]
    assert ordered("sort_key=display_description") == ["c", "b", "a"]
    page = own.get("/servers?sort_key=key_name&sort_key=display_name&sort_dir=asc&limit=2", "2.96")
    marker = page["servers"][-1]["id"]
    assert ordered(f"sort_key=key_name&sort_key=display_name&sort_dir=asc&marker={marker}") == ["c"]
    assert own.call("GET", "/servers?sort_key=host").status_int == 403
    assert len(ordered("sort_key=host", "admin")) == 3
    assert own.call("GET", "/servers?sort_key=name&sort_dir=up").status_int == 400


def test_reservations(own):
    body = {"name": "n", "imageRef": own.image, "flavorRef": "1", "networks": "none", "return_reservation_id": True}
    made = own.call("POST", "/servers", {"server": body}).json["reservation_id"]
    own.server("other", networks="none")
    assert names(own, f"reservation_id={made}") == ["n"] and names(own, "reservation_id=r-1") == []
