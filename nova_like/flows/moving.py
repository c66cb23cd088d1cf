"""What a move of an instance holds beside the instance's own row, and how the two change places.

Until a move ends, its host has room for what the instance was and for what it becomes, and so has its project's quota:
neither confirming nor reverting can be refused.
"""

from typing import Any

from nova_like.db import hosts, instances, moves, quotas
from nova_like.flows import facts, tombstones
from nova_like.flows.recipe import Work
from nova_like.model import sizes
from nova_like.model.errors import NotFound

Row = dict[str, Any]


def present(work: Work) -> Row:
    """The instance's move. Raises NotFound."""
    found = known(work)
    if found is None:
        raise NotFound("migration", work.resource)
    return found


def known(work: Work) -> Row | None:
    """The move that the instance is in, if any; read once a transaction."""
    if "move" not in work.memory:
        work.memory["move"] = moves.live_of(work.tx, work.resource)
    found: Row | None = work.memory["move"]
    return found


def resized(row: Row, flavor: Row) -> Row:
    """An instance's row as it is with that flavor."""
    return {**row, "flavor": flavor, **sizes.of(flavor)}


def change_places(work: Work, flavor: Row) -> None:
    """The instance's row is of `flavor` from now on; its move holds what it was. Nothing is claimed or given back."""
    row, move = facts.instance(work), present(work)
    new = resized(row, flavor)
    held = {**sizes.beside(new, row), **sizes.quota_beside(new, row)}
    place: Row = {}
    if is_apart(work):  # each host has room for one of the two
        host = hosts.by_name(work.tx, "compute", move["host"])
        place = {"host": move["host"], "zone": host["zone"] if host else ""}
        held |= {"host": row["host"], **{size: row[size] for size in sizes.SIZES}}
    instances.update(work.tx, work.resource, flavor=flavor, **sizes.of(flavor), **place)
    moves.update(work.tx, move["id"], **held)
    row.update(new | place)
    move.update(held)


def other(work: Work) -> str:
    """The host where the move holds something."""
    return str(present(work)["host"] or "")


def is_apart(work: Work) -> bool:
    """Whether the instance is in a move that has another host than its row names."""
    move = known(work)
    return bool(move and move["host"] and move["host"] != facts.host(work))


def release(work: Work) -> None:
    """What the move holds of its host goes back, or to a tombstone if a step was left there."""
    move = present(work)
    if not move["host"]:
        return
    held = {size: move[size] for size in sizes.SIZES}
    if is_apart(work) and tombstones.THERE & set(tombstones.left(work)):
        tombstones.leave_there(work, move["host"], held)
    else:
        hosts.unclaim(work.tx, "compute", move["host"], held)
    nothing = dict.fromkeys(sizes.SIZES, 0)
    moves.update(work.tx, move["id"], host=None, **nothing)
    move.update(host=None, **nothing)


def end(work: Work, state: str) -> None:
    """The end of a move, if there is one: what it holds goes back."""
    move = known(work)
    if move is None:
        return
    release(work)
    if held := {name: move[name] for name in sizes.QUOTAS if move[name]}:
        quotas.give(work.tx, move["project_id"], held)
    moves.end(work.tx, move["id"], state)
    work.memory["move"] = None
