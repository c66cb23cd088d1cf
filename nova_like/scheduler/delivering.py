"""Delivers to webhooks: signed, to allowed addresses only, again and again until it is taken or too old."""

import contextlib
import http.client
import json
import socket
from concurrent.futures import wait as wait_all
from functools import partial
from typing import Any

from nova_like import concurrency, logs
from nova_like.db import webhooks
from nova_like.db.engine import Database
from nova_like.images import download
from nova_like.model import webhook_signing
from nova_like.model.errors import Fault
from nova_like.rpc.tally import Tally

LOG = logs.get(__name__)
ROUND_SECONDS = 1.0
AT_ONCE = 8
FIRST_SECONDS, MOST_SECONDS = 5.0, 3600.0  # between two tries
Row = dict[str, Any]


class Delivering:
    """`counters`: delivered, refused (and tried again), given_up."""

    def __init__(self, database: Database, key: str, rules: download.Rules, keep_seconds: float) -> None:
        self._database, self._key, self._rules, self._keep_seconds = database, key, rules, keep_seconds
        self._pool = concurrency.pool(AT_ONCE, "webhooks")
        self.counters = Tally()

    def deliver(self) -> int:
        """Try what is due, several at once; how many were tried. One that is not answered delays the round by as long
        as a webhook may take."""
        most = self._rules.total_seconds
        rows = self._database.transact(partial(webhooks.claim, limit=AT_ONCE, seconds=2 * most + FIRST_SECONDS))
        tries = [self._pool.submit(self._try, row) for row in rows]
        wait_all(tries, most)
        for row in rows:  # who answers a byte now and then is hung up on
            _hang_up(row)
        wait_all(tries)
        return len(rows)

    def _try(self, row: Row) -> None:
        trouble = post(row, webhook_signing.secret(self._key, row["webhook_id"]), self._rules)
        if trouble is None:
            self.counters.add("delivered")
            self._database.transact(lambda tx: webhooks.settle(tx, row))
        elif row["age"] >= self._keep_seconds:
            self.counters.add("given_up")
            LOG.warning("a delivery to webhook %s is given up: %s", row["webhook_id"], trouble)
            self._database.transact(lambda tx: webhooks.settle(tx, row))
        else:
            self.counters.add("refused")
            rest = min(MOST_SECONDS, FIRST_SECONDS * 2 ** min(16, row["attempts"] - 1))
            self._database.transact(lambda tx: webhooks.put_off(tx, row, concurrency.jitter(rest)))


def post(row: Row, secret: str, rules: download.Rules) -> str | None:
    """Why a delivery was not taken; None when it was."""
    data = json.dumps(row["body"]).encode()
    signed = webhook_signing.headers(secret, row["notice_id"], int(concurrency.now().timestamp()), data)
    try:
        parts = download.check(row["url"], rules)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        with contextlib.closing(download.connect(parts, rules)) as connection:
            row["connection"] = connection
            connection.request("POST", path, data, {"Content-Type": "application/json", **signed})
            status = connection.getresponse().status
    except Fault as fault:
        return fault.reason
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    return None if 200 <= status < 300 else f"it answered {status}"


def _hang_up(row: Row) -> None:
    link = getattr(row.get("connection"), "sock", None)
    with contextlib.suppress(OSError):
        if link is not None:
            link.shutdown(socket.SHUT_RDWR)
