"""Who may open a websocket here, by what his browser says of itself. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Rules:
    """`origins`: of which pages may open consoles; `hosts`: the names (with the port, where there is one) that this
    proxy goes by, so that no name of somebody else's leads a browser here."""

    origins: frozenset[str]
    hosts: frozenset[str]

    @classmethod
    def of(cls, public_url: str, further: Iterable[str] = ()) -> "Rules":
        parts = urlsplit(public_url)
        origins = {f"{parts.scheme}://{parts.netloc}", *further}
        return cls(frozenset(map(str.lower, origins)), frozenset({parts.netloc.lower()}))

    def allow(self, host: str | None, origin: str | None) -> bool:
        """Programs name no origin, browsers always do."""
        return (host or "").lower() in self.hosts and (origin is None or origin.lower() in self.origins)


def token_of(target: str) -> str:
    """The token that a request line's target names, empty when there is none, or more than one."""
    try:
        found = parse_qs(urlsplit(target).query, max_num_fields=8).get("token", [])
    except ValueError:
        return ""
    return found[0] if len(found) == 1 else ""
