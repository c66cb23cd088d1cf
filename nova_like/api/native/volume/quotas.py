"""Handlers of limits and quota sets."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.model.errors import Invalid, NotFound

Json = dict[str, Any]
_NONE = ("snapshots", "backups", "groups", "backup_gigabytes")  # there are none of these to limit
_COUNTED = ("volumes", "gigabytes")


def limits(req: Request) -> Json:
    most, used = req.services.volumes.usage(req.ctx)
    absolute = {
        "maxTotalVolumes": most["volumes"], "totalVolumesUsed": used.get("volumes", 0),
        "maxTotalVolumeGigabytes": most["gigabytes"], "totalGigabytesUsed": used.get("gigabytes", 0),
        "maxTotalSnapshots": 0, "totalSnapshotsUsed": 0, "maxTotalBackups": 0, "totalBackupsUsed": 0,
        "maxTotalBackupGigabytes": 0, "totalBackupGigabytesUsed": 0,
    }  # fmt: skip
    return {"limits": {"rate": [], "absolute": absolute}}


def _shown(most: dict[str, int]) -> Json:
    return {**{name: most[name] for name in _COUNTED}, **dict.fromkeys(_NONE, 0), "per_volume_gigabytes": -1}


def quota_set(req: Request, target_id: str) -> Json:
    """The caller's own project's; another's is to be found by operators only."""
    if target_id == req.ctx.project_id:
        most, used = req.services.volumes.usage(req.ctx)
    elif req.ctx.is_admin:
        most, used = req.services.limits.show(req.ctx, target_id)
    else:
        raise NotFound("project", target_id[:64])
    shown = _shown(most)
    if req.flag("usage"):
        shown = {name: {"limit": limit, "in_use": used.get(name, 0), "reserved": 0} for name, limit in shown.items()}
    return {"quota_set": {"id": target_id, **shown}}


def defaults(req: Request, target_id: str) -> Json:
    return {"quota_set": {"id": target_id, **_shown(req.services.limits.defaults(req.ctx))}}


def update(req: Request, target_id: str) -> Json:
    """Less than is used is taken too, unless `skip_validation=false`: nothing is made then until enough is given up."""
    force = req.flag("skip_validation", True)
    return {"quota_set": _shown(req.services.limits.set(req.ctx, target_id, req.body_json["quota_set"], force))}


def delete(req: Request, target_id: str) -> None:
    req.services.limits.reset(req.ctx, target_id, _COUNTED)


def show_class(req: Request, class_id: str) -> Json:
    """Any name may be asked for and shows the same limits: there is one class."""
    return {"quota_class_set": {"id": class_id, **_shown(req.services.limits.defaults(req.ctx))}}


def update_class(req: Request, class_id: str) -> Json:
    if class_id != "default":
        raise Invalid(f"The quota class {class_id[:64]} is of no project: only `default` can be changed.")
    return {"quota_class_set": _shown(req.services.limits.set_defaults(req.ctx, req.body_json["quota_class_set"]))}
