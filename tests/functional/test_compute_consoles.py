"""Addresses of consoles: who gets one, in which versions' words, and when it opens nothing any more."""

from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from nova_like.db import console_tokens, instances, retention
from nova_like.db.schema.consoles import console_tokens as table
from nova_like.model.errors import NotFound, Unavailable
from nova_like.services.consoles import Door
from tests.functional.compute_world import Compute, Project


class Agent:
    """The bus to compute agents, which remembers what was asked for."""

    def __init__(self):
        self.asked = []

    def call(self, ctx, method, address, **args):
        self.asked.append((ctx.user_id, method, address, args))
        return True


@pytest.fixture
def cloud(tmp_path) -> Compute:
    return Compute(tmp_path)


@pytest.fixture
def own(cloud) -> Project:
    return cloud.project("own")


@pytest.fixture
def door(cloud) -> Door:
    return Door(cloud.db, Agent())


def ask(project, server, protocol="vnc", kind="novnc", version="2.96", role="member"):
    body = {"remote_console": {"protocol": protocol, "type": kind}}
    return project.call("POST", f"/servers/{server}/remote-consoles", body, version, role)


def token_in(url):
    """The token in an address, wherever it is."""
    query = parse_qs(urlsplit(url).query)
    return parse_qs(urlsplit(query["path"][0]).query)["token"][0] if "path" in query else query["token"][0]


def test_an_address_of_each_kind(own, door):
    server = own.server()
    vnc = ask(own, server).json["remote_console"]
    url = vnc.pop("url")
    assert vnc == {"protocol": "vnc", "type": "novnc"}
    assert url.startswith("http://console.test:6080/vnc_lite.html?path=%3Ftoken%3D")
    serial = ask(own, server, "serial", "serial").json["remote_console"]["url"]
    assert serial.startswith("ws://console.test:6080/?token=")
    for address, kind in ((url, "vnc"), (serial, "serial")):
        opening = door.redeem(token_in(address))
        assert (opening.instance_id, opening.kind, opening.host, opening.agent) == (server, kind, "h1", "a")
        assert (opening.project_id, opening.user_id) == (own.id, f"member-{own.id}"[:36])


def test_old_actions_until_they_were_taken_over(own, door):
    server = own.server()
    for action, kind in (("os-getVNCConsole", "novnc"), ("os-getSerialConsole", "serial")):
        body = {action: {"type": kind}}
        answer = own.call("POST", f"/servers/{server}/action", body, "2.5")
        assert answer.status_int == 200 and answer.json["console"]["type"] == kind
        assert door.redeem(token_in(answer.json["console"]["url"])).instance_id == server
        assert own.call("POST", f"/servers/{server}/action", body, "2.6").status_int == 404
    assert ask(own, server, version="2.5").status_int == 404


@pytest.mark.parametrize(
    ("protocol", "kind"),
    [("spice", "spice-html5"), ("rdp", "rdp-html5"), ("vnc", "xvpvnc"), ("vnc", "serial"), ("mks", "webmks")],
)
def test_kinds_that_there_are_not(own, protocol, kind):
    answer = ask(own, own.server(), protocol, kind)
    assert answer.status_int == 400 and "Unavailable console type" in answer.text


def test_malformed_wishes(own):
    server = own.server()
    assert ask(own, server, "vnc", "nonsense").status_int == 400
    assert ask(own, server, "mks", "webmks", "2.7").status_int == 400
    assert own.call("POST", f"/servers/{server}/remote-consoles", {"remote_console": {}}, "2.96").status_int == 400
    assert own.call("POST", f"/servers/{server}/action", {"os-getVNCConsole": {"type": "x"}}, "2.1").status_int == 400


def test_where_there_is_no_proxy(cloud, own):
    cloud.services.consoles._url = ""
    assert ask(own, own.server()).status_int == 400


def test_only_of_servers_that_have_one(cloud, own):
    building = own.server(settle=False)
    assert ask(own, building).status_int == 409
    cloud.daemons.settle()
    assert ask(own, building).status_int == 200
    assert own.act(building, "os-stop") == 202
    cloud.daemons.settle()
    assert ask(own, building).status_int == 409


def test_of_ones_own_servers_by_who_may_type_there(cloud, own):
    server, other = own.server(), cloud.project("other")
    assert ask(other, server).status_int == ask(other, server, "spice", "spice-html5").status_int == 404
    assert ask(own, server, role="reader").status_int == 403
    assert ask(own, server, "spice", "spice-html5", role="reader").status_int == 403
    assert ask(other, server, role="admin").status_int == 200


def test_a_token_is_good_once_and_kept_as_a_digest(cloud, own, door):
    token = token_in(ask(own, own.server()).json["remote_console"]["url"])
    rows = repr(cloud.db.read(lambda tx: tx.rows(sa.select(table))))
    assert token not in rows and console_tokens.digest(token) in rows
    assert door.redeem(token)
    with pytest.raises(NotFound):
        door.redeem(token)
    for wrong in ("", "x" * 43, "x" * 5000, "\udcff"):
        with pytest.raises(NotFound):
            door.redeem(wrong)


def test_a_token_ends_with_its_time(cloud, own, door):
    token = token_in(ask(own, own.server()).json["remote_console"]["url"])
    (ttl,) = cloud.db.read(lambda tx: tx.rows(sa.select(table.c.expires_at - sa.func.db_now())))[0].values()
    assert 500 < ttl <= 600
    cloud.db.transact(lambda tx: tx.execute(sa.update(table).values(expires_at=table.c.expires_at - 601)))
    with pytest.raises(NotFound):
        door.redeem(token)
    keep = retention.Keep(3600, 3600)
    assert cloud.db.transact(lambda tx: retention.PRUNES["console_tokens"](tx, keep, 500)) == 1
    assert cloud.db.read(lambda tx: tx.rows(sa.select(table))) == []


def test_a_token_ends_with_its_server(own, door):
    server = own.server()
    token = token_in(ask(own, server).json["remote_console"]["url"])
    assert own.call("DELETE", f"/servers/{server}").status_int == 204
    with pytest.raises(NotFound):  # at once, not when the host has done it
        door.redeem(token)


@pytest.mark.parametrize("change", [{"host": "h2"}, {"state": "stopped"}])
def test_a_token_is_of_where_the_server_ran(cloud, own, door, change):
    server = own.server()
    token = token_in(ask(own, server).json["remote_console"]["url"])
    cloud.db.transact(lambda tx: instances.update(tx, server, **change))
    with pytest.raises(NotFound):
        door.redeem(token)


def test_operators_see_what_a_token_is_of(cloud, own, door):
    server = own.server()
    token = token_in(ask(own, server).json["remote_console"]["url"])
    path = f"/os-console-auth-tokens/{token}"
    expected = {"instance_uuid": server, "host": "h1", "port": 0, "internal_access_path": None}
    for _ in range(2):  # looking does not use it
        assert own.get(path, "2.31", role="admin") == {"console": expected}
    assert door.redeem(token)
    assert own.call("GET", path, version="2.31").status_int == 403
    assert own.call("GET", path, version="2.30", role="admin").status_int == 404
    assert own.call("GET", "/os-console-auth-tokens/nonsense", version="2.96", role="admin").status_int == 404


def test_of_one_server_only_so_many(cloud, own, door):
    server, other = own.server(), own.server()
    kept = token_in(ask(own, other).json["remote_console"]["url"])
    tokens = [token_in(ask(own, server).json["remote_console"]["url"]) for _ in range(console_tokens.MOST + 1)]
    with pytest.raises(NotFound):
        door.redeem(tokens[0])
    assert all(door.redeem(token) for token in (*tokens[1:], kept))


def test_the_host_is_asked_in_the_name_of_who_made_the_token(cloud, own):
    agent = Agent()
    door = Door(cloud.db, agent)
    server = own.server()
    opening = door.redeem(token_in(ask(own, server, "serial", "serial").json["remote_console"]["url"]))
    door.open(opening, "ws://console.test/host", "ticket")
    asked = {"host": "h1", "instance_id": server, "kind": "serial", "url": "ws://console.test/host", "ticket": "ticket"}
    assert agent.asked == [(f"member-{own.id}"[:36], "open_console", "a", asked)]


def test_a_host_that_is_not_known_any_more(cloud, own, door):
    token = token_in(ask(own, own.server()).json["remote_console"]["url"])
    cloud.db.transact(lambda tx: tx.execute(sa.text("DELETE FROM hosts")))
    with pytest.raises(Unavailable, match="has no agent"):
        door.redeem(token)
