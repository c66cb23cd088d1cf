"""Purge: a tombstone's host is asked until guest, ports or volume are gone from it; then what it held is free."""

from typing import Any

from nova_like.db import tombstones
from nova_like.flows.recipe import FOREVER, LOCAL, Recipe, Send, Step, Work
from nova_like.flows.tombstones import release
from nova_like.model import wire
from nova_like.model.errors import Fault, NotFound
from nova_like.model.orders import Guest, Plug, Volume

PAYLOADS: dict[str, Any] = {"guest": Guest, "plug": Plug, "volume": Volume}


def _tombstone(work: Work) -> dict[str, Any]:
    if not _wanted(work):
        raise NotFound("tombstone", work.resource)
    row: dict[str, Any] = work.memory["tombstone"]
    return row


def _order(method: str, payload: str) -> Any:
    def send(work: Work) -> Send:
        row = _tombstone(work)
        what = wire.from_wire(PAYLOADS[payload], row["facts"][payload])
        return Send(method, row["host"], {payload: what}, resource=row["resource_id"])

    return send


def _wanted(work: Work) -> bool:
    """Without a tombstone nothing is left to purge: its host was fenced."""
    if "tombstone" not in work.memory:
        work.memory["tombstone"] = tombstones.get(work.tx, work.resource)
    return work.memory["tombstone"] is not None


def freed(work: Work) -> None:
    release(work.tx, _tombstone(work))


def failed(work: Work, fault: Fault) -> None:
    """Never reached: every step is tried for ever."""


def _step(method: str, kind: str, payload: str) -> Step:
    return Step(method, kind, _order(method, payload), needed=_wanted, **FOREVER)


# No undo anywhere: what is purged is not wanted by anybody
_FREED = Step("freed", LOCAL, freed, needed=_wanted)
PURGE = Recipe(
    "purge",
    "tombstone",
    (_step("destroy", "compute", "guest"), _step("unplug", "network", "plug"), _FREED),
    failed,
    cancellable=False,
)
VOLUME_PURGE = Recipe(
    "volume_purge", "tombstone", (_step("delete", "volume", "volume"), _FREED), failed, cancellable=False
)
