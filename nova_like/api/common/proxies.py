"""Whom a request comes from: the address of the connection, or what the proxies that the operator trusts say of it.
Compares addresses, never their texts; refuses nobody."""

import contextlib
import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any

MOST_HOPS = 32  # entries of X-Forwarded-For that are looked at
_WITH_PORT = re.compile(r"\[(?P<six>[^\[\]]*)\](?::\d{1,5})?|(?P<four>[0-9.]+):\d{1,5}")  # RFC 7239's forms of a node
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Proxies:
    """`trusted`: addresses and networks as text. ValueError for what is neither."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self._trusted = tuple(ipaddress.ip_network(text) for text in trusted)

    def client(self, environ: Mapping[str, Any]) -> str:
        """Who is counted: an IPv4 address, or the /64 of an IPv6 one, whose owner has all of it; the text itself where
        the connection has no such address. Each proxy speaks of the one before it: who is trusted is followed."""
        told = str(environ.get("REMOTE_ADDR") or "")
        if (nearest := address(told)) is None:
            return told
        hops = environ.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", MOST_HOPS)
        while self._trusts(nearest) and hops and (before := address(hops.pop())) is not None:
            nearest = before
        return str(nearest) if nearest.version == 4 else str(ipaddress.ip_network((nearest, 64), strict=False))

    def _trusts(self, found: Address) -> bool:
        return any(found in network for network in self._trusted)


def address(text: str) -> Address | None:
    """The address in an entry, with or without a port; IPv4 written as IPv6 is IPv4. None when it is none."""
    text = text.strip()
    if match := _WITH_PORT.fullmatch(text):
        text = match["four"] or match["six"]
    with contextlib.suppress(ValueError):
        found = ipaddress.ip_address(text.partition("%")[0])
        return getattr(found, "ipv4_mapped", None) or found
    return None
