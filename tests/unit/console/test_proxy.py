"""The console proxy with real websockets: what a token opens and how often, who may ask, and what S38 tries."""

import http.client
import struct

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from nova_like import concurrency
from nova_like.console.server import Limits
from nova_like.model.errors import Conflict
from tests.unit.console.proxies import PATIENCE, TOKEN, cloud, until

VNC_TOKEN = "v" * 43


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with cloud(tmp_path_factory.mktemp("console")) as one:
        yield one


@pytest.fixture
def proxied(made):
    made.door.tokens = {TOKEN: "serial", VNC_TOKEN: "vnc"}
    made.door.fault, made.door.brought = None, True
    return made


def wait_for(condition):
    deadline = concurrency.monotonic() + PATIENCE
    while not condition():
        assert concurrency.monotonic() < deadline
        concurrency.sleep(0.01)


def ask(cloud, target, method="GET", **headers):
    """(status, headers, body) of a plain request."""
    connection = http.client.HTTPConnection(cloud.place, timeout=PATIENCE)
    try:
        connection.putrequest(method, target, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def upgrade(cloud, target, **headers):
    """The status of an attempt to open a websocket with these headers."""
    full = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13",
            "Sec_WebSocket_Key": "x3JJHMbDL1EzLkh9GBhXDw==", **headers}  # fmt: skip
    return ask(cloud, target, **full)[0]


def refused(cloud, token, **options):
    with pytest.raises(InvalidStatus) as caught, cloud.view(token, **options):
        pass
    return caught.value.response.status_code


def closed(viewer):
    """Whatever still comes, it ends."""
    with pytest.raises(ConnectionClosed):
        while True:
            viewer.recv(timeout=PATIENCE)


def test_a_serial_console_says_what_is_typed(proxied):
    with proxied.view() as viewer:
        assert proxied.id.encode() in until(viewer, b"login: ")
        viewer.send(b"ls\r")
        until(viewer, b"ls\r")
        viewer.send("text, too\r")
        until(viewer, b"text, too\r")


def test_a_display_shakes_hands(proxied):
    with proxied.view(VNC_TOKEN, subprotocols=["binary"]) as viewer:
        assert viewer.subprotocol == "binary"
        until(viewer, b"RFB 003.008\n")
        viewer.send(b"RFB 003.008\n")
        until(viewer, b"\x01\x01")
        viewer.send(b"\x01")
        until(viewer, b"\0\0\0\0")
        viewer.send(b"\x01")
        shown = until(viewer, proxied.id.encode())
        assert struct.unpack(">HH", shown[:4]) == (16, 16)


@pytest.mark.parametrize("token", ["", "wrong", "\u00e9", "x" * 5000])
def test_a_wrong_token_opens_nothing(proxied, token):
    assert refused(proxied, token) == 403


def test_without_a_token_and_with_two(proxied):
    assert upgrade(proxied, "/") == 403
    assert upgrade(proxied, f"/?token={TOKEN}&token={TOKEN}") == 403
    assert upgrade(proxied, f"/elsewhere?token={TOKEN}") == 403
    assert proxied.door.tokens


def test_a_token_opens_once(proxied):
    with proxied.view():
        assert refused(proxied, TOKEN) == 403
    assert refused(proxied, TOKEN) == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1", "http://cloud.example"])
def test_pages_of_others_open_nothing(proxied, origin):
    assert upgrade(proxied, f"/?token={TOKEN}", Origin=origin) == 403
    assert TOKEN in proxied.door.tokens


def test_its_own_pages_and_those_allowed_do(proxied):
    for origin in (f"http://{proxied.place}", "https://cloud.example"):
        proxied.door.tokens[TOKEN] = "serial"
        with proxied.view(origin=origin) as viewer:
            until(viewer, b"login: ")


def test_under_another_name_it_opens_nothing(proxied):
    assert upgrade(proxied, f"/?token={TOKEN}", Host="evil.example") == 403
    assert TOKEN in proxied.door.tokens


def test_hosts_need_a_ticket_that_is_waited_for(proxied):
    assert upgrade(proxied, "/host") == 403
    assert upgrade(proxied, "/host", Authorization="Ticket nonsense") == 403
    with proxied.view() as viewer:
        until(viewer, b"login: ")
        assert upgrade(proxied, "/host", Authorization=f"Ticket {proxied.door.ticket}") == 403


def test_a_host_that_cannot_is_told_of(proxied):
    proxied.door.fault = Conflict("the guest does not run")
    with proxied.view() as viewer, pytest.raises(ConnectionClosed) as caught:
        viewer.recv(timeout=PATIENCE)
    assert caught.value.rcvd.code == 1011
    wait_for(lambda: proxied.proxy.meetings.open == 0)


def test_the_guest_ends_the_console(proxied):
    with proxied.view() as viewer:
        until(viewer, b"login: ")
        proxied.host.power.stop(proxied.id, "f")
        with pytest.raises(ConnectionClosed):
            viewer.recv(timeout=PATIENCE)
    proxied.host.power.start(proxied.id, "f")
    wait_for(lambda: proxied.proxy.meetings.open == 0)


def test_a_serial_port_is_its_last_readers(proxied):
    with proxied.view() as first:
        until(first, b"login: ")
        proxied.door.tokens["second"] = "serial"
        with proxied.view("second") as second:
            until(second, b"login: ")
            closed(first)
            second.send(b"mine")
            until(second, b"mine")


def test_no_more_than_so_many_and_no_longer(tmp_path):
    with cloud(tmp_path, Limits(sessions=1, session_seconds=0.0)) as short, short.view() as viewer:
        closed(viewer)
    with cloud(tmp_path / "one", Limits(sessions=1)) as single, single.view() as viewer:
        until(viewer, b"login: ")
        single.door.tokens["second"] = "serial"
        with single.view("second") as second, pytest.raises(ConnectionClosed) as caught:
            second.recv(timeout=PATIENCE)
        assert caught.value.rcvd.code == 1013
        viewer.send(b"still")
        until(viewer, b"still")


def test_pages(proxied):
    status, headers, body = ask(proxied, f"/vnc_lite.html?path=%3Ftoken%3D{TOKEN}")
    assert (status, body) == (200, b"<html>noVNC</html>") and headers["Referrer-Policy"] == "no-referrer"
    status, headers, _ = ask(proxied, "/core/rfb.js")
    assert status == 200 and headers["Content-Type"] == "text/javascript"


@pytest.mark.parametrize(
    "target",
    ["/", "/core", "/core/", "//core/rfb.js", "/../proxies.py", "/core/../../cloud", "/%2e%2e/x", "/core/%2e%2e/x",
     "/.x", "//evil.example/%2e%2e", "//evil.example", "/" + "a" * 500, "/" + "a/" * 50, "/core\\..\\x", "/link",
     "/secret/x"],
)  # fmt: skip
def test_no_other_files(proxied, target):
    link, secret = proxied.pages / "link", proxied.pages / "secret"
    if not link.is_symlink():
        link.symlink_to("/etc/hostname")
        secret.symlink_to("/etc")
    status, headers, body = ask(proxied, target)
    assert (status, body) == (404, b"") and "Location" not in headers


def test_tokens_and_tickets_are_in_no_log(proxied, caplog):
    caplog.set_level(0)
    with proxied.view() as viewer:
        until(viewer, b"login: ")
    refused(proxied, "wrong-token")
    ask(proxied, "/nonsense?token=another-token", method="POST")
    text = caplog.text
    assert proxied.id in text
    for secret in (TOKEN, proxied.door.ticket, "wrong-token", "another-token"):
        assert secret not in text
