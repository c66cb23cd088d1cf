"""What was refused on the bus: counted each time by its reason, and hardly logged, so that a flood of it fills no disk.
Judges nothing."""

import logging
import re
from typing import Any

from nova_like import concurrency, logs
from nova_like.rpc.tally import Tally

LOG = logs.get(__name__)
REMEMBERED = 1000  # pairs of sender and reason; who comes after them is counted only
MINUTE_S = 60.0
_VARIES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")  # ids and numbers
SHOWN = 200  # characters of what others wrote


class Complaints:
    """`counters` by reason; they may be shared with whoever counts other things in them."""

    def __init__(self, counters: Tally | None = None) -> None:
        self.counters = Tally() if counters is None else counters
        self._known: dict[tuple[str, str], int] = {}
        self._lock = concurrency.Lock()

    def note(self, reason: str, sender: str, what: str, error: BaseException | None = None) -> None:
        """Count `reason`, and log the first of a sender, the tenth, the hundredth ... `sender` and `what` may be
        anybody's text: shown short and printable. `error`: the line has its traceback."""
        self.counters.add(reason)
        with self._lock:
            if (sender, reason) not in self._known and len(self._known) >= REMEMBERED:
                return
            count = self._known[sender, reason] = self._known.get((sender, reason), 0) + 1
        if is_said(count):
            LOG.warning(
                "refused (%s) from %s, %d so far: %s", reason, shown(sender), count, shown(what), exc_info=error
            )


def is_said(count: int) -> bool:
    """Whether this one of a flood is logged: the first, the tenth, the hundredth ..."""
    return str(count).strip("0") == "1"


class Sparse(logging.Filter):
    """On a logger of others: lets these of each of its messages pass, whatever is put into them."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        text = str(record.msg)
        if text not in self._known and len(self._known) >= REMEMBERED:
            return False
        count = self._known[text] = self._known.get(text, 0) + 1
        return is_said(count)


class Minutely(logging.Filter):
    """On a logger of others: lets each of its messages pass once a minute, whatever numbers and ids are in it, and says
    then how many were not written since. Another reason is another message."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, tuple[float, int]] = {}  # when it was written, and how often not since then

    def filter(self, record: logging.LogRecord) -> bool:
        text, now = _VARIES.sub("#", record.getMessage()), concurrency.monotonic()
        if text not in self._known and len(self._known) >= REMEMBERED:
            return False
        written, left_out = self._known.get(text, (-MINUTE_S, 0))
        if now - written < MINUTE_S:
            self._known[text] = written, left_out + 1
            return False
        self._known[text] = now, 0
        if left_out:
            record.msg = f"{record.msg} ({left_out} more like this since the last line)"
        return True


def only(logger: str, wanted: logging.Filter) -> None:
    """Put a filter on a logger of others, in place of one of its kind that is there: it has seen nothing yet."""
    found = logging.getLogger(logger)
    for before in [each for each in found.filters if type(each) is type(wanted)]:
        found.removeFilter(before)
    found.addFilter(wanted)


def shown(text: Any) -> str:
    """Text of others as one short line: what is not printable is written as an escape."""
    line = str(text)[:SHOWN]
    return line if line.isprintable() else ascii(line)[1:-1]
