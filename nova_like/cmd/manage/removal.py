"""host remove: the end of a machine that is drained and empty. Broker user, queues and rows go; nothing else is known
of it."""

from typing import Any

from nova_like import concurrency
from nova_like.cmd.manage.base import Plain
from nova_like.cmd.manage.join import KINDS, user_of
from nova_like.db import hosts, occupancy
from nova_like.db.engine import Transaction
from nova_like.model.errors import Conflict, NotFound

ROUNDS = 2  # of gathering: what it said last may wait to be written
REMEDIES = {
    "instance": "migrate or delete them; of a machine that is lost, `host evacuate`",
    "volume": "delete them",
    "tombstone": "start its agents, which confirm that all is gone; or, when it is off for good, `host fence`, and "
    "then `host remove --lost`",
    "flow": "wait for them, or see `flow show` of one",
}


class Remove(Plain):
    """Remove a machine that was drained and holds nothing. Its agents lose the broker at once; done again, it goes on
    where it was interrupted. One that is lost is fenced and evacuated before."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("name")
        parser.add_argument("--lost", action="store_true", help="it was fenced and never comes back with its disks: "
                            "what it should have purged then is forgotten")  # fmt: skip
        return parser

    def work(self, args: Any) -> None:
        from nova_like.cmd.manage import broker

        app, name = self.app, args.name
        if args.lost:
            app.database.transact(lambda tx: give_up(tx, name))
        known = app.database.transact(lambda tx: _check(tx, name))
        users = broker.of(app.conf)
        if not known and user_of(name) not in users.users():
            raise NotFound("host", name, f"No host is called {name}; see `nova-like-manage host list`.")
        users.drop_user(user_of(name))
        users.drop_queues([f"{kind}.{name}" for kind in KINDS])
        concurrency.sleep(ROUNDS * app.conf.scheduler.gather_seconds)
        agents = app.database.transact(lambda tx: _check(tx, name) and occupancy.forget(tx, name))
        app.stdout.write(f"{name} is removed: {agents} agents, their broker user and queues. On the machine stop the "
                         "agents, then remove /etc/nova-like/join.conf and /var/lib/nova-like-*\n")  # fmt: skip


def give_up(tx: Transaction, name: str) -> None:
    """Forget what a lost machine was to be asked. Raises Conflict for one that may still be there."""
    from nova_like.flows import fencing
    from nova_like.flows.tombstones import FENCED

    rows = hosts.all_of(tx, name)
    if any(row["forced"] != FENCED for row in rows):
        raise Conflict(f"Nobody said that {name} is off. See to it that it is, and that its disks are wiped before it "
                       f"is used again; then `nova-like-manage host fence {name} --yes`.")  # fmt: skip
    fencing.forget(tx, name)
    hosts.set_strangers(tx, name, [], 0)


def _check(tx: Transaction, name: str) -> bool:
    """Whether there is a host of this name. Raises Conflict, with what to do, for one that may not go yet."""
    rows = hosts.all_of(tx, name)
    if any(row["enabled"] for row in rows):
        raise Conflict(f"{name} gets new work: `nova-like-manage host drain {name}` first.")
    for what, ids in occupancy.held(tx, name).items():
        raise Conflict(f"{name} holds {what}s ({', '.join(ids)}): {REMEDIES[what]}.")
    for row in rows:
        if row["strangers"]:
            raise Conflict(f"{name} runs {row['strangers']['number']} guests that the database does not know "
                           f"({', '.join(row['strangers']['ids'])}): end them there by hand.")  # fmt: skip
    others = occupancy.neighbours(tx, name, {row["address"] for row in rows})
    if others:
        raise Conflict(f"{name} is served by an agent that serves others too ({', '.join(others)}): take it out of "
                       "that agent's configuration.")  # fmt: skip
    return bool(rows)
