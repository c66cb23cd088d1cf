"""Handlers of the network API's quotas. Only groups and rules are limited."""

from typing import Any

from nova_like.api.common.request import Request

Json = dict[str, Any]
_LIMITED = {"security_group": "security_groups", "security_group_rule": "security_group_rules"}
_FREE = ("network", "subnet", "port")


def show(req: Request, project_id: str) -> Json:
    limits, _ = req.services.security_groups.usage(req.ctx, project_id)
    return {"quota": {**dict.fromkeys(_FREE, -1), **{name: limits[key] for name, key in _LIMITED.items()}}}


def details(req: Request, project_id: str) -> Json:
    limits, used = req.services.security_groups.usage(req.ctx, project_id)
    shown = {name: {"limit": limits[key], "used": used[key], "reserved": 0} for name, key in _LIMITED.items()}
    return {"quota": shown}


def default(req: Request, project_id: str) -> Json:
    return show(req, project_id)
