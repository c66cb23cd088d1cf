"""Orders that wait for a thread: re-sends are answered all the same, and newer orders do not wait behind them."""

import threading
import uuid

import pytest

from nova_like.compute import spawning
from nova_like.compute.handler import Handler
from nova_like.compute.reports import describe
from nova_like.fakes import World
from nova_like.model.context import SYSTEM
from nova_like.model.orders import Capacity, Guest, Order
from nova_like.rpc.agent import Agent
from nova_like.rpc.waiting import Waiting
from nova_like.virt import fake


class Host:
    """A compute agent whose spawns last until `gate` is set."""

    def __init__(self, path, waiting):
        self.gate, self.answers, self.spawned, self.done = threading.Event(), [], [], threading.Semaphore(0)
        world = World(path, "compute")
        hosts = {"h": fake.make("h", world, fake.Knobs(Capacity(99, 99999, 9999)))}
        self.agent = Agent("compute", "a", hosts, self._report, lambda host: describe(hosts[host]))
        self.handler, self.waiting = Handler(self.agent, hosts, None, waiting), waiting

    def _report(self, ctx, method, **arguments):
        if method == "answer" and arguments["answer"].step == "spawn" and arguments["answer"].state == "done":
            self.done.release()
        elif method == "answer":
            self.answers.append((arguments["answer"].state, arguments["answer"].step, arguments["answer"].resource))

    def slow(self, hypervisor, fetch, work, guest):
        self.spawned.append(guest.id)
        assert self.gate.wait(30)
        return {}

    def order(self, method, id, generation=1):
        order = Order("f" + id, method, id, generation, "h", self.agent.boot_id, False)
        getattr(self.handler, method)(SYSTEM, order, Guest(id, "n", 1, 1, 1))


@pytest.fixture
def host(tmp_path, monkeypatch, request):
    made = Host(tmp_path, Waiting("spawn", "soft", size=2, most=getattr(request, "param", 1000)))
    monkeypatch.setattr(spawning, "spawn", made.slow)
    yield made
    made.gate.set()
    assert made.waiting.drain(30)


def _ids(number):
    return [str(uuid.uuid4()) for _ in range(number)]


def test_every_order_that_is_sent_again_is_answered(host):
    """Twenty spawns with two threads: a host that is busy is not deaf."""
    ids = _ids(20)
    for id in ids * 3:
        host.order("spawn", id)
    assert sorted(host.answers) == sorted(("working", "spawn", id) for id in ids * 2)


def test_a_destroy_does_not_wait_behind_a_spawn_that_has_not_begun(host):
    *_, last = ids = _ids(5)
    for id in ids:
        host.order("spawn", id)
    host.order("destroy", last, generation=2)
    assert host.answers == [("done", "destroy", last)]
    host.gate.set()
    for _ in ids[:-1]:
        assert host.done.acquire(timeout=30)
    assert last not in host.spawned


@pytest.mark.parametrize("host", [3], indirect=True)
def test_what_does_not_fit_is_forgotten_and_taken_when_it_is_sent_again(host):
    ids = _ids(5)
    for id in ids * 2:
        host.order("spawn", id)
    assert sorted(host.answers) == sorted(("working", "spawn", id) for id in ids[:3])
    assert host.agent.counters["working"] == 3
