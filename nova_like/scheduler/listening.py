"""Whether the controller hears the bus: it says a word to itself through the broker, and writes that it heard it.

The row is all schedulers': what one of them heard, the controller heard. Judges nobody; readers of the row do.
"""

from collections.abc import Callable
from typing import Any

from nova_like import concurrency
from nova_like.db import listening
from nova_like.db.engine import Database

ROUND_SECONDS = 2.0  # several words fit into what counts as a gap: some may be lost


class Listening:
    """`echo` sends the word that comes back as `heard`."""

    def __init__(self, database: Database, echo: Callable[[], Any]) -> None:
        self._database, self._echo = database, echo
        self._heard = concurrency.Event()

    def heard(self) -> None:
        """Something came in over the bus."""
        self._heard.set()

    def listen(self) -> None:
        """Write it if anything was heard since the last round. Raises Unavailable; what was heard counts then no
        more, for nobody knows how long ago it will have been."""
        self._echo()
        if self._heard.is_set():
            self._heard.clear()
            self._database.transact(listening.note)
