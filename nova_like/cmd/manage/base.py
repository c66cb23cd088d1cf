"""What the commands share: the application's configuration and database, faults as one line, times for people."""

import datetime
import io
import json
from typing import Any

from cliff.command import Command
from cliff.lister import Lister
from cliff.show import ShowOne

from nova_like.model.errors import Fault


class _OfManage:
    app: Any  # cmd.manage.app.Manage: `conf`, `database`, `stdout`


class Plain(_OfManage, Command):
    """A command that prints no table. `work(args)` may raise Fault, which is said on one line (status 1). With
    `-f json` the lines that it writes are a list; one whose `own_format` is set sees to that itself."""

    own_format = False

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        if not self.own_format:
            parser.add_argument("-f", "--format", choices=["text", "json"], default="text", dest="text_or_json")
        return parser

    def take_action(self, args: Any) -> int:
        if getattr(args, "text_or_json", "text") == "text":
            return _guarded(self.work, args) or 0
        out, self.app.stdout = self.app.stdout, io.StringIO()
        try:
            status = _guarded(self.work, args) or 0
            said = self.app.stdout.getvalue().splitlines()
        finally:
            self.app.stdout = out
        out.write(json.dumps({"status": status, "lines": said}, indent=2) + "\n")
        return status

    def work(self, args: Any) -> int | None:
        raise NotImplementedError


class Table(_OfManage, Lister):
    """A list; `work(args)` gives (columns, rows)."""

    def take_action(self, args: Any) -> Any:
        return _guarded(self.work, args)

    def work(self, args: Any) -> Any:
        raise NotImplementedError


class One(_OfManage, ShowOne):
    """One thing; `work(args)` gives its facts as a dictionary."""

    def take_action(self, args: Any) -> Any:
        facts = _guarded(self.work, args)
        return tuple(facts), tuple(facts.values())

    def work(self, args: Any) -> dict[str, Any]:
        raise NotImplementedError


def _guarded(work: Any, args: Any) -> Any:
    try:
        return work(args)
    except Fault as fault:
        raise SystemExit(f"nova-like-manage: {fault.reason}") from None


def when(seconds: float | None) -> str:
    """A time of the database for people, UTC."""
    if seconds is None:
        return "-"
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
