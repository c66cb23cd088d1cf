"""Takes rows away whose time is over, in small batches of keyed deletes. Knows for each table when that is; what lives
is never touched: an instance or volume with a live flow, a lock or a tombstone stays, however old its deletion is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.flows import LIVE
from nova_like.db.moves import LIVE as MOVING
from nova_like.db.schema import db_now
from nova_like.db.schema.compute import instances, tags
from nova_like.db.schema.consoles import console_tokens
from nova_like.db.schema.flows import client_tokens, flows, journal, locks
from nova_like.db.schema.hosts import hosts
from nova_like.db.schema.identity import revocations
from nova_like.db.schema.images import image_tasks
from nova_like.db.schema.moves import moves
from nova_like.db.schema.notices import notices
from nova_like.db.schema.tombstones import tombstones
from nova_like.db.schema.volumes import volumes

BATCH = 500  # rows of one transaction
TASK_SECONDS = 48 * 3600.0  # how long it can be asked what became of an import
NOTICE_SECONDS = 24 * 3600.0  # what nobody told: the schedulers are not asked to
TOKEN_SECONDS = 48 * 3600.0  # clients may repeat a request with its token for a day
CLOCK_SLACK_SECONDS = 60.0  # a token's expiry was written by another clock than the database's


@dataclass(frozen=True)
class Keep:
    """How long rows stay after their end, in seconds."""

    flows: float
    deleted: float


Prune = Callable[[Transaction, Keep, int], int]


def _ended_flows(tx: Transaction, keep: Keep, limit: int) -> int:
    ended = (flows.c.due_at.is_(None), flows.c.state.not_in(LIVE), flows.c.updated_at < db_now() - keep.flows)
    holds = sa.exists().where(locks.c.flow_id == flows.c.id)  # then something is wrong, and it is evidence
    ids = _oldest(tx, flows, flows.c.updated_at, limit, *ended, ~holds)
    _delete(tx, journal, journal.c.flow_id, ids)
    return _delete(tx, flows, flows.c.id, ids)


def _deleted_rows(table: sa.Table) -> Prune:
    def prune(tx: Transaction, keep: Keep, limit: int) -> int:
        held = sa.exists().where(locks.c.resource_id == table.c.id)
        at_work = sa.exists().where(flows.c.resource_id == table.c.id, flows.c.state.in_(LIVE))
        left = sa.exists().where(tombstones.c.resource_id == table.c.id)
        over = (table.c.deleted_at < db_now() - keep.deleted, table.c.state == "deleted", ~held, ~at_work, ~left)
        ids = _oldest(tx, table, table.c.deleted_at, limit, *over)
        _delete(tx, tags, tags.c.resource_id, ids)
        return _delete(tx, table, table.c.id, ids)

    return prune


def _client_tokens(tx: Transaction, keep: Keep, limit: int) -> int:
    return _expired(tx, client_tokens, client_tokens.c.created_at, TOKEN_SECONDS, limit)


def _console_tokens(tx: Transaction, keep: Keep, limit: int) -> int:
    return _expired(tx, console_tokens, console_tokens.c.expires_at, 0.0, limit)


def _revocations(tx: Transaction, keep: Keep, limit: int) -> int:
    return _expired(tx, revocations, revocations.c.expires_at, CLOCK_SLACK_SECONDS, limit)


def _controllers(tx: Transaction, keep: Keep, limit: int) -> int:
    """Schedulers that ended for good: nothing refers to them. Hosts of agents are taken away by operators only."""
    gone = (hosts.c.kind == "scheduler", hosts.c.seen_at < db_now() - keep.deleted)
    return _delete(tx, hosts, hosts.c.id, _oldest(tx, hosts, hosts.c.seen_at, limit, *gone))


def _ended_moves(tx: Transaction, keep: Keep, limit: int) -> int:
    over = (moves.c.state.not_in(MOVING), moves.c.updated_at < db_now() - keep.flows)
    return _delete(tx, moves, moves.c.id, _oldest(tx, moves, moves.c.updated_at, limit, *over))


def _notices(tx: Transaction, keep: Keep, limit: int) -> int:
    return _expired(tx, notices, notices.c.at, NOTICE_SECONDS, limit)


def _image_tasks(tx: Transaction, keep: Keep, limit: int) -> int:
    ended = _oldest(tx, image_tasks, image_tasks.c.ended_at, limit, image_tasks.c.ended_at < db_now() - TASK_SECONDS)
    return _delete(tx, image_tasks, image_tasks.c.id, ended)


PRUNES: dict[str, Prune] = {
    "flows": _ended_flows,
    "instances": _deleted_rows(instances),
    "volumes": _deleted_rows(volumes),
    "client_tokens": _client_tokens,
    "console_tokens": _console_tokens,
    "revocations": _revocations,
    "hosts": _controllers,
    "image_tasks": _image_tasks,
    "moves": _ended_moves,
    "notices": _notices,
}


def _oldest(tx: Transaction, table: sa.Table, at: Any, limit: int, *conditions: Any) -> list[str]:
    """Ids of the oldest rows, held; those that somebody else holds are his."""
    statement = sa.select(table.c.id).where(*conditions).order_by(at).limit(limit)
    return list(tx.execute(statement.with_for_update(of=table, skip_locked=True)).scalars())


def _delete(tx: Transaction, table: sa.Table, column: Any, ids: list[str]) -> int:
    return tx.execute(sa.delete(table).where(column.in_(ids))).rowcount if ids else 0


def _expired(tx: Transaction, table: sa.Table, at: Any, seconds: float, limit: int) -> int:
    """Delete the oldest rows of a table, whatever its key is made of."""
    keys = list(table.primary_key.columns)
    oldest = sa.select(*keys).where(at < db_now() - seconds).order_by(at).limit(limit)
    held = oldest.with_for_update(skip_locked=True)
    return tx.execute(sa.delete(table).where(sa.tuple_(*keys).in_(held))).rowcount
