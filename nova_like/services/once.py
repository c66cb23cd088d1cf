"""Idempotency keys: a request that names a key takes effect once, however often it comes, and is answered alike.

What its transaction returned is kept under the key in the same transaction, so a client who does not know whether his
request was done asks again. Knows no noun, and no header.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from nova_like.db import client_tokens
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Conflict
from nova_like.services.identity_keys import Keys

VERB = "key"  # the keys of all verbs are one namespace: one used for another request is refused
Work = Callable[[Transaction], Any]


class Once:
    """`keys` make of a digest what is kept: a plain one would let its reader try what the request may have said, an
    adminPass among it."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database, self._keys = database, keys

    @contextlib.contextmanager
    def key(self, ctx: Context, key: str, digest: str) -> Iterator[None]:
        """The transaction of this thread inside takes effect once for the caller's `key`; another time it does nothing
        and returns what it returned then. `digest` (64 characters) is of all that the request says. Raises Conflict:
        code `key_reused` (it came with another request), `key_busy` (that one is still being answered)."""
        token = hashlib.sha256(f"{ctx.user_id} {key}".encode()).hexdigest()
        with self._database.around(_Use(ctx.project_id, token, self._keys.marks("once", digest))):
            yield


@dataclass
class _Use:
    """Wraps the one transaction of a request."""

    project_id: str
    token: str
    marks: tuple[str, ...]  # that the request may have been kept with, the present one first
    used: bool = False

    def __call__(self, work: Work) -> Work:
        if self.used:
            raise RuntimeError("a request with an idempotency key makes one transaction only")
        self.used = True
        return lambda tx: self._run(tx, work)

    def _run(self, tx: Transaction, work: Work) -> Any:
        if not client_tokens.seize(tx, self.project_id, VERB, self.token):
            raise Conflict("A request with this idempotency key is being answered.", code="key_busy")
        if (earlier := client_tokens.find(tx, self.project_id, VERB, self.token)) is not None:
            if earlier["digest"] not in self.marks:
                raise Conflict("This idempotency key was used for another request.", code="key_reused")
            return earlier["result"]
        result = work(tx)
        if not client_tokens.record(tx, self.project_id, VERB, self.token, self.marks[0], result):
            raise Conflict("A request with this idempotency key is being answered.", code="key_busy")
        return result
