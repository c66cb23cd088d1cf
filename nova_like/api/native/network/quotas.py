"""Handlers of the network API's quotas. Only groups and rules are limited."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.model.errors import Invalid

Json = dict[str, Any]
_LIMITED = {"security_group": "security_groups", "security_group_rule": "security_group_rules"}
_FREE = ("network", "subnet", "port")


def _shown(limits: dict[str, int]) -> Json:
    return {"quota": {**dict.fromkeys(_FREE, -1), **{name: limits[key] for name, key in _LIMITED.items()}}}


def show(req: Request, project_id: str) -> Json:
    return _shown(req.services.security_groups.usage(req.ctx, project_id)[0])


def details(req: Request, project_id: str) -> Json:
    limits, used = req.services.security_groups.usage(req.ctx, project_id)
    shown = {name: {"limit": limits[key], "used": used[key], "reserved": 0} for name, key in _LIMITED.items()}
    return {"quota": shown}


def update(req: Request, project_id: str) -> Json:
    """Less than is used is taken too, unless `check_limit` is asked for: none is made then until enough is gone."""
    asked = req.body_json["quota"]
    values = {_LIMITED[name]: value for name, value in asked.items() if name in _LIMITED}
    if asked.get("check_limit"):
        _check(values, req.services.security_groups.usage(req.ctx, project_id)[1])
    return _shown(req.services.limits.set(req.ctx, project_id, values, force=True))


def _check(values: dict[str, int], used: dict[str, int]) -> None:
    for name, most in values.items():
        if 0 <= most < used[name]:
            raise Invalid(f"Invalid quota limit {most} for {name}: {used[name]} are used.", "quota", field=name)


def delete(req: Request, project_id: str) -> None:
    req.services.limits.reset(req.ctx, project_id, _LIMITED.values())


def default(req: Request, project_id: str) -> Json:
    return _shown(req.services.limits.defaults(req.ctx))
