"""How fast one may ask: buckets of tokens for each project, and for each user and address whose password is wrong. Each
worker has its own, so what a project may do altogether is that many times the number of workers."""

import collections
from collections.abc import Mapping
from typing import Any

from nova_like import concurrency
from nova_like.api.common.proxies import Proxies
from nova_like.model.context import Context
from nova_like.model.errors import RateLimited

RATES = "nova_like.rates"  # key of the environ
ADDRESS_LOGINS = 20  # times as many passwords may fail of all users at one address as of each
USER_LETTERS = 256
TOO_MANY = "Too many failed logins from this address."
MOST = 10_000  # buckets that are remembered; the one unused for the longest time goes, and would be full again soon


class Buckets:
    """Each key has a bucket of `burst` tokens, filled by `rate` a second; a rate of 0 is no limit."""

    def __init__(self, rate: float, burst: float, most: int = MOST) -> None:
        self._rate, self._burst, self._most = rate, max(1.0, burst), most
        self._lock = concurrency.Lock()
        self._buckets: collections.OrderedDict[str, tuple[float, float]] = collections.OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def wait(self, key: str, cost: float = 1.0) -> float:
        """Take `cost` tokens; seconds until there will be a whole one, when there is none now (and none is taken)."""
        if not self._rate:
            return 0.0
        with self._lock:
            now = concurrency.monotonic()
            tokens, since = self._buckets.get(key, (self._burst, now))
            tokens = min(self._burst, tokens + (now - since) * self._rate)
            short = 1.0 - tokens
            self._buckets[key] = (tokens - cost if short <= 0 else tokens, now)
            self._buckets.move_to_end(key)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        return max(0.0, short / self._rate)


class Rates:
    """The limits of `[api]`. The methods raise RateLimited with `retry_after`."""

    def __init__(self, api: Any) -> None:
        self.projects = Buckets(api.rate_limit_per_second, api.rate_limit_burst)
        each = api.failed_logins_per_minute
        self.logins = Buckets(each / 60, each)  # of a user from an address
        self.addresses = Buckets(each * ADDRESS_LOGINS / 60, each * ADDRESS_LOGINS)
        self._proxies = Proxies(api.trusted_proxies)

    def request(self, ctx: Context) -> None:
        """One more request of a project (or of a user who is in none)."""
        _check(self.projects.wait(ctx.project_id or ctx.user_id), "Too many requests of this project.")

    def login(self, environ: Mapping[str, Any], user: str, cost: float = 0.0) -> None:
        """May this client try a password of `user`? `cost` 1 counts a failure. Many share an address, so those who
        fail there keep the others out only when they are very many."""
        if address := self._proxies.client(environ):
            _check(self.addresses.wait(address, cost), TOO_MANY)
            _check(self.logins.wait(f"{address} {user.casefold()[:USER_LETTERS]}", cost), TOO_MANY)


def _check(seconds: float, reason: str) -> None:
    if seconds > 0:
        raise RateLimited(reason, retry_after=int(seconds) + 1)


def charge(environ: Mapping[str, Any], ctx: Context) -> None:
    """Count a request of a caller who is known now. Raises RateLimited."""
    if (rates := environ.get(RATES)) is not None:
        rates.request(ctx)
