"""All that the native APIs serve, one by one, with the examples that go with it; and what a refusal must look like.
Test code; holds no assertion."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from webob import Response

from nova_like.api.common.routing import Action, Route
from nova_like.api.native.all_routes import all_mounted
from nova_like.api.native.compute.errors import NAMES
from tests.functional import sweep_examples as examples
from tests.functional.compute_world import UNKNOWN

Ids = dict[str, str]
UNKNOWNS = {
    "keypair": "no-such", "group_name": "no-such", "request": f"req-{UNKNOWN}", "address": "10.200.0.200",
    "reservation": "r-00000000", "mac": "fa:16:3e:00:00:00", "checksum": "0" * 32, "token": "gAAAA", "access": "0" * 32,
    "fixed_ip": "ip_address=10.200.0.200", "console": "x" * 43,
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A route, or an action of one, as it is served."""

    api: str
    route: Route
    name: str
    action: Action | None

    def __str__(self) -> str:
        return f"{self.key} {self.until} {'project' if self.in_project else ''}".strip()

    @property
    def in_project(self) -> bool:
        """Whether the path begins with the project of the token."""
        return self.api == "volume" and "project_id" in self.route.parameters

    @property
    def key(self) -> str:
        """ "api METHOD path action", of the path without a project in it."""
        path = self.route.path.replace("/v3/{project_id}/", "/v3/") if self.in_project else self.route.path
        return f"{self.api} {self.route.method} {path} {self.name}".strip()

    @property
    def schema(self) -> Any:
        return (self.action or self.route).schema

    @property
    def until(self) -> str:
        """The last microversion that knows it, if any is."""
        return (self.action.until if self.action else "") or self.route.until

    @property
    def reads_body(self) -> bool:
        return self.schema is not None or bool(self.name)

    @property
    def noun(self) -> str:
        """What a list lists."""
        words = [word for word in self.route.path.split("/") if word and word != "detail"]
        return examples.NOUNS.get(words[-1], "") if words else ""

    def bodies(self) -> list[Any]:
        """Examples with their placeholders; KeyError when a body is needed and there is none."""
        if not self.reads_body:
            return [None]
        values = examples.BODIES.get(f"{self.key} {self.until}") or examples.BODIES[self.key]
        return [{self.name: value} if self.name else value for value in values]


# compute's /v2 is its /v2.1 again, with the same routes
ENTRIES = [
    entry for entry in (Entry(*found) for found in all_mounted())
    if not (entry.api == "compute" and entry.route.path.startswith("/v2/"))
]  # fmt: skip


def is_error(api: str, answer: Response) -> bool:
    """Whether the answer is an error in the API's own form, with nothing of our making in it."""
    if INSIDE.search(answer.text) or answer.content_type != "application/json":
        return False
    status, body = answer.status_int, answer.json
    if api == "identity":
        return set(body["error"]) == {"code", "message", "title"} and body["error"]["code"] == status
    if api == "image":
        return set(body) == {"message", "code", "title"} and bool(body["code"].startswith(f"{status} "))
    if api == "network":
        return set(body["NeutronError"]) == {"type", "message", "detail"}
    ((name, fault),) = body.items()
    return bool(name == NAMES[status] and fault["code"] == status and fault["message"])


INSIDE = re.compile(r"Traceback|sqlalchemy|SELECT |INSERT |/nova_like/|\.py\b")
NEWEST = {"compute": {"OpenStack_API_Version": "compute latest"}, "volume": {"OpenStack_API_Version": "volume latest"}}


def versions(entry: Entry) -> dict[str, str]:
    """The header for the newest microversion that knows the route."""
    until = {"OpenStack_API_Version": f"{entry.api} {entry.until}"} if entry.until else None
    return until or NEWEST.get(entry.api, {})


def filled(value: Any, ids: Ids) -> Any:
    """The same with ids in place of "<noun>"."""
    if isinstance(value, dict):
        return {key: filled(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, ids) for item in value]
    return ids.get(value[1:-1], value) if isinstance(value, str) and value.startswith("<") else value


def references(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """(place, noun) of every "<noun>" in an example; an item of a list stands at `[]`."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from references(item, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list):
        for item in value:
            yield from references(item, f"{place}.[]")
    elif isinstance(value, str) and value.startswith("<"):
        yield place, value[1:-1]
