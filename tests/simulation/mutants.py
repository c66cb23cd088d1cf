"""Seeded bugs: each is one rule of the product switched off. The simulation must find every one of them."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import sqlalchemy as sa

from nova_like.compute import spawning
from nova_like.db import client_tokens, hosts, leaving, locks, ports, quotas
from nova_like.db.schema.hosts import hosts as host_table
from nova_like.db.schema.networks import addresses
from nova_like.flows import boot, delete, start
from nova_like.flows.catalog import RECIPES
from nova_like.flows.recipe import LOCAL, Step
from nova_like.flows.turn import Turn
from nova_like.model.errors import HostFailure
from nova_like.rpc.agent import Agent
from nova_like.scheduler import powers
from nova_like.scheduler.reports import KINDS, Reports

Mutant = Callable[[], Any]


def no_generation_check() -> Any:
    """An agent carries out orders of any generation."""
    return mock.patch.object(Agent, "_is_newest", lambda self, work: True)


def no_boot_id_check() -> Any:
    """An agent carries out orders that were meant for its forerunner."""
    return mock.patch.object(Agent, "_meant_for_us", lambda self, order: order.host in self._hosts)


def no_resend() -> Any:
    """What was sent once is not sent again."""
    send = Turn._send

    def once(self: Turn, step: Step) -> Any:
        if not self.attempts:
            return send(self, step)
        self.waits["due_at"] = self.row["now"] + 10.0
        self.moved = True
        return False

    return mock.patch.object(Turn, "_send", once)


def undo_not_repeatable() -> Any:
    """To destroy what is not there is a failure."""
    destroy = spawning.destroy

    def strict(host: Any, work: Any, guest: Any) -> Any:
        if guest.id not in host.disks.instances():
            raise HostFailure("there is no such guest", "instance")
        return destroy(host, work, guest)

    return mock.patch.object(spawning, "destroy", strict)


def unplug_skipped() -> Any:
    """A boot that failed leaves its ports on the host."""
    return _with_step("boot", "plug", undo=None)


def done_twice() -> Any:
    """An answer is taken for that of the present step, whichever it is of."""
    concerns = Turn._concerns
    return mock.patch.object(
        Turn, "_concerns", lambda self: concerns(self) if self.event.kind == "wake" else self.attempts > 0
    )


@contextlib.contextmanager
def token_ignored() -> Iterator[None]:
    """The same request with the same token is another request."""
    with mock.patch.object(client_tokens, "find", lambda *_: None), \
         mock.patch.object(client_tokens, "record", lambda *_: True):  # fmt: skip
        yield


def quota_kept() -> Any:
    """What was deleted still counts."""
    return mock.patch.object(quotas, "give", lambda *_: None)


def quota_unchecked() -> Any:
    """A project gets all that it asks for."""
    return mock.patch.object(quotas, "check", lambda *_: None)


def claim_kept() -> Any:
    """A boot that failed keeps its place on the host."""

    def displace(work: Any) -> None:
        boot.instances.update(work.tx, work.resource, host=None)

    return _with_step("boot", "place", undo=displace)


def address_early() -> Any:
    """Others may have the address before the card is unplugged."""

    def free(work: Any) -> dict[str, Any]:
        ports.release(work.tx, work.resource)
        return {}

    recipe = delete.DELETE
    early = dataclasses.replace(recipe, steps=(Step("early", LOCAL, free), *recipe.steps))
    return mock.patch.dict(RECIPES, {"delete": early})


def any_sender() -> Any:
    """Who says that he speaks for a host, does."""
    return mock.patch.object(Reports, "_served", lambda self, host, sender: KINDS)


@contextlib.contextmanager
def claim_unconditional() -> Iterator[None]:
    """A host is claimed as it is remembered, without a look at its row."""

    def claim(tx: Any, host_id: str, asked: Any, limits: Any) -> Any:
        table = host_table.c
        values = {f"{size}_used": table[f"{size}_used"] + asked[size] for size in hosts.CAPACITY}
        statement = sa.update(host_table).where(table.id == host_id).values(instances=table.instances + 1, **values)
        return tx.row(statement.returning(*table))

    with mock.patch.object(hosts, "claim", claim):
        yield


@contextlib.contextmanager
def lock_not_taken() -> Iterator[None]:
    """Two flows may be at work on one instance."""
    with mock.patch.object(locks, "holder", lambda *_: None), mock.patch.object(locks, "take", lambda *_: None):
        yield


def delete_asks_nobody() -> Any:
    """A delete leaves a flow that is at work alone."""
    return mock.patch.object(start.flows, "cancel", lambda *_: None)


def tombstone_frees_early() -> Any:
    """What is deleted while its host is away gives its addresses back at once."""
    return mock.patch.object(ports.tombstones, "of", lambda resource_id: sa.false())


def address_freed_early() -> Any:
    """What is taken from a server is free at once, before its host has let go of it."""

    def free(tx: Any, port_id: str, address: str) -> bool:
        here = (addresses.c.port_id == port_id, addresses.c.address == address)
        return bool(tx.execute(sa.delete(addresses).where(*here)).rowcount)

    return mock.patch.object(leaving, "mark", free)


def forerunner_believed() -> Any:
    """A late report is believed, though the process that made it has had a successor."""
    return mock.patch.object(powers.boots, "order", lambda one, other: int(one != other))


def _with_step(kind: str, name: str, **changes: Any) -> Any:
    recipe = RECIPES[kind]
    steps = tuple(dataclasses.replace(step, **changes) if step.name == name else step for step in recipe.steps)
    return mock.patch.dict(RECIPES, {kind: dataclasses.replace(recipe, steps=steps)})


MUTANTS: dict[str, Mutant] = {
    function.__name__.replace("_", "-"): function
    for function in (
        no_generation_check, no_boot_id_check, no_resend, undo_not_repeatable, unplug_skipped, done_twice,
        token_ignored, quota_kept, quota_unchecked, claim_kept, address_early, any_sender, claim_unconditional,
        lock_not_taken, delete_asks_nobody, tombstone_frees_early, forerunner_believed, address_freed_early,
    )
}  # fmt: skip
