"""The hosts' own world under the fakes: every effect has the true time, and a process may die, or a disk fail, on
either side of it."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from nova_like import fakes
from nova_like.model.errors import HostFailure
from nova_like.network.drivers.fake import FakeDatapath
from nova_like.virt import fake as virt_fake
from nova_like.virt.base import SUSPENDED
from tests.simulation.loop import Loop


@dataclass
class Effects:
    """What befalls effects: shares of them (0 to 1), and the hosts whose disks fail now."""

    death_before: float = 0.0
    death_after: float = 0.0
    failing: set[str] = field(default_factory=set)
    watch: Callable[[str, str, dict[str, Any]], None] = lambda host, effect, facts: None
    write: Callable[..., Any] = lambda *arguments, **facts: None  # as it is without all this
    counted: Counter[str] = field(default_factory=Counter)


@contextlib.contextmanager
def installed(loop: Loop, effects: Effects) -> Iterator[None]:
    """While this lasts, every effect of the fakes goes through here."""
    write = effects.write = fakes.World.append

    def append(world: Any, host: str, effect: str, **facts: Any) -> Any:
        if host in effects.failing:
            effects.counted["effect failed"] += 1
            raise HostFailure(f"the disk of {host} failed", noun="instance", retry=True)
        _die(loop, effects, effects.death_before, f"before {effect}")
        line = _at_true_time(loop, lambda: write(world, host, effect, **facts))
        effects.watch(host, effect, facts)
        loop.say(f"{loop.process} {host}: {effect} {facts.get('instance', '')[:8]} "
                 f"{facts.get('port', facts.get('volume', ''))[:8]}")  # fmt: skip
        _die(loop, effects, effects.death_after, f"after {effect}")
        return line

    with mock.patch.object(fakes.World, "append", append):
        yield


def power_off(effects: Effects, state: Path, host: str) -> None:
    """All guests of a host end where they are, and nobody has the addresses that were plugged there; of guests that are
    saved the memory is on its disk."""
    for kind, lost in (("compute", _ended(state, host)), ("network", _unheard(state, host))):
        world = fakes.World(state, kind)
        for id, effect in lost:
            effects.write(world, host, effect, instance=id)
            effects.watch(host, effect, {"instance": id})
        world.close()


def _ended(state: Path, host: str) -> list[tuple[str, str]]:
    world = fakes.World(state, "compute")
    powers = virt_fake.make(host, world, virt_fake.Knobs()).power.states()
    world.close()
    both = [(id, "power-off") for id in sorted(powers)] + [(id, "stop") for id in powers if powers[id] != SUSPENDED]
    return sorted(both)


def _unheard(state: Path, host: str) -> list[tuple[str, str]]:
    world = fakes.World(state, "network")
    plugged = FakeDatapath(world).instances(host)
    world.close()
    return [(id, "power-off") for id in sorted(plugged)]


def _at_true_time(loop: Loop, write: Callable[[], Any]) -> Any:
    """The world's clock is right, whatever that of the agent says."""
    process, skew = loop.process, loop.process.skew
    process.skew = 0.0
    try:
        loop.tick()
        return write()
    finally:
        process.skew = skew


def _die(loop: Loop, effects: Effects, share: float, where: str) -> None:
    if share and loop.dice.random() < share:
        effects.counted[f"death {where.split()[0]} an effect"] += 1
        loop.say(f"{loop.process} dies {where}")
        loop.kill(loop.process)
