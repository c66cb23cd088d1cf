"""Quota sets of projects, and of the class `default`: the limits of all projects that have none of their own."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.compute.schemas.booleans import truth
from nova_like.api.native.compute.schemas.quotas import FILES, NETS, QUOTAS, names
from nova_like.model.errors import Invalid

Json = dict[str, Any]


def _plain(req: Request, limits: dict[str, int]) -> Json:
    return {name: limits[name] for name in names(req.microversion)}


def show(req: Request, project_id: str) -> Json:
    """Users have no limits of their own: asked for a user's, the project's are shown, which hold for him."""
    limits, _ = req.services.limits.show(req.ctx, project_id)
    return {"quota_set": {"id": project_id, **_plain(req, limits)}}


def detail(req: Request, project_id: str) -> Json:
    limits, used = req.services.limits.show(req.ctx, project_id)
    detailed = {name: {"limit": limit, "in_use": used.get(name, 0), "reserved": 0}
                for name, limit in _plain(req, limits).items()}  # fmt: skip
    return {"quota_set": {"id": project_id, **detailed}}


def defaults(req: Request, project_id: str) -> Json:
    return {"quota_set": {"id": project_id, **_plain(req, req.services.limits.defaults(req.ctx))}}


def update(req: Request, project_id: str) -> Json:
    if req.GET.get("user_id"):
        raise Invalid("Limits are set for projects, not for users.", field="user_id")
    asked = dict(req.body_json["quota_set"])
    force = truth(asked.pop("force", False))
    return {"quota_set": _plain(req, req.services.limits.set(req.ctx, project_id, _amounts(asked), force))}


def _amounts(asked: Json) -> dict[str, int]:
    amounts = {name: int(value) for name, value in asked.items()}
    for name, value in amounts.items():
        if not -1 <= value <= 2**31 - 1:
            raise Invalid(f"Invalid input for field/attribute {name}. Value: {value}.", field=name)
    return amounts


def delete(req: Request, project_id: str) -> None:
    req.services.limits.reset(req.ctx, project_id, QUOTAS + FILES + NETS)


def show_class(req: Request, class_id: str) -> Json:
    """Any name may be asked for and shows the same limits: there is one class."""
    return {"quota_class_set": {"id": class_id, **_plain(req, req.services.limits.defaults(req.ctx))}}


def update_class(req: Request, class_id: str) -> Json:
    if class_id != "default":
        raise Invalid(f"The quota class {class_id[:64]} is of no project: only `default` can be changed.")
    found = req.services.limits.set_defaults(req.ctx, _amounts(req.body_json["quota_class_set"]))
    return {"quota_class_set": _plain(req, found)}
