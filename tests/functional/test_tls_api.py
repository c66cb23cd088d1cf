"""S43: the API's port under TLS, by both servers: who is believed, what a client that never shakes hands costs."""

import contextlib
import fcntl
import select
import socket
import ssl
import sys
import termios
import threading
import time
import urllib.request

import pytest

from nova_like import conf as configuration
from nova_like.api.common import tls
from tests.authority import Authority
from tests.functional.http_process import PATIENCE, answer, serving

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
HELLO = b"\x16\x03\x01\x02\x00\x01"  # the beginning of a ClientHello
BACKENDS = ("eventlet", "threading")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(params=BACKENDS, scope="module")
def server(request, authority):
    with serving(request.param, authority.issue("api.test", "127.0.0.1")) as found:
        yield found


def plain(server):
    return socket.create_connection(server.address, timeout=PATIENCE)


def shaken(server, trusted, name="api.test"):
    return ssl.create_default_context(cafile=trusted).wrap_socket(plain(server), server_hostname=name)


def pending(link):
    """How many bytes have come that nobody has read."""
    return int.from_bytes(fcntl.ioctl(link, termios.FIONREAD, bytes(4)), sys.byteorder)


def hung_up(link):
    """Until the server hangs up; fails after PATIENCE."""
    with contextlib.suppress(ConnectionResetError):
        while link.recv(1000):
            pass


def refusal(server, trusted, name="api.test"):
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        shaken(server, trusted, name)
    return refused.value.verify_message


def test_S43_many_requests_go_over_one_connection(server, authority):
    with shaken(server, authority.file) as link:
        for size in (0, 3, 20_000, 90_000):
            link.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
            assert answer(link).endswith(b"\r\n\r\n%d False" % size)
        assert link.version() == "TLSv1.3"


def test_S43_a_large_body_streams_through(server, authority):
    with shaken(server, authority.file) as link:
        link.sendall(b"POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n\r\n")
        for _ in range(30):
            link.sendall(b"x" * 1_000_000)
        assert answer(link).endswith(b"30000000 False")


def test_S43_a_large_answer_comes_whole_to_a_slow_reader(server, authority):
    with shaken(server, authority.file) as link:
        link.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        while not pending(link):  # of much more than fits into any buffer
            select.select([link], [], [], PATIENCE)
        got = b"".join(iter(lambda: link.recv(10_000), b""))  # ends by the server's close, said and not cut
    assert got.partition(b"\r\n\r\n")[2] == b"0123456789abcdef" * 400_000


def test_S43_an_unknown_authority_and_a_wrong_name_are_refused(server, authority, tmp_path):
    assert "unable to get local issuer" in refusal(server, Authority(tmp_path).file)
    assert "Hostname mismatch" in refusal(server, authority.file, "other.test")
    assert "IP address mismatch" in refusal(server, authority.file, "127.0.0.2")


@pytest.mark.parametrize("backend", BACKENDS)
def test_S43_an_expired_certificate_is_refused(authority, backend):
    with serving(backend, authority.issue("api.test", days=-1)) as server:
        assert "expired" in refusal(server, authority.file)


def test_S43_old_versions_and_plain_http_get_nothing(server, authority):
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with plain(server) as link, pytest.raises((ssl.SSLError, ConnectionResetError)):
        old.wrap_socket(link)
    with plain(server) as link:
        link.sendall(GET)
        try:
            got = link.recv(1000)
        except ConnectionResetError:
            got = b""
        assert b"HTTP" not in got
    with shaken(server, authority.file) as link:
        link.sendall(GET)
        assert answer(link).startswith(b"HTTP/1.1 200")


def test_S43_who_never_shakes_hands_holds_up_nobody(server, authority):
    with contextlib.ExitStack() as open_links:
        silent = [open_links.enter_context(plain(server)) for _ in range(10)]
        silent[1].sendall(HELLO)
        with shaken(server, authority.file) as link:
            link.sendall(GET)
            assert answer(link).startswith(b"HTTP/1.1 200")
        assert not select.select(silent, [], [], 0)[0]  # though they are still there


@pytest.mark.parametrize("backend", BACKENDS)
def test_S43_who_never_shakes_hands_is_cut(authority, backend):
    with contextlib.ExitStack() as open_links:
        hasty = open_links.enter_context(serving(backend, authority.issue("api.test"), header_seconds=0.5))
        silent = [open_links.enter_context(plain(hasty)) for _ in range(10)]
        silent[1].sendall(HELLO)
        for link in silent:
            hung_up(link)


def test_S43_many_at_once(server, authority):
    """Reads and writes of one connection come from different threads."""
    done = []

    def ask():
        with shaken(server, authority.file) as link:
            for _ in range(10):
                link.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n" + b"x" * 40000)
                assert answer(link).endswith(b"40000 False")
            done.append(1)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(done) == 8


def test_S43_too_many_connections_cost_the_silent_ones(server, authority):
    """Twenty are allowed; those that have said nothing for the longest time go."""
    links = [shaken(server, authority.file) for _ in range(25)]
    links[-1].sendall(GET)
    assert answer(links[-1]).startswith(b"HTTP/1.1 200")
    hung_up(links[0])
    for link in links:
        link.close()


def test_S43_a_client_that_hung_up_is_seen(server, authority):
    with shaken(server, authority.file) as link:
        link.sendall(b"GET /gone HTTP/1.1\r\nHost: a\r\n\r\n")
        link.shutdown(socket.SHUT_WR)  # of the socket below, and the server may hang up on it as it likes
        deadline = time.monotonic() + PATIENCE
        while not (got := server.ask(GET.replace(b"/", b"/seen", 1))).endswith(b"[True]"):
            assert time.monotonic() < deadline, got


def test_S43_urllib_takes_it(server, authority):
    url, context = f"https://127.0.0.1:{server.address[1]}/", ssl.create_default_context(cafile=authority.file)
    with urllib.request.urlopen(url, timeout=PATIENCE, context=context) as got:
        assert got.status == 200 and got.headers["X-Scheme"] == "https"


@pytest.mark.parametrize("given", [{"ssl_cert_file": "/x"}, {"ssl_key_file": "/x"}, {"both": "/x"}])
def test_S43_half_a_configuration_is_an_error(given):
    conf = configuration.new(["api"])
    conf([])
    names = ("ssl_cert_file", "ssl_key_file") if "both" in given else given
    for name in names:
        conf.set_override(name, "/nowhere/file", "api")
    with pytest.raises(ValueError, match="ssl_cert_file"):
        tls.context(conf)
    assert tls.context(_plain()) is None


def _plain():
    conf = configuration.new(["api"])
    conf([])
    return conf
