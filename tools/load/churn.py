"""Boots and deletes spread over a time, by a client that meets cut connections; what was accepted must end right."""

import http.client
import threading
import time
from dataclasses import dataclass, field

import sqlalchemy as sa

from tools.load.api import Api, Refused

CUT = (OSError, http.client.HTTPException)


@dataclass
class Ledger:
    """What the cloud owes: ids by the name they were asked for, and which of them are to be deleted."""

    accepted: dict[str, str] = field(default_factory=dict)  # id -> name
    unsure: list[str] = field(default_factory=list)  # names whose answer was cut off
    deletes: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    asked_at: dict[str, float] = field(default_factory=dict)  # by name
    delete_asked_at: dict[str, float] = field(default_factory=dict)  # by id


class Churn:
    """`boots` servers over `seconds`; four of five are deleted again a while later. `run` returns the ledger."""

    def __init__(self, api: Api, engine: sa.Engine, flavor: str, image: str) -> None:
        self.api, self.engine, self.flavor, self.image = api, engine, flavor, image
        self.ledger = Ledger()
        self._lock = threading.Lock()

    def run(self, boots: int, seconds: float, delete_after_s: float = 4.0) -> Ledger:
        threads, started = [], time.monotonic()
        for number in range(boots):
            time.sleep(max(0.0, started + number * seconds / boots - time.monotonic()))
            threads.append(threading.Thread(target=self._life, args=(number, delete_after_s), daemon=True))
            threads[-1].start()
        for thread in threads:
            thread.join()
        return self.ledger

    def _life(self, number: int, delete_after_s: float) -> None:
        name = f"churn-{number}-{time.time_ns()}"
        server = self._boot(name)
        if server is None or number % 5 == 0:
            return
        time.sleep(delete_after_s * (0.25 + 0.25 * (number % 4)))
        with self._lock:
            self.ledger.delete_asked_at[server] = time.time()
        self._insist(lambda: self.api.delete(server), server)
        with self._lock:
            self.ledger.deletes.add(server)

    def _boot(self, name: str) -> str | None:
        """One request; a refusal for lack of service is tried again, an answer cut off is looked up later."""
        deadline = time.monotonic() + 60
        self.ledger.asked_at[name] = time.time()
        while time.monotonic() < deadline:
            try:
                server = self.api.boot(name, self.flavor, self.image)
                with self._lock:
                    self.ledger.accepted[server] = name
                return server
            except Refused as error:
                if error.status < 500:
                    self._note(self.ledger.refused, f"{name}: {error}")
                    return None
            except ConnectionRefusedError:
                pass  # nobody took it
            except CUT:
                self._note(self.ledger.unsure, name)
                return None
            time.sleep(0.3)
        self._note(self.ledger.refused, f"{name}: no API for a minute")
        return None

    def _insist(self, request: object, server: str) -> None:
        """A delete may be asked for as often as one likes."""
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                request()  # type: ignore[operator]
                return
            except Refused as error:
                if error.status == 404:
                    return
                if error.status < 500:
                    self._note(self.ledger.refused, f"delete {server}: {error}")
                    return
            except CUT:
                pass
            time.sleep(0.3)
        self._note(self.ledger.refused, f"delete {server}: no API for 90 s")

    def _note(self, where: list[str], text: str) -> None:
        with self._lock:
            where.append(text)

    def unfinished(self) -> int:
        """Flows that have not ended, as the database has it."""
        sql = "SELECT count(*) FROM flows WHERE state IN ('running', 'unwinding', 'parked')"
        with self.engine.connect() as connection:
            return int(connection.execute(sa.text(sql)).scalar() or 0)
