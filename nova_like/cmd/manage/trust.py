"""What a configuration leaves open to those who can listen on the network, as sentences. Connects to nothing."""

import ipaddress
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit


def weaknesses(conf: Any) -> Iterator[str]:
    """Of [database] and [bus]: what goes to another machine must be encrypted, and its server verified."""
    url = urlsplit(conf.database.url)
    if url.scheme.startswith("postgresql"):
        asked = parse_qs(url.query)
        hosts = [url.hostname or "", *asked.get("host", [])]
        if any(map(is_remote, hosts)) and asked.get("sslmode") != ["verify-full"]:
            yield "[database] url: a remote one needs ?sslmode=verify-full&sslrootcert=FILE, else nobody verifies it"
    yield from _bus(conf.bus)


def _bus(bus: Any) -> Iterator[str]:
    from nova_like.rpc import tls

    if not bus.url.startswith(("rabbit:", "nova-rabbit:")):
        return
    try:
        tls.options(bus)
    except ValueError as error:
        yield str(error)
    brokers = [urlsplit(f"//{broker}").hostname or "" for broker in urlsplit(bus.url).netloc.split(",")]
    if not bus.ssl and any(map(is_remote, brokers)):
        yield "[bus] ssl: a remote broker needs ssl = true and ssl_ca_file, else passwords and orders go in clear"


def is_remote(host: str) -> bool:
    """Whether a host is not this machine; paths of sockets and no name at all are."""
    if not host or host.startswith("/") or host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True
