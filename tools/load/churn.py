"""Boots and deletes spread over a time, by a client that meets cut connections; what was accepted must end right."""

import contextlib
import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from tools.load.acts import Acts
from tools.load.api import Refused
from tools.load.ec2 import Ec2
from tools.load.trial import Trial

CUT = (OSError, http.client.HTTPException)
PATIENCE_S = 90.0
PAUSE_S = 0.3


@dataclass
class Ledger:
    """What the cloud owes: ids by the name they were asked for, and which of them are to be deleted."""

    accepted: dict[str, str] = field(default_factory=dict)  # id -> name; EC2's ids until they are settled
    unsure: list[str] = field(default_factory=list)  # names whose answer was cut off
    deletes: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    asked_at: dict[str, float] = field(default_factory=dict)  # by name
    delete_asked_at: dict[str, float] = field(default_factory=dict)  # by id
    tokens: dict[str, set[str]] = field(default_factory=dict)  # client token -> ids that it was answered with
    repeated: int = 0  # requests sent again with the same token
    writes: list[tuple[str, str, str]] = field(default_factory=list)  # (path, key, value) acknowledged last
    answers_s: list[float] = field(default_factory=list)  # how long requests took, refused and cut ones included
    failures: list[str] = field(default_factory=list)  # tries that were cut or refused for lack of service


class Churn:
    """`boots` servers over `seconds`; four of five are deleted again a while later, the fifth is written to. Every
    third is an EC2 instance with a client token, another third has an idempotency key: these are asked for again after
    a cut, and once without need. With `acts` native ones are paused, rescued, rebuilt and so on between, and some start
    from volumes."""

    def __init__(self, cloud: Trial, acts: bool = False) -> None:
        self.api, self.engine, self._flavor, self._image = cloud.api, cloud.engine(), cloud.flavor, cloud.image
        self._kind, self._ec2 = cloud.flavor_name, Ec2(cloud.state / "ec2rc")
        self.ledger = Ledger()
        self.acts = Acts(self.api, cloud.admin, self._ec2, self._image) if acts else None
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

    def unfinished(self) -> int:
        """Flows that have not ended, as the database has it."""
        sql = "SELECT count(*) FROM flows WHERE state IN ('running', 'unwinding', 'parked')"
        with self.engine.connect() as connection:
            return int(connection.execute(sa.text(sql)).scalar() or 0)

    def _life(self, number: int, delete_after_s: float) -> None:
        name, ec2 = f"churn-{number}-{time.time_ns()}", number % 3 == 1
        self.ledger.asked_at[name] = time.time()
        if ec2:
            server = self._run(name, lambda: self._ec2.run(name, self._kind, self._image, token=name))
        elif number % 3 == 2:
            born = self.acts is not None and number % 5 == 2  # of a volume: every fifteenth
            server = self._run(name, lambda: self._boot_again(name, born))
        else:
            server = self._boot(name)
        if server is None:
            return
        if number % 5 == 0:
            if not ec2:
                self._write(server, delete_after_s)
                if self.acts:
                    self.acts.play(number // 5, server, self._insist)
            return
        if self.acts and number % 5 == 3 and not ec2:
            with contextlib.suppress(*CUT):
                self.acts.disturb(number // 5, server)
        time.sleep(delete_after_s * (0.25 + 0.25 * (number % 4)))
        with self._lock:
            self.ledger.delete_asked_at[server] = time.time()
        delete = self._ec2.terminate if ec2 else self.api.force_delete if self.acts else self.api.delete
        if self._insist(lambda: delete(server), f"delete {server}", gone_is_well=True) is not None:
            with self._lock:
                self.ledger.deletes.add(server)

    def _boot_again(self, name: str, from_volume: bool) -> str:
        """With an idempotency key."""
        id = self.api.boot(name, self._flavor, self._image, token=name, from_volume=from_volume)
        if from_volume and self.acts:
            self.acts.done["boot from volume"] += 1
        return id

    def _boot(self, name: str) -> str | None:
        """One request; a refusal for lack of service is tried again, an answer cut off is looked up later."""
        found: list[str] = []
        try:
            self._insist(lambda: found.append(self.api.boot(name, self._flavor, self._image)), name, again=False)
        except CUT:
            self._note(self.ledger.unsure, name)
        return self._accept(found[0], name) if found else None

    def _run(self, name: str, boot: Callable[[], str]) -> str | None:
        """With a token: asked until there is an answer, and then once more."""
        found: set[str] = set()
        self.ledger.tokens[name] = found

        def ask() -> None:
            found.add(boot())

        tries = self._insist(ask, name)
        if tries is None:
            return None
        server = self._accept(next(iter(found)), name)
        more = self._insist(ask, f"{name} again")
        with self._lock:
            self.ledger.repeated += tries + (more or 0)
        return server

    def _write(self, server: str, pause_s: float) -> None:
        """Three writes one after the other: the last one that was acknowledged must be there at the end."""
        path = f"/compute/v2.1/servers/{server}/metadata"
        for value in ("first", "second", "third"):
            body = {"metadata": {"written": value}}
            if self._insist(lambda body=body: self.api.post(path, body), f"write {server}") is None:  # type: ignore[misc]
                return
            time.sleep(pause_s)
        self._note(self.ledger.writes, (path, "metadata.written", value))

    def _accept(self, server: str, name: str) -> str:
        with self._lock:
            self.ledger.accepted[server] = name
        return server

    def _insist(
        self, request: Callable[[], object], what: str, again: bool = True, gone_is_well: bool = False
    ) -> int | None:
        """Ask until it is answered; how many tries failed before, None when it was refused. A request that must not be
        sent `again` raises what cut it, unless nobody had taken it."""
        deadline, tries = time.monotonic() + PATIENCE_S, 0
        while time.monotonic() < deadline:
            started = time.monotonic()
            try:
                request()
                return tries
            except Refused as error:
                if gone_is_well and (error.status == 404 or "NotFound" in str(error)):
                    return tries
                if error.status < 500 and error.status not in (409, 429):  # 409: the one before is still in hand
                    self._note(self.ledger.refused, f"{what}: {error}")
                    return None
                self._note(self.ledger.failures, f"{what}: {error}")
            except CUT as error:
                self._note(self.ledger.failures, f"{what}: {error!r}")
                if not (again or isinstance(error, ConnectionRefusedError)):  # refused: nobody took it
                    raise
            finally:
                self.ledger.answers_s.append(time.monotonic() - started)
            tries += 1
            time.sleep(PAUSE_S)
        self._note(self.ledger.refused, f"{what}: no answer for {PATIENCE_S:g} s")
        return None

    def _note(self, where: list, what: object) -> None:
        with self._lock:
            where.append(what)
