"""What is said of refused messages: little, short, on one line, whatever was sent."""

import logging

import pytest

from nova_like import concurrency, logs
from nova_like.rpc.complaints import REMEMBERED, Complaints, Minutely, Sparse, only, shown
from nova_like.rpc.contracts.flows import Flows
from nova_like.rpc.server import Server


def test_a_reason_is_counted_always_and_said_at_powers_of_ten(caplog: pytest.LogCaptureFixture) -> None:
    complaints = Complaints()
    for _ in range(120):
        complaints.note("late", "a1", "x")
    complaints.note("late", "a2", "x")
    assert complaints.counters == {"late": 121}
    assert len(caplog.records) == 4


def test_senders_without_end_cost_neither_memory_nor_log(caplog: pytest.LogCaptureFixture) -> None:
    complaints = Complaints()
    for number in range(REMEMBERED + 500):
        complaints.note("late", f"a{number}", "x")
    assert complaints.counters == {"late": REMEMBERED + 500} and len(caplog.records) == REMEMBERED


@pytest.mark.parametrize("text", ["a\nb", "a\x1b[2J", "a\u2028b", "\x00", "\ud800"])
def test_text_of_others_is_one_printable_line(text: str) -> None:
    assert shown(text).isprintable() and len(shown(text * 1000)) <= 2000
    assert shown("plain é") == "plain é"


def test_a_request_id_breaks_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    marks: list[str] = []
    monkeypatch.setattr(logs, "mark", lambda *given: marks.extend(given))

    class Handler:
        def wake(self, ctx: object, flows: list[str]) -> None: ...

    server = Server(None, Flows, Handler())
    server._answer({"method": "wake", "args": {"flows": []}}, {"request_id": "r\n2026 CRITICAL"})
    assert marks == ["r\\n2026 CRITICAL", "-"]


def test_lines_that_come_all_the_time_are_one_a_minute(caplog, monkeypatch):
    logger, now = logging.getLogger("tests.drops"), [1000.0]
    monkeypatch.setattr(concurrency, "monotonic", lambda: now[0])
    logger.addFilter(Minutely())
    with caplog.at_level(logging.INFO, "tests.drops"):
        for number in range(1000):
            logger.error("refused %s", number)
            now[0] += 0.125
        logger.error("something else")
        for number in range(2 * REMEMBERED):
            logger.error("line %s", "x" * number)
    said = [record.getMessage() for record in caplog.records]
    assert said[:4] == ["refused 0", "refused 480 (479 more like this since the last line)",
                        "refused 960 (479 more like this since the last line)", "something else"]  # fmt: skip
    assert len(said) == 2 + REMEMBERED, "and no more are remembered"


def test_another_reason_is_said_within_the_minute(caplog):
    only("tests.reasons", Minutely())
    logger, id = logging.getLogger("tests.reasons"), "0b8e2c4e-7a3f-4a51-9a6e-3f3c1f1d2e11"
    with caplog.at_level(logging.INFO, "tests.reasons"):
        for reason in ("ECONNREFUSED", "ECONNREFUSED", "certificate verify failed"):
            logger.error("[%s] unreachable: %s, again in %d seconds", id, reason, len(caplog.records))
    assert ["certificate" in record.getMessage() for record in caplog.records] == [False, True]


def test_a_new_filter_takes_the_place_of_the_one_before():
    for _ in range(3):
        only("tests.one", Minutely())
        only("tests.one", Sparse())
    assert [type(each) for each in logging.getLogger("tests.one").filters] == [Minutely, Sparse]


def test_a_flood_of_anothers_lines_is_sparse(caplog):
    logger = logging.getLogger("tests.flood")
    logger.addFilter(Sparse())
    with caplog.at_level(logging.INFO, "tests.flood"):
        for number in range(250):
            logger.warning("%s is gone", number)
        logger.warning("something else")
    assert [record.getMessage() for record in caplog.records] == [
        "0 is gone", "9 is gone", "99 is gone", "something else"]  # fmt: skip
