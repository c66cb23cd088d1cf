"""flow list, show, retry, cancel: what is under way, one flow's timeline over all daemons, and a hand on it."""

import json
from typing import Any

from nova_like.cmd.manage.base import Plain, Table, when
from nova_like.db import flows

WHICH = "id of the flow, or of its instance or volume (its newest flow then)"


class List(Table):
    """The newest flows; only unfinished ones unless --all. `fault` is what the present step or its undo failed with
    last, or why the flow turned round."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--all", action="store_true")
        which.add_argument("--parked", action="store_true", help="only those whose undo failed; they are tried again")
        parser.add_argument("--limit", type=int, default=100)
        return parser

    def work(self, args: Any) -> Any:
        states = None if args.all else ("parked",) if args.parked else flows.LIVE
        rows = self.app.database.read(lambda tx: flows.list_flows(tx, states, args.limit))
        columns = ("id", "kind", "resource", "state", "step", "attempts", "host", "created", "due", "fault")
        return columns, [_line(row) for row in rows]


def _line(row: dict[str, Any]) -> tuple:
    fault = (row["facts"] or {}).get("trouble") or (row["fault"] or {}).get("reason", "")
    return (row["id"], row["kind"], row["resource_id"], row["state"], row["step_name"], row["attempts"],
            row["host"] or "-", when(row["created_at"]), when(row["due_at"]), fault)  # fmt: skip


class Show(Table):
    """The timeline of a flow: what happened when, on which host; times of the database."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("flow", help=WHICH)
        return parser

    def work(self, args: Any) -> Any:
        from nova_like.flows import steering

        flow = self.app.database.read(lambda tx: steering.find(tx, args.flow))
        entries = self.app.database.read(lambda tx: flows.timeline(tx, flow["id"]))
        begun = (when(flow["created_at"]), "", f"{flow['kind']} asked for by {flow['user_id'] or '-'}", "api",
                 flow["request_id"])  # fmt: skip
        return ("at", "step", "event", "host", "detail"), [begun, *(_entry(entry) for entry in entries)]


def _entry(entry: dict[str, Any]) -> tuple:
    detail = json.dumps(entry["detail"]) if entry["detail"] else ""
    return (when(entry["at"]), entry["step"], entry["event"], entry["host"] or "-", detail)


class _Steered(Plain):
    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("flow", help=WHICH)
        return parser


class Retry(_Steered):
    """Try a parked or waiting flow now; any scheduler finds it within its next sweep."""

    def work(self, args: Any) -> None:
        from nova_like.flows import steering

        flow = self.app.database.transact(lambda tx: steering.retry(tx, args.flow))
        self.app.stdout.write(f"{flow['kind']} {flow['id']} ({flow['state']} at {flow['step_name'] or 'its start'}) "
                              "is due now\n")  # fmt: skip


class Cancel(_Steered):
    """Have a flow take back what it did. What was being booted or created is then in ERROR, and may be deleted."""

    def work(self, args: Any) -> None:
        from nova_like.flows import steering

        flow = self.app.database.transact(lambda tx: steering.cancel(tx, args.flow))
        self.app.stdout.write(f"{flow['kind']} {flow['id']} (at {flow['step_name'] or 'its start'}) unwinds at its "
                              "next turn\n")  # fmt: skip
