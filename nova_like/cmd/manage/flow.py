"""flow list, show: what is under way, and the timeline of one flow over all daemons."""

import json
from typing import Any

from nova_like.cmd.manage.base import Table, when
from nova_like.db import flows
from nova_like.model.errors import NotFound


class List(Table):
    """The newest flows; only unfinished ones unless --all."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("--all", action="store_true")
        parser.add_argument("--limit", type=int, default=100)
        return parser

    def work(self, args: Any) -> Any:
        states = None if args.all else flows.LIVE
        rows = self.app.database.read(lambda tx: flows.list_flows(tx, states, args.limit))
        columns = ("id", "kind", "resource", "state", "step", "attempts", "host", "created", "due", "fault")
        return columns, [_line(row) for row in rows]


def _line(row: dict[str, Any]) -> tuple:
    fault = (row["fault"] or {}).get("reason", "")
    return (row["id"], row["kind"], row["resource_id"], row["state"], row["step_name"], row["attempts"],
            row["host"] or "-", when(row["created_at"]), when(row["due_at"]), fault)  # fmt: skip


class Show(Table):
    """The timeline of a flow: what happened when, on which host; times of the database."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("flow", help="id of the flow, or of its instance or volume (its newest flow then)")
        return parser

    def work(self, args: Any) -> Any:
        flow = self._find(args.flow)
        entries = self.app.database.read(lambda tx: flows.timeline(tx, flow["id"]))
        begun = (when(flow["created_at"]), "", f"{flow['kind']} asked for by {flow['user_id'] or '-'}", "api",
                 flow["request_id"])  # fmt: skip
        return ("at", "step", "event", "host", "detail"), [begun, *(_entry(entry) for entry in entries)]

    def _find(self, id: str) -> dict[str, Any]:
        found = self.app.database.read(lambda tx: flows.get(tx, id))
        if found is None:
            newest = self.app.database.read(lambda tx: flows.history(tx, id))
            if not newest:
                raise NotFound("flow", id, f"There is no flow {id}, nor one of a resource of this id.")
            found = newest[0]
        return found


def _entry(entry: dict[str, Any]) -> tuple:
    detail = json.dumps(entry["detail"]) if entry["detail"] else ""
    return (when(entry["at"]), entry["step"], entry["event"], entry["host"] or "-", detail)
