"""Long waits queue among themselves; what does not wait goes past them."""

import threading

from nova_like.rpc.waiting import Waiting


def test_one_reason_does_not_block_another():
    waiting, gate, done = Waiting("spawn", "soft", size=2), threading.Event(), threading.Event()
    for _ in range(5):
        waiting.submit("soft", lambda: gate.wait(30))
    waiting.submit("spawn", done.set)
    assert done.wait(30)
    assert not waiting.drain(0.05)
    gate.set()
    assert waiting.drain(30)


def test_what_fails_is_over_too():
    waiting = Waiting("spawn")
    waiting.submit("spawn", lambda: 1 / 0)
    assert waiting.drain(30)
