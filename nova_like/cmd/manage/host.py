"""host list, show, enable, disable."""

from typing import Any

from nova_like.cmd.manage.base import One, Plain, Table, when
from nova_like.db import hosts
from nova_like.model.errors import NotFound


def _named(app: Any, kind: str, name: str) -> dict[str, Any]:
    row = app.database.read(lambda tx: hosts.by_name(tx, kind, name))
    if row is None:
        raise NotFound("host", name, f"No {kind} host is called {name}; see `nova-like-manage host list`.")
    return row


def _state(app: Any, row: dict[str, Any]) -> str:
    silent = row["silent_seconds"]
    return "up" if silent is not None and silent < app.conf.scheduler.host_down_seconds else "down"


class List(Table):
    """All hosts, what serves them, and what is claimed of them."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("--kind", choices=["compute", "network", "volume", "scheduler"])
        return parser

    def work(self, args: Any) -> Any:
        columns = ("kind", "name", "state", "enabled", "zone", "address", "instances", "vcpus", "ram_mib", "disk_gib")
        rows = self.app.database.read(lambda tx: hosts.list_hosts(tx, args.kind))
        return columns, [self._line(row) for row in rows]

    def _line(self, row: dict[str, Any]) -> tuple:
        sizes = tuple(f"{row[f'{size}_used']}/{row[size]}" for size in hosts.CAPACITY)
        known = (row["kind"], row["name"], _state(self.app, row), row["enabled"], row["zone"], row["address"])
        return (*known, row["instances"], *sizes)


def _named_in(parser: Any) -> Any:
    parser.add_argument("name")
    parser.add_argument("--kind", choices=["compute", "network", "volume"], default="compute")
    return parser


class _OnHost(Plain):
    def get_parser(self, prog_name: str) -> Any:
        return _named_in(super().get_parser(prog_name))


class Show(One):
    """Everything known of a host."""

    def get_parser(self, prog_name: str) -> Any:
        return _named_in(super().get_parser(prog_name))

    def work(self, args: Any) -> dict[str, Any]:
        row = _named(self.app, args.kind, args.name)
        times = {name: when(row[name]) for name in ("seen_at", "created_at", "updated_at")}
        hidden = {"now", "silent_seconds"}
        return {"state": _state(self.app, row), **{k: v for k, v in row.items() if k not in hidden}, **times}


class Enable(_OnHost):
    """Let a host have new work."""

    def work(self, args: Any) -> None:
        id = _named(self.app, args.kind, args.name)["id"]
        self.app.database.transact(lambda tx: hosts.set_enabled(tx, id, True))


class Disable(_OnHost):
    """Give a host no new work; what runs there goes on."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("--reason", default="disabled by the operator")
        return parser

    def work(self, args: Any) -> None:
        id = _named(self.app, args.kind, args.name)["id"]
        self.app.database.transact(lambda tx: hosts.set_enabled(tx, id, False, args.reason))
