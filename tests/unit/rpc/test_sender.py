import threading

import pytest

from nova_like.model.errors import Unavailable
from nova_like.rpc.sender import CHUNK, Sender


class Flows:
    """Stands for the Client of the contract Flows; `open` lets messages through."""

    def __init__(self):
        self.messages = []
        self.entered, self.open = threading.Event(), threading.Event()

    def cast(self, ctx, method, flows):
        self.entered.set()
        assert self.open.wait(10)
        self.messages.append((method, flows))


@pytest.fixture
def flows():
    return Flows()


@pytest.fixture
def sender(flows):
    sender = Sender(flows, limit=200)
    sender.start()
    yield sender
    flows.open.set()
    sender.stop()


def block(sender, flows):
    """Have the sender busy with a first wake."""
    sender.wake(["first"])
    assert flows.entered.wait(10)


def test_wakes_that_wait_together_go_as_one_message(sender, flows):
    block(sender, flows)
    for flow in ("a", "b", "a", "c"):
        assert sender.wake([flow])
    flows.open.set()
    assert sender.flush(10)
    assert flows.messages == [("wake", ["first"]), ("wake", ["a", "b", "c"])]
    assert sender.counters["coalesced"] == 3  # one doubled, two more in one message


def test_many_wakes_are_cut_into_messages(sender, flows):
    block(sender, flows)
    sender.wake(str(n) for n in range(150))
    flows.open.set()
    assert sender.flush(10)
    assert [len(ids) for _, ids in flows.messages] == [1, CHUNK, 50]


def test_calls_keep_their_order_and_the_thread_survives_errors(sender, flows, caplog):
    flows.open.set()
    seen = []

    def fail(error):
        raise error

    sender.send(seen.append, 1)
    sender.send(fail, Unavailable("bus away"))
    sender.send(fail, RuntimeError("a defect"))
    sender.send(fail, Unavailable("bus away"))
    sender.send(seen.append, 2)
    assert sender.flush(10)
    assert seen == [1, 2]
    assert sender.counters["failed"] == 3 and sender.counters["sent"] == 2
    assert caplog.text.count("messages are not sent") == 1  # not one line for each


def test_overflow_is_counted_and_dropped(sender, flows):
    block(sender, flows)
    taken = [sender.send(lambda: None) for _ in range(205)]
    assert taken.count(True) == 200 and taken.count(False) == 5
    assert not sender.wake(str(n) for n in range(201))
    assert sender.counters["dropped"] == 6
    assert not sender.flush(0.01)


def test_stop_sends_what_waits_and_takes_no_more(sender, flows):
    flows.open.set()
    sender.wake(["a"])
    assert sender.stop(10)
    assert flows.messages[-1] == ("wake", ["a"])
    assert not sender.send(print) and not sender.wake(["b"])
