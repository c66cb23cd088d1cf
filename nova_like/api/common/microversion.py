"""Microversions: which one a request asks for, the headers that say so, and views converted down from the newest."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import microversion_parse
import webob

from nova_like.api.common.errors import HttpFault
from nova_like.api.common.request import MICROVERSION, Request
from nova_like.api.common.routing import Version, version
from nova_like.model.errors import Invalid

HEADER = "OpenStack-API-Version"


@dataclass(frozen=True)
class Microversions:
    """What an API offers. `legacy` is the header of its own that it had before OpenStack-API-Version."""

    service_type: str
    minimum: str
    maximum: str
    legacy: str = ""

    def asked(self, request: Request) -> Version:
        """The version that the request wants. Raises Invalid when malformed, HttpFault 406 when out of range."""
        text = self._header(request)
        if text is None or text == "":
            return version(self.minimum)
        if text.lower() == "latest":
            return version(self.maximum)
        try:
            found = microversion_parse.parse_version_string(text)
        except (TypeError, ValueError):
            raise Invalid(f"API Version String {text[:64]} is of invalid format. Must be of format "
                          "MajorNum.MinorNum.") from None  # fmt: skip
        at = (found.major, found.minor)
        if not version(self.minimum) <= at <= version(self.maximum):
            raise HttpFault(406, f"Version {text[:64]} is not supported by the API. Minimum is {self.minimum} and "
                            f"maximum is {self.maximum}.", headers=self.headers(None))  # fmt: skip
        return at

    def _header(self, request: Request) -> str | None:
        legacy = [self.legacy.lower()] if self.legacy else None
        try:
            return microversion_parse.get_version(dict(request.headers), self.service_type, legacy)
        except ValueError:
            raise Invalid("The header of the API version is malformed.") from None

    def enter(self, request: Request) -> None:
        request.environ[MICROVERSION] = self.asked(request)

    def headers(self, at: Version | None) -> dict[str, str]:
        """The headers of an answer given at version `at`."""
        text = f"{at[0]}.{at[1]}" if at else self.minimum
        said = {HEADER: f"{self.service_type} {text}", "Vary": HEADER}
        if self.legacy:
            said |= {self.legacy: text, "Vary": f"{HEADER}, {self.legacy}"}
        return said

    def leave(self, request: Request, response: webob.Response) -> None:
        response.headers.update(self.headers(request.environ.get(MICROVERSION)))


@dataclass(frozen=True)
class Change:
    """`since` changed the view of `noun`; `down(view)` turns it into what the version before it showed."""

    since: str
    noun: str
    down: Callable[[dict[str, Any]], Any]


class Changes:
    """All view changes of an API, and how a newest view is brought down to an older version."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self._changes = sorted(changes, key=lambda change: version(change.since), reverse=True)
        self.steps = lru_cache(maxsize=1024)(self._steps)

    def _steps(self, noun: str, at: Version) -> tuple[Callable[[dict[str, Any]], Any], ...]:
        return tuple(c.down for c in self._changes if c.noun == noun and at < version(c.since))

    def apply(self, noun: str, view: dict[str, Any], at: Version) -> dict[str, Any]:
        """`view` (made for this call, changed in place) as version `at` shows it."""
        for down in self.steps(noun, at):
            view = down(view) or view
        return view


def without(*names: str) -> Callable[[dict[str, Any]], None]:
    """The most frequent change: these fields were not there before."""

    def down(view: dict[str, Any]) -> None:
        for name in names:
            view.pop(name, None)

    return down
