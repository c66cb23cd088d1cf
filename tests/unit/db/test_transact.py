"""How long a transaction is tried again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nova_like import concurrency
from nova_like.db.engine import Again, Database, Transaction
from tests.flows.clock import Virtual

WAIT_SECONDS = 10


@pytest.fixture
def clock() -> Iterator[Virtual]:
    clock = Virtual()
    previous = concurrency.use(clock)
    yield clock
    concurrency.use(previous)


@pytest.mark.parametrize("attempt_seconds", [0.0, 0.3])
def test_nobody_waits_for_longer_than_was_said(clock: Virtual, tmp_path: Path, attempt_seconds: float) -> None:
    database, began, tries = Database(f"sqlite:///{tmp_path}/db", wait_seconds=WAIT_SECONDS), clock.seconds, []

    def work(tx: Transaction) -> None:
        tries.append(clock.seconds - began)
        clock.sleep(attempt_seconds)
        raise Again("not yet")

    with pytest.raises(Again):
        database.transact(work)
    assert len(tries) > 5 and WAIT_SECONDS - 2.0 < clock.seconds - began <= WAIT_SECONDS + attempt_seconds
    database.dispose()
