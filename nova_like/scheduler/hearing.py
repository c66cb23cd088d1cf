"""Which hosts are deaf: they report, and answer no order. Judged by work that was answered, never by a connection."""

from functools import partial

from nova_like import concurrency, logs
from nova_like.db import hosts
from nova_like.db.engine import Database, Transaction
from nova_like.flows.agents import Agents

LOG = logs.get(__name__)
ROUND_SECONDS = 5.0
WRITE_SECONDS = 10.0  # an answer is written this much later at most: far less than what makes a host deaf


class Hearing:
    """`deaf_seconds`: an order that is unanswered for so long, while nothing else is answered either."""

    def __init__(self, database: Database, agents: Agents, deaf_seconds: float) -> None:
        self._database, self._agents, self._deaf_seconds = database, agents, deaf_seconds
        self._lock = concurrency.Lock()
        self._written: dict[tuple[str, str], float] = {}
        self._answered: set[tuple[str, str]] = set()

    def heard(self, kind: str, host: str) -> None:
        """The agent of this kind answered for a host."""
        now = concurrency.monotonic()
        with self._lock:
            if now - self._written.get((kind, host), -WRITE_SECONDS) >= WRITE_SECONDS:
                self._answered.add((kind, host))

    def judge(self) -> int:
        """Write who has answered, then mark who has not; how many hosts are judged otherwise than before."""
        with self._lock:
            answered, self._answered = self._answered, set()
        if not answered and not self._database.read(lambda tx: hosts.misjudged(tx, self._deaf_seconds)):
            return 0
        try:
            changed = self._database.transact(partial(self._write, answered=sorted(answered)))
        except Exception:
            with self._lock:
                self._answered |= answered  # who has answered must not be marked for our failure
            raise
        with self._lock:
            self._written.update(dict.fromkeys(answered, concurrency.monotonic()))
        for row in changed:
            LOG.warning("%s host %s %s", row["kind"], row["name"], "reports but does not answer" if row["deaf"] else
                        "answers again")  # fmt: skip
        if changed:
            self._agents.forget()
        return len(changed)

    def _write(self, tx: Transaction, answered: list[tuple[str, str]]) -> list[hosts.Row]:
        for kind in {kind for kind, _ in answered}:
            hosts.answered(tx, kind, [host for other, host in answered if other == kind])
        return hosts.judge_deaf(tx, self._deaf_seconds)
