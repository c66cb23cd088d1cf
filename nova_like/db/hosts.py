"""Rows of hosts: what they report, and what is claimed of them."""

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nova_like import concurrency
from nova_like.db import listening
from nova_like.db.engine import Transaction
from nova_like.db.schema import db_now
from nova_like.db.schema.flows import flows
from nova_like.db.schema.hosts import hosts
from nova_like.db.schema.tombstones import tombstones

Row = dict[str, Any]


def list_hosts(
    tx: Transaction, kind: str | None = None, changed_since: float | None = None, names: list[str] | None = None
) -> list[Row]:
    """Hosts in order of name, each with `silent_seconds` by the database's clock."""
    statement = _select()
    if names is not None:
        statement = statement.where(hosts.c.name.in_(names))
    if kind is not None:
        statement = statement.where(hosts.c.kind == kind)
    if changed_since is not None:
        statement = statement.where(hosts.c.updated_at >= changed_since)
    return tx.rows(statement.order_by(hosts.c.kind, hosts.c.name))


def zones(tx: Transaction) -> set[str]:
    """Names of the availability zones that compute hosts are in."""
    return set(tx.execute(sa.select(hosts.c.zone).where(hosts.c.kind == "compute").distinct()).scalars())


def get_host(tx: Transaction, host_id: str) -> Row | None:
    return tx.row(_select().where(hosts.c.id == host_id))


def by_name(tx: Transaction, kind: str, name: str) -> Row | None:
    return tx.row(_select().where(hosts.c.kind == kind, hosts.c.name == name))


class Agent(NamedTuple):
    """The agent that serves a host, and how long ago it was last heard of by the database's clock; `listened`, for how
    long it would have been heard."""

    address: str
    boot_id: str
    silent_seconds: float | None
    forced: str  # an operator's word: down | fenced, or ""
    deaf: bool  # it reports and does not answer
    listened: float


_AGENT = sa.select(
    hosts.c.address, hosts.c.boot_id, db_now() - hosts.c.seen_at, hosts.c.forced, hosts.c.deaf, listening.seconds()
).where(hosts.c.kind == sa.bindparam("kind"), hosts.c.name == sa.bindparam("name"))  # fmt: skip


def agent(tx: Transaction, kind: str, name: str) -> Agent | None:
    """None for a host that never reported."""
    found = tx.execute(_AGENT, {"kind": kind, "name": name}).first()
    return Agent(*found) if found else None


CAPACITY = ("vcpus", "ram_mib", "disk_gib")
AGAIN_SECONDS = (10.0, 60.0)  # between two reports of one that lives; shorter between those that waited in a queue


def upsert(tx: Transaction, rows: list[Row]) -> set[tuple[str, str]]:
    """What agents reported, a thousand in one statement: rows of kind, name, address, boot_id, facts and capacity (or
    None, which leaves what is known). A host seen for the first time is made, enabled. (kind, name) of those that were
    believed: not what comes of another address."""
    found = tx.execute(_UPSERTS[tx.dialect], [_fresh(row) for row in rows])
    return {(row.kind, row.name) for row in found}


def _prepared_upsert(kind: Any) -> Any:
    """For as many rows as it is given parameters: with the rows in it, it would be compiled anew each time."""
    insert = kind.insert(hosts).values(seen_at=db_now(), created_at=db_now(), updated_at=db_now())
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=[hosts.c.kind, hosts.c.name],
        where=hosts.c.address == new.address,  # whose host it is was decided by the first report
        set_={
            "address": new.address, "boot_id": new.boot_id, "seen_at": db_now(), "updated_at": db_now(),
            "facts": sa.func.coalesce(new.facts, hosts.c.facts), "revision": hosts.c.revision + 1,
            "deaf": sa.and_(hosts.c.deaf, hosts.c.boot_id == new.boot_id),  # a new process has heard nothing yet
            "forced": sa.case((_lives(new.boot_id), ""), else_=hosts.c.forced),
            **{name: sa.case((new[name] > 0, new[name]), else_=hosts.c[name]) for name in CAPACITY},
        },
    ).returning(hosts.c.kind, hosts.c.name)  # fmt: skip


def _lives(boot_id: Any) -> Any:
    """Whether a host that was said to be off reports from a new process, or for the second time: its last words of
    before may have waited on the bus."""
    least, most = AGAIN_SECONDS
    again = (db_now() - hosts.c.seen_at).between(least, most)
    return sa.and_(hosts.c.forced == "fenced", sa.or_(again, hosts.c.boot_id != boot_id))


_UPSERTS = {"postgresql": _prepared_upsert(postgresql), "sqlite": _prepared_upsert(sqlite)}


def _fresh(row: Row) -> Row:
    sizes = {name: row.get(name) or 0 for name in CAPACITY}
    own = {name: row[name] for name in ("kind", "name", "address", "boot_id")}
    return {"id": concurrency.new_id(), "facts": row.get("facts"), **own, **sizes}


def _prepared_claim() -> Any:
    table = hosts.c
    conditions, values = [table.id == sa.bindparam("host_id"), table.enabled], {}
    for name in CAPACITY:
        used, asked = table[f"{name}_used"], sa.bindparam(f"asked_{name}", type_=sa.BigInteger)
        conditions.append(sa.or_(asked == 0, used + asked <= sa.bindparam(f"limit_{name}", type_=sa.BigInteger)))
        values[f"{name}_used"] = used + asked
    statement = sa.update(hosts).where(*conditions)
    return statement.values(instances=table.instances + 1, updated_at=db_now(), **values).returning(*table)


_CLAIM = _prepared_claim()


def claim(tx: Transaction, host_id: str, asked: Row, limits: Row) -> Row | None:
    """Take vcpus, ram_mib and disk_gib of a host if it is enabled and they fit under `limits`; its row, or None."""
    amounts = {f"asked_{name}": asked[name] for name in CAPACITY} | {f"limit_{name}": limits[name] for name in CAPACITY}
    return tx.row(_CLAIM, {"host_id": host_id, **amounts})


def unclaim(tx: Transaction, kind: str, name: str, held: Row) -> None:
    """Give back what `claim` took."""
    table = hosts.c
    used: dict[str, Any] = {f"{size}_used": table[f"{size}_used"] - held[size] for size in CAPACITY}
    statement = sa.update(hosts).where(table.kind == kind, table.name == name)
    tx.execute(statement.values(instances=table.instances - 1, updated_at=db_now(), **used))


def set_enabled(tx: Transaction, host_id: str, enabled: bool, reason: str | None = None) -> None:
    statement = sa.update(hosts).where(hosts.c.id == host_id)
    tx.execute(statement.values(enabled=enabled, disabled_reason=reason, updated_at=db_now()))


_SERVES = hosts.c.kind.in_(("compute", "network", "volume"))


def force(tx: Transaction, name: str, word: str) -> None:
    """An operator's word about a machine, of whatever kinds it is: down, fenced, or "" for none."""
    tx.execute(sa.update(hosts).where(hosts.c.name == name, _SERVES).values(forced=word, updated_at=db_now()))


def force_one(tx: Transaction, host_id: str, word: str) -> None:
    """The same about one agent of a machine."""
    tx.execute(sa.update(hosts).where(hosts.c.id == host_id).values(forced=word, updated_at=db_now()))


def switch(tx: Transaction, name: str, enabled: bool, reason: str | None) -> None:
    """Whether a machine, of whatever kinds it is, gets new work."""
    statement = sa.update(hosts).where(hosts.c.name == name, _SERVES)
    tx.execute(statement.values(enabled=enabled, disabled_reason=reason, updated_at=db_now()))


def set_strangers(tx: Transaction, name: str, ids: list[str], number: int) -> None:
    """Guests on a compute host that the database does not know: some of their ids, and how many there are."""
    said = {"number": number, "ids": ids} if number else None
    statement = sa.update(hosts).where(hosts.c.kind == "compute", hosts.c.name == name)
    tx.execute(statement.values(strangers=said, updated_at=db_now()))


def strangers(tx: Transaction) -> dict[str, Row]:
    """{compute host: what `set_strangers` wrote} of those that have any."""
    some = sa.select(hosts.c.name, hosts.c.strangers).where(hosts.c.kind == "compute", hosts.c.strangers.is_not(None))
    return {row.name: row.strangers for row in tx.execute(some)}


def all_of(tx: Transaction, name: str) -> list[Row]:
    """Rows of the agents of one machine."""
    return tx.rows(_select().where(hosts.c.name == name, _SERVES).order_by(hosts.c.kind))


def silent(tx: Transaction, names: list[str], seconds: float) -> set[tuple[str, str]]:
    """(kind, name) of those of these hosts that were not heard of for so long."""
    quiet = hosts.c.seen_at < db_now() - seconds
    return {(row.kind, row.name) for row in tx.execute(
        sa.select(hosts.c.kind, hosts.c.name).where(hosts.c.name.in_(names), quiet))}  # fmt: skip


def answered(tx: Transaction, kind: str, names: list[str]) -> None:
    """These have answered an order just now. Not a change that anybody need refresh his memory for."""
    now = db_now()
    tx.execute(sa.update(hosts).where(hosts.c.kind == kind, hosts.c.name.in_(names)).values(
        answered_at=now, updated_at=hosts.c.updated_at))  # fmt: skip


def _deaf(seconds: float) -> Any:
    """Whether a host was heard of since an order of so long ago, and has answered none since then, though it would have
    been heard. One that is marked stays so while anything is wanted of it, until it answers."""
    waits = flows.c.unanswered_since
    waiting = (flows.c.host == hosts.c.name, flows.c.host_kind == hosts.c.kind)
    asked = sa.exists().where(*waiting, waits < db_now() - seconds, waits < hosts.c.seen_at)
    wanted = sa.exists().where(*waiting) | sa.exists().where(tombstones.c.host == hosts.c.name)
    mute = sa.func.coalesce(hosts.c.answered_at, 0.0) < db_now() - seconds
    heard = listening.seconds() >= seconds
    return sa.and_(mute, sa.and_(asked, heard) | sa.and_(hosts.c.deaf, wanted))


def misjudged(tx: Transaction, seconds: float) -> bool:
    """Whether some host is marked deaf and is not, or the other way round."""
    return tx.scalar(sa.select(sa.exists().where(_SERVES, hosts.c.deaf != _deaf(seconds))))


def judge_deaf(tx: Transaction, seconds: float) -> list[Row]:
    """Mark the hosts that are deaf and no others. Rows (kind, name, deaf) of those that changed."""
    wrong = sa.update(hosts).where(_SERVES, hosts.c.deaf != _deaf(seconds))
    changed = wrong.values(deaf=~hosts.c.deaf, updated_at=db_now())
    return tx.rows(changed.returning(hosts.c.kind, hosts.c.name, hosts.c.deaf))


def addresses(tx: Transaction, names: list[str]) -> dict[tuple[str, str], str]:
    """{(kind, host name): bus address}: whose reports a host's rows may come from."""
    statement = sa.select(hosts.c.kind, hosts.c.name, hosts.c.address).where(hosts.c.name.in_(names))
    return {(row.kind, row.name): row.address for row in tx.execute(statement)}


def _select() -> sa.Select:
    return sa.select(hosts, (db_now() - hosts.c.seen_at).label("silent_seconds"), db_now().label("now"))
