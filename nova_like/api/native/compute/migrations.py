"""Movements of servers between hosts, as operators list them. Nothing moves servers yet, so there are none to list."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.model.errors import NotFound

Json = dict[str, Any]


def index(req: Request) -> Json:
    req.services.policy.check(req.ctx, "compute:servers:migrations")
    return {"migrations": []}


def of_server(req: Request, server_id: str) -> Json:
    req.services.instance_words.require(req.ctx, server_id, "migrations")
    return {"migrations": []}


def one_of_server(req: Request, server_id: str, migration_id: str) -> Json:
    req.services.instance_words.require(req.ctx, server_id, "migrations")
    raise NotFound("migration", migration_id, f"Server {server_id} has no migration {migration_id[:64]} going on.")
