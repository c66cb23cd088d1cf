"""What goes wrong: each seed draws which kinds of faults it has and how often. All of them end when calm is asked
for."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from nova_like import concurrency
from nova_like.model.context import SYSTEM
from nova_like.model.orders import Answer, HostReport, Order
from nova_like.rpc.client import Client
from nova_like.rpc.contracts.reports import Reports
from nova_like.rpc.signing import Signer, agent_key
from tests.simulation.bus import Fate, Transport
from tests.simulation.daemons import NAMES
from tests.simulation.loop import Process
from tests.simulation.template import HOSTS, MASTER_KEY

KINDS = ("kill_api", "kill_scheduler", "kill_agent", "broker_away", "broker_wiped", "silence", "database_away",
         "cut_off", "disk", "clock", "forge", "power_off")  # fmt: skip


class Faults:
    """`cloud` is a cloud.Simulated. `counted`: how often each kind was reached."""

    def __init__(self, cloud: Any) -> None:
        self.cloud, self.loop, self.dice = cloud, cloud.loop, cloud.loop.dice
        self.counted: Counter[str] = Counter()
        self.calm = False
        self._after: list[Callable[[], Any]] = []
        self.kinds = [kind for kind in KINDS if self.dice.random() < 0.7] + ["kill_agent"]
        self.pause = self.dice.choice((4.0, 10.0, 25.0))
        self._draw_shares()

    def _draw_shares(self) -> None:
        """Shares of messages, transactions, effects and requests that go wrong all the time; of some kinds, none."""
        share = self._share
        self.fate = Fate(share(0.02, 0.2), share(0.05, 0.4), share(0.05, 0.3), self.dice.choice((2.0, 30.0)))
        ills, effects, wire = self.cloud.ills, self.cloud.effects, self.cloud.client.wire
        ills.serialisation, ills.answer_lost = share(0.02, 0.1), share(0.01, 0.03)
        ills.death_before, ills.death_after = share(0.003, 0.02), share(0.003, 0.02)
        effects.death_before, effects.death_after = share(0.01, 0.08), share(0.01, 0.08)
        wire.lost_before, wire.lost_after = share(0.02, 0.1), share(0.02, 0.1)
        self.cloud.bus.fate = self.fate

    def _share(self, *levels: float) -> float:
        return self.dice.choice((0.0, *levels))

    def go_on(self) -> None:
        """One fault after the other, until calm; runs in a task of its own."""
        while not self.calm:
            self.loop.sleep(self.dice.expovariate(1 / self.pause))
            if not self.calm:
                kind = self.dice.choice(self.kinds)
                if getattr(self, kind)() is not False:
                    self.counted[kind.replace("_", " ")] += 1

    def stop(self) -> None:
        """Everything works from now on; what is down comes back."""
        self.calm = True
        self.cloud.bus.fate = Fate()
        self.cloud.ills.__init__(counted=self.cloud.ills.counted)
        self.cloud.effects.__init__(counted=self.cloud.effects.counted, watch=self.cloud.effects.watch)
        self.cloud.client.wire.__init__()
        for mend in self._after:
            mend()
        self.cloud.all_back()

    def _for(self, seconds: float, mend: Callable[[], Any]) -> None:
        """Undo a fault in a while, or at calm."""
        self._after.append(mend)
        self.loop.after(seconds, lambda: mend() if not self.calm else None)

    # -- processes

    def kill_api(self) -> None:
        self._kill(self.dice.choice(("api-1", "api-2")), 1, 8)

    def kill_scheduler(self) -> None:
        self._kill(self.dice.choice(("scheduler-1", "scheduler-2")), 1, 15)

    def kill_agent(self) -> None:
        name = self.dice.choice(NAMES[4:])
        self._kill(name, *self.dice.choice(((0.2, 3), (0.2, 3), (5, 30), (60, 600))))

    def _kill(self, name: str, least: float, most: float) -> None:
        self.cloud.down_seconds[name] = self.dice.uniform(least, most)
        self.loop.say(f"kill {name} for {self.cloud.down_seconds[name]:.1f} s")
        self.cloud.kill(name)

    def power_off(self) -> bool | None:
        """A machine, never two at a time: it may be back before anybody has seen it, or after it was evacuated."""
        if any(map(self.cloud.is_dark, HOSTS)):
            return False
        host = self.dice.choice(HOSTS)
        self.cloud.power_off(host)
        self._for(self.dice.choice((20.0, 300.0, 300.0, 900.0)), lambda: self.cloud.power_on(host))
        return None

    def clock(self) -> None:
        """Agents' and schedulers' wall clocks jump by up to an hour, an API's by minutes (its signatures expire)."""
        name = self.dice.choice(NAMES)
        most = 600.0 if name.startswith("api") else 3600.0
        self.cloud.skews[name] = self.dice.uniform(-most, most)
        self.cloud.processes[name].skew = self.cloud.skews[name]

    # -- the bus

    def broker_away(self) -> bool | None:
        bus = self.cloud.bus
        if bus.away:
            return False
        self.loop.say("broker away")
        bus.stop()
        self._for(self.dice.choice((2.0, 10.0, 60.0)), bus.start)
        return None

    def broker_wiped(self) -> None:
        self.loop.say("broker wiped")
        self.cloud.bus.wipe()

    def silence(self) -> None:
        """All messages are lost for half a minute."""
        bus = self.cloud.bus
        bus.fate = Fate(lost=1.0)

        def again() -> None:
            bus.fate = Fate() if self.calm else self.fate

        self._for(self.dice.uniform(5, 30), again)

    def cut_off(self) -> None:
        """A process cannot send, or not receive, or neither."""
        name = self.dice.choice(NAMES[2:])
        sending, receiving = self.dice.choice(((True, True), (True, False), (False, True)))
        self.loop.say(f"cut off {name} sending {sending} receiving {receiving}")
        self.cloud.bus.cut(name, sending, receiving)
        self._for(self.dice.choice((5.0, 30.0, 90.0, 600.0)), lambda: self.cloud.bus.mend(name))

    def forge(self) -> bool | None:
        """The agents of one host, taken over by somebody, speak for another one."""
        thief = self.dice.choice(HOSTS)
        victims = [(address[1], message["args"]["order"]) for address, _, message in self.cloud.bus.seen
                   if "order" in message["args"] and message["args"]["order"]["host"] != thief]  # fmt: skip
        if not victims:
            return False
        address, order = self.dice.choice(victims)
        self.loop.start(self.loop.outside, self._forge, thief, address.partition(".")[0], Order(**order))
        return None

    def _forge(self, thief: str, kind: str, order: Order) -> None:
        reports = Client(Transport(self.cloud.bus, Process("thief")), Reports,
                         Signer(thief, agent_key(MASTER_KEY, thief)))  # fmt: skip
        state = self.dice.choice(("done", "done", "failed"))
        answer = Answer(order.flow, order.step, order.resource, order.generation, order.host, order.boot_id, state,
                        order.undo)  # fmt: skip
        report = HostReport(kind, order.host, thief, concurrency.new_id(), hello=True, powers={})
        if not self.cloud.bus.away:
            reports.cast(SYSTEM, "answer", answer=answer)
            reports.cast(SYSTEM, "hosts", reports=[report])

    # -- database and disks

    def database_away(self) -> bool | None:
        ills = self.cloud.ills
        if ills.away:
            return False
        self.loop.say("database away")
        ills.away = True
        self._for(self.dice.choice((1.0, 5.0, 30.0)), lambda: setattr(ills, "away", False))
        return None

    def disk(self) -> None:
        host = self.dice.choice((*HOSTS, "v1"))
        failing = self.cloud.effects.failing
        failing.add(host)
        self._for(self.dice.uniform(2, 40), lambda: failing.discard(host))
