"""What the commands share: the application's configuration and database, faults as one line, times for people."""

import datetime
from typing import Any

from cliff.command import Command
from cliff.lister import Lister
from cliff.show import ShowOne

from nova_like.model.errors import Fault


class _OfManage:
    app: Any  # cmd.manage.app.Manage: `conf`, `database`, `stdout`


class Plain(_OfManage, Command):
    """A command that prints no table. `work(args)` may raise Fault, which is said on one line (status 1)."""

    def take_action(self, args: Any) -> int:
        return _guarded(self.work, args) or 0

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
