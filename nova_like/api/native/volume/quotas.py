"""Handlers of limits and quota sets."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.model.errors import NotFound

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


def quota_set(req: Request, target_id: str) -> Json:
    """The caller's own project's; another's is not to be found here."""
    most, used = req.services.volumes.usage(req.ctx)
    if target_id != req.ctx.project_id:
        raise NotFound("project", target_id[:64])
    shown: Json = {**{name: most[name] for name in _COUNTED}, **dict.fromkeys(_NONE, 0), "per_volume_gigabytes": -1}
    if req.flag("usage"):
        shown = {name: {"limit": limit, "in_use": used.get(name, 0), "reserved": 0} for name, limit in shown.items()}
    return {"quota_set": {"id": target_id, **shown}}
