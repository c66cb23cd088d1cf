"""What can be done to a server by POST .../action."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.common.routing import Action
from nova_like.api.native.compute.schemas import servers as schemas
from nova_like.model.errors import Invalid

Json = dict[str, Any]


def start(req: Request, server_id: str) -> None:
    req.services.instances.start(req.ctx, server_id)


def stop(req: Request, server_id: str) -> None:
    req.services.instances.stop(req.ctx, server_id)


def reboot(req: Request, server_id: str) -> None:
    soft = req.body_json["reboot"]["type"].upper() == "SOFT"
    req.services.instances.reboot(req.ctx, server_id, soft=soft)


def console(req: Request, server_id: str) -> Json:
    """The last `length` lines; -1 and none are all that is kept."""
    asked = (req.body_json["os-getConsoleOutput"] or {}).get("length")
    length = -1 if asked is None else int(asked)
    if length < -1:
        raise Invalid("Invalid input for field/attribute length.", field="length")
    output = req.services.instances.console_output(req.ctx, server_id)
    return {"output": output if length == -1 else _last_lines(output, length)}


def _last_lines(text: str, count: int) -> str:
    return "\n".join(text.split("\n")[-count:]) if count else ""


def lock(req: Request, server_id: str) -> None:
    asked = req.body_json["lock"]
    reason = asked.get("locked_reason") if isinstance(asked, dict) else None
    req.services.instance_locks.lock(req.ctx, server_id, reason)


def unlock(req: Request, server_id: str) -> None:
    req.services.instance_locks.unlock(req.ctx, server_id)


def force_delete(req: Request, server_id: str) -> None:
    req.services.soft_deletes.force(req.ctx, server_id)


def restore(req: Request, server_id: str) -> None:
    req.services.soft_deletes.restore(req.ctx, server_id)


ACTIONS = {
    "os-start": Action(start, schemas.NOTHING),
    "os-stop": Action(stop, schemas.NOTHING),
    "reboot": Action(reboot, schemas.REBOOT),
    "lock": Action(lock, schemas.LOCK),
    "unlock": Action(unlock, schemas.NOTHING),
    "os-getConsoleOutput": Action(console, schemas.CONSOLE, status=200),
    "forceDelete": Action(force_delete, schemas.NOTHING),
    "restore": Action(restore, schemas.NOTHING),
}
