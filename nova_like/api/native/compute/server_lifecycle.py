"""Actions of POST .../action that pause, suspend, rescue, rebuild and resize a server."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.common.routing import Action
from nova_like.api.native.compute import server_files, server_request
from nova_like.api.native.compute.schemas import lifecycle as schemas
from nova_like.api.native.compute.schemas.servers import NOTHING
from nova_like.api.native.compute.servers import one, shown_password
from nova_like.api.native.compute.views.servers import updated
from nova_like.model.commands import RebuildInstance
from nova_like.model.errors import Invalid
from nova_like.model.ids import normal_uuid

Json = dict[str, Any]
_SINCE = {"user_data": (2, 57), "key_name": (2, 54)}  # what rebuilding shows from when on


def _verb(name: str) -> Action:
    def act(req: Request, server_id: str) -> None:
        getattr(req.services.lifecycle, name)(req.ctx, server_id)

    return Action(act, NOTHING)


def rescue(req: Request, server_id: str) -> Json:
    asked = req.body_json["rescue"] or {}
    image = asked.get("rescue_image_ref")
    req.services.lifecycle.rescue(req.ctx, server_id, _image(image) if image else None)
    return _password(req, asked)


def rebuild(req: Request, server_id: str) -> Json:
    asked = req.body_json["rebuild"]
    if asked.get("metadata"):
        req.services.limits.require(req.ctx, "metadata_items", len(asked["metadata"]))
    values = {name: asked[name] for name in ("name", "description", "metadata", "user_data", "key_name", "hostname")
              if name in asked}  # fmt: skip
    if hints := server_request.hints(asked):
        req.services.instances.update(req.ctx, server_id, hints=_merged(req, server_id, hints))
    values["files"] = server_files.wanted(req, asked) or None
    command = RebuildInstance(_image(asked["imageRef"]), values)
    row = req.services.lifecycle.rebuild(req.ctx, server_id, command)
    view = {**one(req, row, updated), **_password(req, asked)}
    view.pop("OS-EXT-SRV-ATTR:user_data", None)  # here it has another name
    for name, since in _SINCE.items():
        if req.microversion >= since:
            view[name] = row[name]
    return {"server": view}


def resize(req: Request, server_id: str) -> None:
    asked = req.body_json["resize"]
    req.services.resizing.resize(req.ctx, server_id, str(asked["flavorRef"]).rstrip("/").rsplit("/", 1)[-1])
    if hints := server_request.hints(asked):
        req.services.instances.update(req.ctx, server_id, hints=_merged(req, server_id, hints))


def migrate(req: Request, server_id: str) -> None:
    req.services.resizing.migrate(req.ctx, server_id, (req.body_json["migrate"] or {}).get("host"))


def migrate_live(req: Request, server_id: str) -> None:
    req.services.instance_words.require(req.ctx, server_id, "migrate_live")
    raise Invalid(f"Server {server_id} cannot be moved while it runs: live migration is not supported. `migrate` stops "
                  "it, and starts it on its new host.", "instance", code="live")  # fmt: skip


def evacuate(req: Request, server_id: str) -> Json:
    """From 2.95 on it does not run when it is there."""
    asked, stopped = req.body_json["evacuate"], req.microversion >= (2, 95)
    req.services.evacuating.evacuate(req.ctx, server_id, asked.get("host"), stopped)
    return _password(req, asked) if req.microversion < (2, 14) else {}


def confirm(req: Request, server_id: str) -> None:
    req.services.resizing.confirm(req.ctx, server_id)


def revert(req: Request, server_id: str) -> None:
    req.services.resizing.revert(req.ctx, server_id)


def _merged(req: Request, server_id: str, hints: Json) -> Json:
    return {**(req.services.instances.get(req.ctx, server_id)["hints"] or {}), **hints}


def _image(reference: str) -> str:
    id = normal_uuid(reference.rstrip("/").rsplit("/", 1)[-1])
    if id is None:
        raise Invalid("Invalid imageRef provided.", field="imageRef")
    return id


def _password(req: Request, asked: Json) -> Json:
    password = shown_password(req, asked)
    return {} if password is None else {"adminPass": password}


ACTIONS = {
    "pause": _verb("pause"),
    "unpause": _verb("unpause"),
    "suspend": _verb("suspend"),
    "resume": _verb("resume"),
    "rescue": Action(rescue, schemas.RESCUE, status=200),
    "unrescue": _verb("unrescue"),
    "rebuild": Action(rebuild, schemas.REBUILD),
    "resize": Action(resize, schemas.RESIZE),
    "migrate": Action(migrate, schemas.MIGRATE),
    "os-migrateLive": Action(migrate_live, schemas.MIGRATE_LIVE),
    "evacuate": Action(evacuate, schemas.EVACUATE, status=200),
    "confirmResize": Action(confirm, NOTHING, status=204),
    "revertResize": Action(revert, NOTHING),
}
