"""Fetches an image that a user named by its address: to public hosts only, checked after each resolution and redirect.

The connection goes to the very address that was checked, so no second look-up can lead elsewhere. Uses http.client: no
proxies from the environment, no other schemes, nothing kept in memory but one chunk.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from nova_like import concurrency
from nova_like.model.errors import Invalid, Timeout, Unavailable

CHUNK = 1 << 20
MOST_HOPS = 4  # requests, the first among them
MOST_LENGTH = 2048  # of a URL
_REDIRECTS = (301, 302, 303, 307, 308)
_SCHEMES = {"http": 80, "https": 443}
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# IPv6 addresses with an IPv4 one inside that some router would unpack: 6to4, Teredo, NAT64
_TUNNELS = [ipaddress.IPv6Network(text) for text in ("2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48")]


@dataclass(frozen=True)
class Rules:
    """`ports`: to these only; `networks`: allowed though they are not public. Seconds of silence, and of it all."""

    ports: tuple[int, ...] = (80, 443)
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    idle_seconds: float = 30.0
    total_seconds: float = 4 * 3600.0


def check(url: str, rules: Rules) -> SplitResult:
    """What can be told of a URL without asking anybody. Raises Invalid."""
    try:
        parts = urlsplit(url) if len(url) <= MOST_LENGTH and url.isascii() and url.isprintable() else urlsplit("")
        port = parts.port or _SCHEMES.get(parts.scheme, 0)
        host = parts.hostname or ""
    except ValueError:
        raise _refused(url) from None
    if parts.scheme not in _SCHEMES or not host or " " in url or "@" in parts.netloc or port not in rules.ports:
        raise _refused(url)
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return parts
    if not allowed(literal, rules):
        raise _refused(url)
    return parts


def allowed(address: Address, rules: Rules) -> bool:
    """Whether anybody on the internet could reach it, or an operator allowed it."""
    inner = getattr(address, "ipv4_mapped", None) or address
    if any(inner in network for network in rules.networks if network.version == inner.version):
        return True
    if any(inner in network for network in _TUNNELS if inner.version == 6):
        return False
    return inner.is_global and not (inner.is_multicast or inner.is_reserved or inner.is_unspecified)


def chunks(url: str, rules: Rules) -> Iterator[bytes]:
    """The bytes behind a URL, by at most three redirects. Raises Invalid (refused, or not to be had), Unavailable,
    Timeout."""
    deadline = concurrency.monotonic() + rules.total_seconds
    for _ in range(MOST_HOPS):
        connection = connect(check(url, rules), rules)
        try:
            response = _ask(connection, url)
            if response.status not in _REDIRECTS:
                yield from _body(response, deadline)
                return
            url = urljoin(url, response.getheader("Location", ""))
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"The image could not be downloaded: {type(error).__name__}.", "image") from None
        finally:
            connection.close()
    raise Invalid("The image's address leads on too often.", "image", code="redirects")


def connect(parts: SplitResult, rules: Rules) -> http.client.HTTPConnection:
    """A connection, not opened yet, to an address that was looked up once, and is allowed with all its brothers.
    Raises Invalid."""
    host, port = parts.hostname or "", parts.port or _SCHEMES[parts.scheme]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Invalid(f"The host {host[:255]} could not be found.", "image", code="host") from None
    addresses = [str(place[4][0]) for place in found]
    if not addresses or not all(allowed(ipaddress.ip_address(text.partition("%")[0]), rules) for text in addresses):
        raise _refused(parts.geturl())
    kind = _Tls if parts.scheme == "https" else _Plain
    return kind(host, port, addresses[0], rules.idle_seconds)


class _Plain(http.client.HTTPConnection):
    def __init__(self, host: str, port: int, address: str, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self._address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)


class _Tls(_Plain):
    default_port = 443

    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _ask(connection: http.client.HTTPConnection, url: str) -> http.client.HTTPResponse:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("GET", path, headers={"Accept": "*/*", "Accept-Encoding": "identity"})
    return connection.getresponse()


def _body(response: http.client.HTTPResponse, deadline: float) -> Iterator[bytes]:
    if response.status != 200 or response.getheader("Content-Encoding", "identity") != "identity":
        raise Invalid(f"The image's host answered {response.status}.", "image", code="host")
    size, length = 0, response.getheader("Content-Length")
    while data := response.read1(CHUNK):
        if concurrency.monotonic() > deadline:
            raise Timeout("The download took too long.", "image")
        size += len(data)
        yield data
    if length is not None and length.isdecimal() and size != int(length):
        raise Unavailable("The image came incomplete.", "image")


def _refused(url: str) -> Invalid:
    shown = "".join(sign for sign in url[:200] if sign.isprintable())
    return Invalid(f"URI for web-download does not pass filtering: {shown}", "image", field="uri", code="filtered")
