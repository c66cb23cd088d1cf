"""What a move of an instance holds beside the instance's own row, and how the two change places.

Until a move ends, its host has room for what the instance was and for what it becomes, and so has its project's quota:
neither confirming nor reverting can be refused.
"""

from typing import Any

from nova_like.db import hosts, instances, moves, quotas
from nova_like.flows import facts
from nova_like.flows.recipe import Work
from nova_like.model import sizes
from nova_like.model.errors import NotFound

Row = dict[str, Any]


def present(work: Work) -> Row:
    """The instance's move. Raises NotFound."""
    if "move" not in work.memory:
        work.memory["move"] = moves.live_of(work.tx, work.resource)
    if work.memory["move"] is None:
        raise NotFound("migration", work.resource)
    found: Row = work.memory["move"]
    return found


def resized(row: Row, flavor: Row) -> Row:
    """An instance's row as it is with that flavor."""
    return {**row, "flavor": flavor, **sizes.of(flavor)}


def change_places(work: Work, flavor: Row) -> None:
    """The instance's row is of `flavor` from now on; its move holds what it was. Nothing is claimed or given back."""
    row, move = facts.instance(work), present(work)
    new = resized(row, flavor)
    held = {**sizes.beside(new, row), **sizes.quota_beside(new, row)}
    instances.update(work.tx, work.resource, flavor=flavor, **sizes.of(flavor))
    moves.update(work.tx, move["id"], **held)
    row.update(new)
    move.update(held)


def end(work: Work, state: str) -> None:
    """The end of a move, if there is one: what it holds goes back."""
    move = work.memory.get("move") or moves.live_of(work.tx, work.resource)
    if move is None:
        return
    if move["host"]:
        hosts.unclaim(work.tx, "compute", move["host"], move)
    if held := {name: move[name] for name in sizes.QUOTAS if move[name]}:
        quotas.give(work.tx, move["project_id"], held)
    moves.end(work.tx, move["id"], state)
    work.memory["move"] = None
