"""Webhooks of projects: addresses that are told what happens to a project's instances."""

import ipaddress
from typing import Any

from nova_like import concurrency
from nova_like.db import webhooks as rows
from nova_like.db.engine import Database, Transaction
from nova_like.images import download
from nova_like.model import webhook_signing
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Invalid, NotFound, QuotaExceeded
from nova_like.model.notices import EVENT_TYPES, is_wanted
from nova_like.services.scope import home

Row = dict[str, Any]
Texts = list[str]
NOUN = "webhook"
MOST = 10  # of a project


class Webhooks:
    """`key`: what secrets are made from; without one there are no webhooks."""

    def __init__(self, db: Database, policy: Any, key: str, rules: download.Rules) -> None:
        self._db, self._policy, self._key, self._rules = db, policy, key, rules

    def list(self, ctx: Context) -> list[Row]:
        """The project's, the oldest first."""
        self._policy.check(ctx, "compute:webhooks:list")
        return self._db.read(lambda tx: rows.list_webhooks(tx, [ctx.project_id]))

    def get(self, ctx: Context, webhook_id: str) -> Row:
        """Raises NotFound."""
        self._policy.check(ctx, "compute:webhooks:list")
        row = self._db.read(lambda tx: rows.get(tx, webhook_id, ctx.project_id))
        if row is None:
            raise NotFound(NOUN, webhook_id)
        return row

    def create(self, ctx: Context, url: str, events: Texts) -> tuple[Row, str]:
        """(row, the secret that signs what is sent there). Raises Conflict where there are no webhooks, Invalid (`url`,
        `events`), QuotaExceeded."""
        self._policy.check(ctx, "compute:webhooks:create")
        if not self._key:
            raise Conflict("This cloud has no webhooks.", NOUN, code="off")
        self._check(url, events)
        row = {"id": concurrency.new_id(), "project_id": home(ctx), "user_id": ctx.user_id, "url": url,
               "events": events}  # fmt: skip

        def work(tx: Transaction) -> Row:
            if len(rows.list_webhooks(tx, [ctx.project_id])) >= MOST:
                raise QuotaExceeded(f"The maximum number of webhooks is {MOST}.", NOUN, resource=NOUN, limit=MOST)
            return rows.insert(tx, row)

        made = self._db.transact(work)
        return made, webhook_signing.secret(self._key, made["id"])

    def delete(self, ctx: Context, webhook_id: str) -> None:
        """What was not delivered yet is not any more. Raises NotFound."""
        self._policy.check(ctx, "compute:webhooks:delete")
        if not self._db.transact(lambda tx: rows.delete(tx, webhook_id, ctx.project_id)):
            raise NotFound(NOUN, webhook_id)

    def _check(self, url: str, events: Texts) -> None:
        try:
            download.check(url, self._rules)
        except Invalid:
            raise Invalid("A webhook needs a public address, at a port that is allowed.", NOUN, field="url") from None
        for pattern in events:
            if not any(is_wanted(event, [pattern]) for event in EVENT_TYPES):
                raise Invalid(f"No event is called {pattern}.", NOUN, field="events")


def rules_of(conf: Any) -> download.Rules:
    """Where `[notifications]` lets webhooks be. Raises ValueError for what is no network."""
    options = conf.notifications
    networks = tuple(ipaddress.ip_network(text) for text in options.webhook_networks)
    seconds = options.webhook_seconds
    return download.Rules(tuple(options.webhook_ports), networks, seconds, 2 * seconds)
