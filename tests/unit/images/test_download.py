"""S11: downloads that users ask for reach public hosts only, after each resolution and each redirect."""

import http.server
import ipaddress
import socket
import threading

import pytest

from nova_like.images import download
from nova_like.images.download import Rules
from nova_like.model.errors import Fault, Invalid, Timeout, Unavailable

DATA = bytes(range(256)) * 40
HERE = ipaddress.ip_network("127.0.0.2/32")


class Site(http.server.ThreadingHTTPServer):
    """Answers by path; `asked` are the paths that were."""

    daemon_threads = True

    def __init__(self, address):
        self.asked = []
        super().__init__((address, 0), Answers)

    def finish_request(self, request, client_address):
        try:
            super().finish_request(request, client_address)
        except ConnectionError:
            pass


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802
        self.server.asked.append(self.path)
        kind, _, rest = self.path[1:].partition("/")
        if kind == "to":
            self.send_response(302)
            self.send_header("Location", rest.replace("_", "/"))
            self.end_headers()
            return
        self.send_response(404 if kind == "lost" else 200)
        self.send_header("Content-Length", str(len(DATA) + (kind == "short")))
        if kind == "packed":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(DATA)

    def log_message(self, *args):
        pass


@pytest.fixture
def sites():
    """Two sites: one on 127.0.0.2, which is allowed, and one on 127.0.0.3, which is inside."""
    made = [Site(f"127.0.0.{last}") for last in (2, 3)]
    for site in made:
        threading.Thread(target=site.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    for site in made:
        site.shutdown()
        site.server_close()


@pytest.fixture
def rules(sites):
    return Rules(tuple(site.server_address[1] for site in sites), (HERE,), 5.0, 5.0)


def url(site, path="/disk", host=""):
    address, port = site.server_address
    return f"http://{host or address}:{port}{path}"


def fetched(address, rules):
    return b"".join(download.chunks(address, rules))


def test_the_bytes(sites, rules):
    assert fetched(url(sites[0]), rules) == DATA
    assert fetched(url(sites[0], "/to//again"), rules) == DATA
    assert sites[0].asked == ["/disk", "/to//again", "/again"]


INSIDE = [
    "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/",
    "http://localhost/", "http://169.254.169.254/latest/meta-data", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/", "http://10.0.0.1/", "http://192.168.1.1/", "http://172.16.0.1/", "http://0.0.0.0/",
    "http://100.64.0.1/", "http://224.0.0.1/", "http://255.255.255.255/", "http://[fe80::1]/", "http://[fd00::1]/",
    "http://[::]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[ff02::1]/", "http://127.0.0.1./",
    "http://[2001:0:7f00:1::]/",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_s11_inside(address, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *args: pytest.fail("a connection was made"))
    with pytest.raises(Invalid):
        fetched(address, Rules())


@pytest.mark.parametrize("address", [
    "file:///etc/passwd", "gopher://example.org/", "ftp://example.org/x", "/etc/passwd", "", "http://", "http:///x",
    "http://user:word@example.org/", "http://example.org:22/", "http://example.org:99999/", "http://exa mple.org/",
    "http://example.org/\r\nX: y", "http://[::1/", "http://example.org/" + "x" * 3000, "http://ex\u00e4mple.org/",
    "data:text/plain,x", "HTTP+unix://x/",
])  # fmt: skip
def test_s11_what_is_no_address_of_the_web(address):
    with pytest.raises(Invalid, match="filtering"):
        download.check(address, Rules())


def test_s11_a_redirect_leads_not_inside(sites, rules):
    outside, inside = sites
    where = url(inside).replace("/", "_")
    with pytest.raises(Invalid, match="filtering"):
        fetched(url(outside, f"/to/{where}"), rules)
    with pytest.raises(Invalid, match="filtering"):
        fetched(url(outside, "/to/file:____etc_passwd"), rules)
    assert inside.asked == []


def test_s11_redirects_end(sites, rules):
    with pytest.raises(Invalid, match="too often"):
        fetched(url(sites[0], "/to//to//to//to//to//disk"), rules)
    assert len(sites[0].asked) == download.MOST_HOPS


def test_s11_a_name_that_resolves_anew_leads_not_inside(sites, rules, monkeypatch):
    """The address that was checked is the one that is connected to, whatever a second look-up would say."""
    outside, inside = sites
    answers = ["127.0.0.2", "127.0.0.3", "127.0.0.3"]

    def rebinding(host, port, *args, **more):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0) if host == "x.test" else host, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert fetched(url(outside, host="x.test"), rules) == DATA
    assert len(answers) == 2
    with pytest.raises(Invalid, match="filtering"):
        fetched(url(inside, host="x.test"), rules)
    assert inside.asked == []


def test_s11_a_name_with_an_address_inside_among_others(sites, rules, monkeypatch):
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, 80)) for text in ("127.0.0.2", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: both)
    with pytest.raises(Invalid, match="filtering"):
        fetched(url(sites[0], host="x.test"), rules)


@pytest.mark.parametrize(("path", "kind"), [("/lost", Invalid), ("/packed", Invalid), ("/short", Unavailable)])
def test_what_is_no_image_is_said_so(sites, rules, path, kind):
    with pytest.raises(kind):
        fetched(url(sites[0], path), rules)


def test_nobody_there(sites, rules):
    port = socket.socket()
    port.bind(("127.0.0.2", 0))
    more = Rules((port.getsockname()[1],), (HERE,), 1.0, 1.0)
    with pytest.raises(Unavailable):
        fetched(f"http://127.0.0.2:{port.getsockname()[1]}/", more)
    port.close()


def test_a_name_that_there_is_none_of(monkeypatch):
    def unknown(*args, **more):
        raise socket.gaierror(-2, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Invalid, match=r"does-not\.exist could not be found"):
        fetched("http://does-not.exist/no/possible/way", Rules())


def test_it_takes_so_long_at_most(sites, rules):
    late = Rules(rules.ports, rules.networks, 5.0, -1.0)
    with pytest.raises(Timeout):
        fetched(url(sites[0]), late)


def test_public_addresses_are_allowed():
    for text in ("8.8.8.8", "1.1.1.1", "2606:4700:4700::1111"):
        assert download.allowed(ipaddress.ip_address(text), Rules())
    assert issubclass(Invalid, Fault)
