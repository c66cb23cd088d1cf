"""Route tables as data, and the look-up of a path in them. Knows no request, no handler's meaning, no error body."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Handler = Callable[..., Any]
Schema = Any  # a JSON schema, or ((since, schema), ...) in rising order of version
Version = tuple[int, int]


def version(text: str) -> Version:
    """ "2.60" as (2, 60)."""
    major, minor = text.split(".")
    return int(major), int(minor)


@dataclass(frozen=True)
class Action:
    """One entry of an action table: POST .../action with a body of one key, the action's name.

    `handler(req, **path_vars)` finds the whole body in `req.body_json`; `schema` describes the value under the key.
    """

    handler: Handler
    schema: Schema = None
    status: int = 202
    since: str = ""
    until: str = ""

    def serves(self, at: Version | None) -> bool:
        return _within(self.since, self.until, at)


@dataclass(frozen=True)
class Route:
    """One method of one path. A path parameter is named after its noun: `/servers/{server_id}`.

    `schema` is of the JSON body (none: the body is ignored); `raw` leaves the body to the handler (image data).
    `since` and `until` bound the microversions that know the route. `open` routes need no token; all others answer
    401 without one.
    """

    method: str
    path: str
    handler: Handler | None = None
    status: int = 200
    schema: Schema = None
    since: str = ""
    until: str = ""
    actions: Mapping[str, Action] = field(default_factory=dict)
    raw: bool = False
    open: bool = False
    media: tuple[str, ...] = ("application/json",)

    @cached_property
    def segments(self) -> tuple[str, ...]:
        return split(self.path)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names of the path parameters, in order: `server_id`, ..."""
        return tuple(part[1:-1] for part in self.segments if part.startswith("{"))

    def serves(self, at: Version | None) -> bool:
        return _within(self.since, self.until, at)


def _within(since: str, until: str, at: Version | None) -> bool:
    if at is None:
        return True
    return not (since and at < version(since)) and not (until and at > version(until))


def split(path: str) -> tuple[str, ...]:
    """The segments of a path; a slash at the end makes no difference."""
    return tuple(path.strip("/").split("/")) if path.strip("/") else ()


class _Node:
    def __init__(self) -> None:
        self.fixed: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.routes: list[Route] = []

    def child(self, segment: str) -> "_Node":
        if not segment.startswith("{"):
            return self.fixed.setdefault(segment, _Node())
        if self.any is None:
            self.any = _Node()
        return self.any

    def find(self, segments: tuple[str, ...], values: tuple[str, ...] = ()) -> Iterator[tuple[list[Route], tuple]]:
        if not segments:
            if self.routes:
                yield self.routes, values
            return
        head, rest = segments[0], segments[1:]
        if head in self.fixed:
            yield from self.fixed[head].find(rest, values)
        if self.any is not None and head:
            yield from self.any.find(rest, (*values, head))


class Table:
    """Routes prepared for look-up; a fixed segment wins over a parameter at the same place."""

    def __init__(self, routes: Iterable[Route], prefix: str = "") -> None:
        self.routes = tuple(routes)
        self._root = _Node()
        for route in self.routes:
            node = self._root
            for segment in (*split(prefix), *route.segments):
                node = node.child(segment)
            node.routes.append(route)
        self._prefix = tuple(part[1:-1] for part in split(prefix) if part.startswith("{"))

    def find(self, path: str) -> list[tuple[Route, dict[str, str]]]:
        """All routes of this path, with the values of their parameters; empty when the path is unknown."""
        found = []
        for routes, values in self._root.find(split(path)):
            found += [(route, dict(zip((*self._prefix, *route.parameters), values, strict=True))) for route in routes]
        return found


def mounted(routes: Iterable[Route], prefix: str) -> tuple[Route, ...]:
    """The same routes under `prefix`."""
    return tuple(dataclasses.replace(route, path=prefix + route.path) for route in routes)


def all_entries(routes: Iterable[Route]) -> Iterator[tuple[Route, str, Action | None]]:
    """Each route, and each action of an action route with its name: what generated tests go through."""
    for route in routes:
        if not route.actions:
            yield route, "", None
        for name, action in route.actions.items():
            yield route, name, action
