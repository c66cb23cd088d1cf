"""A server's history: its flows as the actions that users asked for, their journals as events."""

from nova_like.api.common.request import Request
from nova_like.api.native.compute.changes import CHANGES
from nova_like.api.native.compute.views.links import Json
from nova_like.api.native.compute.views.times import micro_stamp

NAMES = {"boot": "create", "snapshot": "createImage", "backup": "createBackup", "confirm_resize": "confirmResize",
         "revert_resize": "revertResize", "shelve_offload": "shelveOffload", "attach": "attach_volume",
         "detach": "detach_volume", "soft_delete": "delete", "confirm_move": "confirmResize",
         "revert_move": "revertResize"}  # fmt: skip
RESULTS = {"done": "Success", "failed": "Error"}


def brief(req: Request, flow: Json) -> Json:
    view = {
        "action": NAMES.get(flow["kind"], flow["kind"]), "instance_uuid": flow["resource_id"],
        "request_id": flow["request_id"], "user_id": flow["user_id"] or "", "project_id": flow["project_id"] or "",
        "start_time": micro_stamp(flow["created_at"]), "updated_at": micro_stamp(flow["updated_at"]),
        "message": "Error" if flow["fault"] else None,
    }  # fmt: skip
    return CHANGES.apply("instance_action", view, req.microversion)


def detail(req: Request, flow: Json, journal: list[Json]) -> Json:
    return {**brief(req, flow), "events": events(flow, journal)}


def events(flow: Json, journal: list[Json]) -> list[Json]:
    """One event for each step that the journal names. Its entries read `plug done; spawn sent`."""
    steps: dict[str, Json] = {}
    for entry in journal:
        for phrase in (entry["event"] or "").split("; "):
            step, _, what = phrase.partition(" ")
            if what:
                steps.setdefault(step, {"start": entry["at"], "end": None, "result": None})
            if what in RESULTS:
                steps[step] |= {"end": entry["at"], "result": RESULTS[what]}
    return [_event(flow, step, about) for step, about in steps.items()]


def _event(flow: Json, step: str, about: Json) -> Json:
    return {
        "event": f"{flow['kind']}_{step}", "start_time": micro_stamp(about["start"]),
        "finish_time": micro_stamp(about["end"]), "result": about["result"],
    }  # fmt: skip
