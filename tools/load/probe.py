"""A steady stream of requests by many clients, each with a connection of its own; every answer is written down."""

import http.client
import random
import threading
import time
from dataclasses import dataclass, field

from tools.load.api import Api, Refused

CLIENTS = 25


@dataclass
class Answers:
    """(when it was sent on the monotonic clock, seconds until the answer) of each request, and what failed."""

    good: list[tuple[float, float]] = field(default_factory=list)
    failed: list[tuple[float, float, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.good) + len(self.failed)

    def slowest_s(self, since: float = 0.0) -> float:
        """Of all that were sent at or after `since`, failed ones included."""
        times = [seconds for at, seconds in self.good if at >= since] + [s for at, s, _ in self.failed if at >= since]
        return round(max(times, default=0.0), 2)

    def begun_apart_from(self, moments: list[float]) -> "Answers":
        """Those that were not on their way at any of these moments: who stood still then may hold them."""

        def held(at: float, seconds: float) -> bool:
            return any(at <= moment <= at + seconds for moment in moments)

        return Answers([one for one in self.good if not held(*one)],
                       [one for one in self.failed if not held(*one[:2])])  # fmt: skip

    def percentile_ms(self, share: float, since: float = 0.0) -> float:
        """Milliseconds that `share` of the good ones took at the most."""
        times = sorted(seconds for at, seconds in self.good if at >= since)
        return round(1000 * times[min(len(times) - 1, int(share * len(times)))], 1) if times else float("nan")

    def first_good(self, since: float) -> float:
        """When the first good one that was answered after `since` was answered; infinite when none was."""
        return min((at + seconds for at, seconds in self.good if at + seconds >= since), default=float("inf"))


class Probe:
    """`with Probe(api, 50) as probe:` sends 50 requests a second: reads, and writes to `server` if one is named.

    `fresh`: a new connection for each request, as clients have that come for the first time.
    """

    def __init__(self, api: Api, rate: float, server: str = "", fresh: bool = False) -> None:
        self._api, self._rate, self._server, self._fresh = api, rate, server, fresh
        self.answers = Answers()
        self._lock, self._over = threading.Lock(), threading.Event()
        self._paths = ["/compute/v2.1/servers?limit=20", "/compute/v2.1/flavors", "/image/v2/images?limit=5",
                       "/network/v2.0/networks?limit=5", "/compute/v2.1/limits"]  # fmt: skip
        clients = min(CLIENTS, max(1, int(rate)))
        self._threads = [threading.Thread(target=self._client, args=(i, clients), daemon=True) for i in range(clients)]

    def __enter__(self) -> "Probe":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _client(self, number: int, clients: int) -> None:
        pause = clients / self._rate
        at, turn = time.monotonic() + pause * number / clients, number
        while not self._over.wait(max(0.0, at - time.monotonic())):
            self._ask(turn)
            turn += 1
            at = max(at + pause, time.monotonic())

    def _ask(self, turn: int) -> None:
        started, failure = time.monotonic(), ""
        try:
            self._request(turn)
        except Refused as error:
            failure = f"{error.status}"
        except (OSError, http.client.HTTPException) as error:
            failure = type(error).__name__
        took = time.monotonic() - started
        with self._lock:
            if failure:
                self.answers.failed.append((started, took, failure))
            else:
                self.answers.good.append((started, took))

    def _request(self, turn: int) -> None:
        if self._fresh:
            self._api.hang_up()
        if self._server and turn % 4 == 0:
            body = {"metadata": {f"key-{random.randrange(8)}": str(turn)}}
            self._api.post(f"/compute/v2.1/servers/{self._server}/metadata", body)
        else:
            self._api.get(self._paths[turn % len(self._paths)])
