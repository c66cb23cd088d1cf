"""The bus at its worst: messages lost, doubled, late, out of order; the broker away or wiped; a process cut off from
it one way or both. Messages cross as JSON and are acknowledged before they are handled."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import oslo_messaging
from greenlet import getcurrent

from nova_like.model import wire
from nova_like.rpc.contract import SHARED
from tests.simulation.loop import Loop, Process, Task

TTL_SECONDS = 300.0  # [bus] cast_ttl_seconds
Address = tuple[str, str]


@dataclass
class Fate:
    """What happens to messages, as shares of them (0 to 1); `late_seconds` is how late a late one may be."""

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    late_seconds: float = 30.0


@dataclass
class Queue:
    waiting: deque[tuple[float, "Incoming"]] = field(default_factory=deque)
    listeners: list["Listener"] = field(default_factory=list)


class Incoming:
    """What a server is handed."""

    def __init__(self, bus: "Bus", ctxt: dict[str, Any], message: dict[str, Any], caller: "Caller | None",
                 life_seconds: float) -> None:  # fmt: skip
        self.ctxt, self.message, self._caller, self._bus = ctxt, message, caller, bus
        self.life_seconds = life_seconds

    def reply(self, reply: Any = None, failure: Any = None) -> None:
        if self._caller:
            self._bus.loop.after(self._bus.travel(), partial(self._caller.take, reply))


class Caller:
    """A task that waits for the answer of a call."""

    def __init__(self, loop: Loop, task: Task) -> None:
        self._loop, self._task = loop, task
        self.answers: list[Any] = []

    def take(self, reply: Any) -> None:
        if not self.answers:
            self.answers.append(wire.decode(wire.encode(reply)))
            if self._task.process.alive and not self._task.dead:
                self._loop.resume(self._task)


class Listener:
    def __init__(self, bus: "Bus", process: Process, address: Address) -> None:
        self.bus, self.process, self.address = bus, process, address
        self.callback: Callable[[list[Any]], Any] | None = None

    def start(self, callback: Callable[[list[Any]], Any]) -> None:
        self.callback = callback
        self.process.on_death.append(self.stop)
        self.bus.join(self)

    def stop(self) -> None:
        self.bus.leave(self)

    def cleanup(self) -> None:
        """Queues are the broker's."""


class Transport:
    """One process's connection; has what Client and Server ask of oslo.messaging's transport."""

    def __init__(self, bus: "Bus", process: Process) -> None:
        self._bus, self._process = bus, process

    def when_back(self, call: Callable[[], Any]) -> None:
        """`call` each time that the connection was lost and is there again."""
        self._bus.returns.append((self._process, call))

    def _send(self, target: Any, context: dict, message: dict, wait_for_reply: Any = None, timeout: Any = None,
              retry: Any = None, transport_options: Any = None) -> Any:  # fmt: skip
        key = f"{target.topic}.{target.server}" if target.server else target.topic
        mandatory = bool(transport_options and transport_options.at_least_once)
        caller = Caller(self._bus.loop, getcurrent()) if wait_for_reply else None
        life = min(timeout or TTL_SECONDS, TTL_SECONDS)
        self._bus.send(self._process, (target.exchange, key), context, message, caller, mandatory, life)
        if caller is None:
            return None
        self._bus.loop.sleep(timeout)
        if not caller.answers:
            raise oslo_messaging.MessagingTimeout("no reply in time")
        return caller.answers[0]

    def _listen(self, target: Any, batch_size: int, batch_timeout: Any) -> Listener:
        key = target.topic if target.server == SHARED else f"{target.topic}.{target.server}"
        return Listener(self._bus, self._process, (target.exchange, key))


class Bus:
    def __init__(self, loop: Loop) -> None:
        self.loop, self.fate, self.away = loop, Fate(), False
        self.queues: dict[Address, Queue] = {}
        self.mute: set[str] = set()  # names of processes that cannot send
        self.deaf: set[str] = set()  # and of those that cannot receive
        self.counted: Counter[str] = Counter()
        self.seen: deque[tuple[Address, dict, dict]] = deque(maxlen=50)
        self.returns: list[tuple[Process, Callable[[], Any]]] = []
        self._epoch = 0

    def travel(self) -> float:
        return self.loop.dice.uniform(0.001, 0.02)

    def send(self, process: Process, address: Address, ctxt: dict, message: dict, caller: Caller | None,
             mandatory: bool, life_seconds: float = TTL_SECONDS) -> None:  # fmt: skip
        if self.away or process.name in self.mute:
            raise oslo_messaging.MessageDeliveryFailure("the broker is not there")
        if address not in self.queues:
            if mandatory:
                raise oslo_messaging.MessageUndeliverable("no queue", None, None, None)
            return
        ctxt, message = wire.decode(wire.encode([ctxt, message]))
        self.seen.append((address, ctxt, message))
        for delay in self._delays():
            incoming = Incoming(self, ctxt, message, caller, life_seconds)
            self.loop.after(delay, partial(self._arrive, address, incoming, self._epoch))

    def _delays(self) -> list[float]:
        """One for each copy that arrives."""
        dice, fate = self.loop.dice, self.fate
        if dice.random() < fate.lost:
            self.counted["message lost"] += 1
            return []
        copies = 1
        if dice.random() < fate.doubled:
            self.counted["message doubled"] += 1
            copies = 2
        return [self._delay() for _ in range(copies)]

    def _delay(self) -> float:
        if self.loop.dice.random() < self.fate.late:
            self.counted["message late"] += 1
            return self.loop.dice.uniform(0.05, self.fate.late_seconds)
        return self.travel()

    def _arrive(self, address: Address, incoming: Incoming, epoch: int) -> None:
        if epoch != self._epoch or address not in self.queues:
            return
        listener = self._ready(address)
        if listener is None:
            self.queues[address].waiting.append((self.loop.seconds + incoming.life_seconds, incoming))
            return
        self.loop.say(f"{listener.process} takes {_told(incoming.message)}")
        self.loop.start(listener.process, listener.callback, [incoming])

    def _ready(self, address: Address) -> Listener | None:
        """Who takes the next message: those that serve a queue take turns."""
        if self.away:
            return None
        listeners = self.queues[address].listeners
        able = [listener for listener in listeners if listener.process.name not in self.deaf]
        return self.loop.dice.choice(able) if able else None

    # -- queues

    def join(self, listener: Listener) -> None:
        """A queue is served (again); what waited in it comes."""
        queue = self.queues.setdefault(listener.address, Queue())
        if listener not in queue.listeners:
            queue.listeners.append(listener)
        self.flush()

    def leave(self, listener: Listener) -> None:
        if listener.address in self.queues and listener in self.queues[listener.address].listeners:
            self.queues[listener.address].listeners.remove(listener)

    def flush(self) -> None:
        """What waits in queues that can be served now comes, less what was too old."""
        for address, queue in self.queues.items():
            if self._ready(address) is None:
                continue
            waiting, queue.waiting = queue.waiting, deque()
            for expires, incoming in waiting:
                if expires > self.loop.seconds:
                    self.loop.after(self.travel(), partial(self._arrive, address, incoming, self._epoch))

    # -- what befalls the broker

    def stop(self) -> None:
        self.away = True

    def start(self) -> None:
        self.away = False
        self.flush()
        self._greet(lambda process: True)

    def _greet(self, whose: Callable[[Process], bool]) -> None:
        """Connections are made again, one after the other."""
        self.returns = [(process, call) for process, call in self.returns if process.alive]
        for process, call in self.returns:
            if whose(process):
                self.loop.start(process, call, after=self.loop.dice.uniform(0.1, 3.0))

    def wipe(self) -> None:
        """All queues are gone; whoever served one makes it again a moment later."""
        self._epoch += 1
        listeners = [listener for queue in self.queues.values() for listener in queue.listeners]
        self.queues.clear()
        for listener in listeners:
            self.loop.after(self.loop.dice.uniform(0.5, 5.0), partial(self._again, listener))
        self._greet(lambda process: True)

    def _again(self, listener: Listener) -> None:
        if listener.process.alive:
            self.join(listener)

    def cut(self, name: str, sending: bool, receiving: bool) -> None:
        if sending:
            self.mute.add(name)
        if receiving:
            self.deaf.add(name)

    def mend(self, name: str) -> None:
        self.mute.discard(name)
        self.deaf.discard(name)
        self.flush()
        self._greet(lambda process: process.name == name)


def _told(message: dict[str, Any]) -> str:
    """A message in a few words, for the record."""
    args = message["args"]
    if order := args.get("order"):
        undo = " undo" if order["undo"] else ""
        return (f"{message['method']}{undo} {order['resource'][:8]} gen {order['generation']} flow {order['flow'][:8]} "
                f"boot {order['boot_id'][:8]}")  # fmt: skip
    if answer := args.get("answer"):
        undo = " undo" if answer["undo"] else ""
        return (f"{answer['state']} of {answer['step']}{undo} {answer['resource'][:8]} gen {answer['generation']} flow "
                f"{answer['flow'][:8]}")  # fmt: skip
    if reports := args.get("reports"):
        return f"report of {reports[0]['kind']} {reports[0]['host']}{' hello' if reports[0]['hello'] else ''}"
    return f"{message['method']} {[str(flow)[:8] for flow in args.get('flows', [])]}"
