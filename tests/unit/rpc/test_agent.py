"""The agent runtime: every way in which orders come late, doubled, out of order or for somebody else."""

import dataclasses
import errno
import threading
import tracemalloc

import pytest

from nova_like import concurrency
from nova_like.model.context import Context
from nova_like.model.errors import HostFailure, Invalid, Unavailable
from nova_like.model.orders import HostReport, Order
from nova_like.rpc.agent import Agent

CTX = Context(request_id="req-1")
ORDER = Order("flow", "spawn", "guest", 5, "h1", "boot")


def order(**changes):
    return dataclasses.replace(ORDER, **changes)


class Bus:
    """Takes what the agent reports."""

    def __init__(self):
        self.away = False
        self.said = []
        self.arrived = threading.Condition()

    def report(self, ctx, method, **arguments):
        if self.away:
            raise Unavailable("away")
        with self.arrived:
            self.said.append((ctx, method, arguments))
            self.arrived.notify_all()

    @property
    def answers(self):
        return [arguments["answer"] for _, method, arguments in self.said if method == "answer"]

    @property
    def reports(self):
        return [report for _, method, arguments in self.said if method == "hosts" for report in arguments["reports"]]

    def wait(self, condition):
        with self.arrived:
            assert self.arrived.wait_for(lambda: condition(self), 10)


class Blocking:
    """A verb that waits to be let go; `seen` are the works that it was given."""

    def __init__(self):
        self.entered, self.go = threading.Semaphore(0), threading.Event()
        self.seen = []

    def __call__(self, work, **payload):
        self.seen.append(work)
        self.entered.release()
        while not self.go.wait(0.01):
            work.check()
        return {"n": len(self.seen)}


@pytest.fixture
def bus():
    return Bus()


@pytest.fixture
def agent(bus):
    return Agent("compute", "a1", ["h1", "h2"], bus.report, lambda host: HostReport("", host, "", ""), "boot")


def background(agent, verb, order):
    thread = threading.Thread(target=agent.handle, args=(CTX, verb, order), daemon=True)
    thread.start()
    return thread


def never(work, **payload):
    raise AssertionError("must not run")


def states(bus):
    return [(answer.generation, answer.step, answer.state) for answer in bus.answers]


def test_an_order_is_carried_out_and_answered_with_facts_and_times(agent, bus):
    agent.handle(CTX, lambda work, guest: {"power": guest, "again": work.cancelled()}, ORDER, guest="running")
    (answer,) = bus.answers
    assert bus.said[0][0] is CTX
    assert answer.state == "done" and answer.facts == {"power": "running", "again": False}
    assert (answer.flow, answer.step, answer.resource, answer.generation) == ("flow", "spawn", "guest", 5)
    assert (answer.host, answer.boot_id) == ("h1", "boot")
    assert answer.started_at <= answer.finished_at and answer.started_at


def test_a_fault_is_answered_as_it_is(agent, bus):
    def verb(work):
        raise Invalid("bad image", "image", code="format")

    agent.handle(CTX, verb, ORDER)
    assert bus.answers[0].state == "failed"
    assert bus.answers[0].fault == {
        "kind": "Invalid", "noun": "image", "reason": "bad image", "facts": {"code": "format"}
    }  # fmt: skip


def test_an_unknown_error_keeps_its_text_out_of_the_answer(agent, bus, caplog):
    def verb(work):
        raise RuntimeError("password=secret")

    agent.handle(CTX, verb, ORDER)
    assert bus.answers[0].fault["kind"] == "HostFailure"
    assert "secret" not in str(bus.answers) and "secret" in caplog.text


def test_a_resend_of_what_is_done_gets_the_same_answer_without_work(agent, bus):
    agent.handle(CTX, lambda work: {"n": 1}, ORDER)
    agent.handle(CTX, never, ORDER)
    assert bus.answers[0] == bus.answers[1]
    assert agent.counters["repeated"] == 1


def test_a_resend_of_what_failed_is_tried_again(agent, bus):
    outcomes = [Unavailable("not yet"), None]

    def verb(work):
        if error := outcomes.pop(0):
            raise error

    agent.handle(CTX, verb, ORDER)
    agent.handle(CTX, verb, ORDER)
    assert [answer.state for answer in bus.answers] == ["failed", "done"]


def test_undo_and_other_flows_are_other_orders(agent, bus):
    done = []
    for each in (ORDER, order(undo=True), order(flow="other"), order(step="power")):
        agent.handle(CTX, lambda work: done.append(work.key), each)
    assert len(set(done)) == 4


def test_a_lower_generation_is_dropped_even_when_the_resource_is_gone(agent, bus):
    agent.handle(CTX, lambda work: {}, order(step="destroy", generation=6))
    agent.handle(CTX, never, ORDER)
    assert states(bus) == [(6, "destroy", "done")]
    assert agent.counters["dropped_generation"] == 1


def test_generations_are_of_one_resource_on_one_host(agent, bus):
    for each in (order(generation=9), order(resource="other"), order(host="h2")):
        agent.handle(CTX, lambda work: {}, each)
    assert [answer.state for answer in bus.answers] == ["done"] * 3


def test_a_message_for_another_process_is_dropped_and_answered_by_hello_once_a_second(agent, bus):
    for _ in range(3):
        agent.handle(CTX, never, order(boot_id="earlier"))
    assert bus.answers == [] and agent.counters["dropped_boot"] == 3
    assert bus.reports == [HostReport("compute", "h1", "a1", "boot", hello=True, number=1)]
    agent.handle(CTX, never, order(boot_id="earlier", host="h2"))
    assert [report.host for report in bus.reports] == ["h1", "h2"]


def test_a_host_not_served_is_dropped_silently(agent, bus):
    agent.handle(CTX, never, order(host="h3", boot_id="earlier"))
    assert bus.said == [] and agent.counters["dropped_host"] == 1


def test_a_resend_of_what_runs_is_answered_working(agent, bus):
    verb = Blocking()
    thread = background(agent, verb, ORDER)
    assert verb.entered.acquire(timeout=10)
    agent.handle(CTX, never, ORDER)
    assert states(bus) == [(5, "spawn", "working")]
    verb.go.set()
    thread.join(10)
    assert states(bus)[1:] == [(5, "spawn", "done")] and len(verb.seen) == 1


def test_a_higher_generation_cancels_and_runs_in_the_thread_that_finishes(agent, bus):
    verb, ran_in = Blocking(), []
    thread = background(agent, verb, ORDER)
    assert verb.entered.acquire(timeout=10)
    undo = order(generation=6, undo=True)
    agent.handle(CTX, lambda work: ran_in.append(threading.current_thread()), undo)
    thread.join(10)
    assert ran_in == [thread]
    assert states(bus) == [(6, "spawn", "done")]  # nobody wants to hear of generation 5 any more
    assert agent.counters["cancelled"] == 1


def test_what_is_done_in_spite_of_its_cancel_is_not_remembered_as_done(agent, bus):
    entered, go = threading.Event(), threading.Event()

    def deaf(work):
        entered.set()
        go.wait(10)

    thread = background(agent, deaf, ORDER)
    assert entered.wait(10)
    agent.handle(CTX, lambda work: {}, order(generation=6, step="destroy"))
    go.set()
    thread.join(10)
    assert states(bus) == [(6, "destroy", "done")] and agent.counters["cancelled"] == 1


def test_only_the_newest_order_waits(agent, bus):
    verb, ran = Blocking(), []
    thread = background(agent, verb, ORDER)
    assert verb.entered.acquire(timeout=10)
    for generation in (6, 8, 7):
        agent.handle(CTX, lambda work: ran.append(work.order.generation), order(generation=generation))
    agent.handle(CTX, never, order(generation=8))  # the re-send of what waits
    thread.join(10)
    assert ran == [8]
    assert states(bus) == [(8, "spawn", "working"), (8, "spawn", "done")]
    assert agent.counters["dropped_pending"] == 1 and agent.counters["dropped_generation"] == 1


def test_another_step_of_the_same_generation_waits_its_turn(agent, bus):
    verb = Blocking()
    thread = background(agent, verb, ORDER)
    assert verb.entered.acquire(timeout=10)
    agent.handle(CTX, lambda work: {}, order(step="power"))
    verb.go.set()
    thread.join(10)
    assert states(bus) == [(5, "spawn", "done"), (5, "power", "done")]


def test_resources_run_side_by_side(agent, bus):
    verb = Blocking()
    threads = [background(agent, verb, order(resource=name)) for name in ("a", "b")]
    assert verb.entered.acquire(timeout=10) and verb.entered.acquire(timeout=10)
    verb.go.set()
    for thread in threads:
        thread.join(10)
    assert sorted(answer.resource for answer in bus.answers) == ["a", "b"]


def test_an_answer_that_cannot_be_sent_is_given_again_to_the_resend(agent, bus):
    bus.away = True
    agent.handle(CTX, lambda work: {"n": 1}, ORDER)
    assert agent.counters["unsent"] == 1
    bus.away = False
    agent.handle(CTX, never, ORDER)
    assert bus.answers[0].facts == {"n": 1}


def test_memories_are_bounded(agent, bus, monkeypatch):
    monkeypatch.setattr(agent._answers, "_limit", 3)
    for n in range(30):
        agent.handle(CTX, lambda work: {}, order(resource=str(n)))
    assert len(agent._answers) == 3


def test_ten_thousand_guests_that_came_and_went_leave_no_memory_behind(bus):
    """At 8 in flight this is what `soak` does to one agent."""
    agent = Agent("compute", "a1", ["h1"], bus.report, lambda host: HostReport("", host, "", "", powers={}), "boot")

    def guests(numbers):
        for number in numbers:
            guest, flow = f"{number:08x}-0000-4000-8000-000000000000", f"{number:032x}"
            agent.handle(CTX, lambda work: {}, order(resource=guest, flow=flow))
            agent.handle(CTX, lambda work: {}, order(resource=guest, flow=flow, generation=6))
            if number % 100 == 99:
                agent.reporter.send(["h1"])
                bus.said.clear()

    tracemalloc.start()
    try:
        guests(range(1000))
        before = tracemalloc.get_traced_memory()[0]
        guests(range(1000, 11000))
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 50_000


@pytest.fixture
def loop(agent):
    stop = threading.Event()
    thread = threading.Thread(target=agent.report_loop, args=(stop,), daemon=True)
    thread.start()
    yield stop
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_hello_of_all_hosts_goes_in_one_message_then_changes_go_early(agent, bus, loop):
    bus.wait(lambda b: len(b.said) == 1)
    assert [(report.host, report.hello) for report in bus.reports] == [("h1", True), ("h2", True)]
    agent.changed("h2")
    bus.wait(lambda b: len(b.said) == 2)
    assert bus.said[1][2]["reports"] == [HostReport("compute", "h2", "a1", "boot", number=3)]


def test_hello_is_said_again_when_the_connection_was_lost(agent, bus, loop):
    bus.wait(lambda b: len(b.said) == 1)
    bus.away = True
    agent.reporter.greet()
    bus.away = False
    bus.wait(lambda b: len(b.reports) == 4)
    assert [(report.host, report.hello) for report in bus.reports[2:]] == [("h1", True), ("h2", True)]


def test_a_report_says_which_order_each_guest_had_finished_before_it_was_looked_at(bus):
    known = {"guest": "running", "other": "running"}
    agent = Agent("compute", "a1", ["h1"], bus.report, lambda host: HostReport("", host, "", "", powers=known), "boot")

    def reporting(work):
        agent.reporter.send(["h1"])  # while it is carried out, it is not finished

    for generation in (3, 5):
        agent.handle(CTX, reporting, order(generation=generation))
    agent.reporter.send(["h1"])
    assert [report.generations for report in bus.reports] == [{}, {"guest": 3}, {"guest": 5}]


def test_an_order_that_failed_is_not_said_to_be_finished(bus):
    """It comes again, and is not over while it is carried out then: the guest may be down, as it was not asked for."""
    agent = Agent("compute", "a1", ["h1"], bus.report,
                  lambda host: HostReport("", host, "", "", powers={"guest": "shutdown"}), "boot")  # fmt: skip

    def failing(work):
        raise HostFailure("the disk is full")

    agent.handle(CTX, failing, order(generation=3))
    agent.reporter.send(["h1"])
    agent.handle(CTX, lambda work: None, order(generation=3))
    agent.reporter.send(["h1"])
    assert [report.generations for report in bus.reports] == [{}, {"guest": 3}]


def test_hello_is_said_until_heard(bus):
    bus.away = True
    agent = Agent("compute", "a1", ["h1"], bus.report, lambda host: HostReport("", host, "", ""), "boot")
    waits = []

    class Once(concurrency.Source):
        def wait(self, event, seconds):
            waits.append(seconds)
            bus.away = len(waits) < 3
            return len(waits) > 3

    previous = concurrency.use(Once())
    try:
        stop = threading.Event()
        agent.reporter._wait = lambda stop: stop.set()
        agent.report_loop(stop)
    finally:
        concurrency.use(previous)
    assert len(waits) == 3 and agent.counters["unsent"] == 3
    assert [report.hello for report in bus.reports] == [True]


def test_every_host_is_reported_each_interval_and_the_watchdog_is_fed(bus):
    describe = lambda host: HostReport("", host, "", "")  # noqa: E731
    hosts = [f"h{n}" for n in range(450)]
    agent = Agent("compute", "a1", hosts, bus.report, describe, "boot", interval_seconds=0.05)
    before = agent.last_worked
    stop = threading.Event()
    thread = threading.Thread(target=agent.report_loop, args=(stop,), daemon=True)
    thread.start()
    bus.wait(lambda b: len(b.said) >= 6)
    stop.set()
    thread.join(10)
    assert [len(arguments["reports"]) for _, _, arguments in bus.said[:6]] == [200, 200, 50] * 2
    assert agent.last_worked > before


def test_a_broker_that_is_away_does_not_starve_the_watchdog(agent, bus):
    """Its guests need the agent all the more; only one that hangs is better off dead."""
    bus.away = True
    worked, turned = agent.last_worked, agent.last_turned
    assert not agent.reporter.send(["h1"])
    assert agent.last_worked == worked and agent.last_turned > turned


def test_a_host_that_cannot_be_described_does_not_silence_the_others(bus, caplog):
    def describe(host):
        if host == "h1":
            raise OSError("no such directory")
        return HostReport("", host, "", "")

    agent = Agent("compute", "a1", ["h1", "h2"], bus.report, describe, "boot")
    assert agent.reporter.send(["h1", "h2"])
    assert [report.host for report in bus.reports] == ["h2"]
    assert "cannot describe host h1" in caplog.text


def test_a_full_disk_is_named(agent, bus):
    def verb(work):
        raise OSError(errno.ENOSPC, "No space left on device")

    agent.handle(CTX, verb, order())
    assert [(answer.state, answer.fault["reason"]) for answer in bus.answers] == [
        ("failed", "the compute agent failed at spawn: its disk is full")
    ]
