"""Consoles of instances: who may have an address that opens one, and what becomes of that address when it is used.

An address holds a token: random, known to the database by its digest, short-lived, used once, of one instance where it
was when the token was made. The bytes of a console never come by here.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from nova_like import concurrency
from nova_like.db import console_tokens, hosts, instances
from nova_like.db.engine import Database, Transaction
from nova_like.model import ids, states
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Invalid, NotFound, Unavailable
from nova_like.services.scope import owner

Row = dict[str, Any]
VNC, SERIAL = "vnc", "serial"
TOKEN_LENGTH = 43  # 256 bits
MOST_LENGTH = 128  # of what somebody says is a token


@dataclass(frozen=True)
class Opening:
    """A console that somebody has shown a good token for, and the bus address of its host's agent."""

    instance_id: str
    project_id: str
    user_id: str
    kind: str
    host: str
    agent: str

    def context(self) -> Context:
        """Of whoever made the token."""
        return Context(user_id=self.user_id, project_id=self.project_id)


class Consoles:
    """What the APIs ask for. `public_url` is the proxy's, empty where there is none."""

    def __init__(self, database: Database, policy: Any, public_url: str, ttl_seconds: int) -> None:
        self._database, self._policy = database, policy
        self._url, self._ttl = (public_url or "").rstrip("/"), ttl_seconds

    def create(self, ctx: Context, instance_id: str, kind: str) -> str:
        """The address (http for `vnc`, ws for `serial`) that opens this console once. Raises NotFound, Invalid where
        there is no proxy, Conflict (code `state` or `not_ready`)."""
        self._policy.check(ctx, "compute:servers:console")
        if not ids.is_uuid(instance_id):
            raise NotFound("instance", instance_id)
        # out of the transaction: a request that comes again with its idempotency key is given the same
        token: str = self._database.transact(lambda tx: self._insert(tx, ctx, instance_id, kind))
        return _page(self._url, token) if kind == VNC else _socket(self._url, token)

    def _insert(self, tx: Transaction, ctx: Context, instance_id: str, kind: str) -> str:
        row = instances.get(tx, instance_id, owner(ctx))
        if row is None:
            raise NotFound("instance", instance_id)
        if not self._url:
            raise Invalid(f"Unavailable console type {kind}.", "console", code="unavailable")
        if not row["host"] or row["wanted"] == "deleted":
            raise Conflict(f"Instance {instance_id} is not ready", "instance", code="not_ready", id=instance_id)
        states.require("console", instance_id, row["state"])
        facts = {"instance_id": instance_id, "project_id": row["project_id"], "user_id": ctx.user_id, "kind": kind}
        token = concurrency.secret(TOKEN_LENGTH)
        console_tokens.insert(tx, token, self._ttl, {**facts, "host": row["host"]})
        return token

    def show(self, ctx: Context, token: str) -> Row:
        """instance_id, host and kind of a token that has not ended. Raises NotFound."""
        self._policy.check(ctx, "compute:consoles:show")
        found = self._database.read(lambda tx: console_tokens.get(tx, token)) if len(token) <= MOST_LENGTH else None
        if found is None:
            raise NotFound("token", reason="Token not found")
        return found


class Door:
    """What the proxy asks for. `compute` is the bus client of compute agents."""

    def __init__(self, database: Database, compute: Any) -> None:
        self._database, self._compute = database, compute

    def redeem(self, token: str) -> Opening:
        """What a token opens; it opens nothing after that. Raises NotFound, Unavailable."""
        if not 0 < len(token) <= MOST_LENGTH:
            raise NotFound("token", reason="Token not found")
        return self._database.transact(lambda tx: _redeem(tx, token))

    def open(self, opening: Opening, url: str, ticket: str) -> None:
        """Have the host's agent open the console and bring it to `url`, showing the ticket there. Raises Conflict when
        the guest does not run, Unavailable, Timeout."""
        self._compute.call(
            opening.context(), "open_console", opening.agent, host=opening.host,
            instance_id=opening.instance_id, kind=opening.kind, url=url, ticket=ticket,
        )  # fmt: skip


def _redeem(tx: Transaction, token: str) -> Opening:
    row = console_tokens.use(tx, token)
    if row is None:
        raise NotFound("token", reason="Token not found")
    agent = hosts.agent(tx, "compute", row["host"])
    if agent is None:
        raise Unavailable(f"host {row['host']} has no agent", "host")
    facts = {name: row[name] for name in ("instance_id", "project_id", "user_id", "kind", "host")}
    return Opening(**facts, agent=agent[0])


def _page(url: str, token: str) -> str:
    """noVNC's page is told where to connect to, from the root of its own host."""
    path = f"{urlsplit(url).path.strip('/')}?token={token}"
    return f"{url}/vnc_lite.html?path={quote(path, safe='')}"


def _socket(url: str, token: str) -> str:
    return f"ws{url.removeprefix('http')}/?token={token}"
