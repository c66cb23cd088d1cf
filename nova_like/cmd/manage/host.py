"""host list, show, enable, disable; drain, return, down, fence: a word about a whole machine."""

from typing import Any

from nova_like.cmd.manage.base import One, Plain, Table, when
from nova_like.cmd.manage.removal import REMEDIES
from nova_like.db import hosts, occupancy, tombstones
from nova_like.model.errors import Conflict, NotFound
from nova_like.model.states import is_up


def _named(app: Any, kind: str, name: str) -> dict[str, Any]:
    row = app.database.read(lambda tx: hosts.by_name(tx, kind, name))
    if row is None:
        raise NotFound("host", name, f"No {kind} host is called {name}; see `nova-like-manage host list`.")
    return row


def _state(app: Any, row: dict[str, Any]) -> str:
    return "up" if is_up(row, app.conf.scheduler.host_down_seconds) else row["forced"] or "down"


class List(Table):
    """All hosts, what serves them, and what is claimed of them."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("--kind", choices=["compute", "network", "volume", "scheduler"])
        return parser

    def work(self, args: Any) -> Any:
        columns = ("kind", "name", "state", "enabled", "reason", "zone", "address", "instances", "vcpus", "ram_mib",
                   "disk_gib")  # fmt: skip
        rows = self.app.database.read(lambda tx: hosts.list_hosts(tx, args.kind))
        return columns, [self._line(row) for row in rows]

    def _line(self, row: dict[str, Any]) -> tuple:
        sizes = tuple(f"{row[f'{size}_used']}/{row[size]}" for size in hosts.CAPACITY)
        known = (row["kind"], row["name"], _state(self.app, row), row["enabled"],
                 row["disabled_reason"] or "", row["zone"], row["address"])  # fmt: skip
        return (*known, row["instances"], *sizes)


def _named_in(parser: Any) -> Any:
    parser.add_argument("name")
    parser.add_argument("--kind", choices=["compute", "network", "volume"], default="compute")
    return parser


class _OnHost(Plain):
    def get_parser(self, prog_name: str) -> Any:
        return _named_in(super().get_parser(prog_name))


class Show(One):
    """Everything known of a host, and what it still holds of deleted instances or volumes (tombstones)."""

    def get_parser(self, prog_name: str) -> Any:
        return _named_in(super().get_parser(prog_name))

    def work(self, args: Any) -> dict[str, Any]:
        row = _named(self.app, args.kind, args.name)
        times = {name: when(row[name]) for name in ("seen_at", "created_at", "updated_at")}
        hidden = {"now", "silent_seconds"}
        left = self.app.database.read(lambda tx: tombstones.on_host(tx, row["name"], row["kind"]))
        shown = [f"{stone['kind']} {stone['resource_id']} since {when(stone['created_at'])}" for stone in left]
        known = {name: value for name, value in row.items() if name not in hidden}
        return {"state": _state(self.app, row), **known, **times, "tombstones": shown}


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


class _OnMachine(Plain):
    """All that has this name: compute, network and volume agents alike."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("name")
        return parser

    def _require(self, tx: Any, name: str) -> None:
        if not hosts.all_of(tx, name):
            raise NotFound("host", name, f"No host is called {name}; see `nova-like-manage host list`.")


class Drain(_OnMachine):
    """Maintenance: no new instances or volumes come to a host, and what is under way there ends. Guests stay and run
    on: migrate, stop or delete them before you switch the machine off."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("--reason", default="", help="shown beside 'maintenance'")
        return parser

    def work(self, args: Any) -> None:
        reason = f"maintenance: {args.reason}" if args.reason else "maintenance"

        def drain(tx: Any) -> dict[str, list[str]]:
            self._require(tx, args.name)
            hosts.switch(tx, args.name, False, reason[:255])
            return occupancy.held(tx, args.name)

        left = self.app.database.transact(drain)
        self.app.stdout.write(f"{args.name} gets no new work\n")
        for what, ids in left.items():
            self.app.stdout.write(f"it still has {what}s: {', '.join(ids)}; {REMEDIES[what]}\n")


class Return(_OnMachine):
    """A host is back from maintenance, or was not down after all: it gets new work again."""

    def work(self, args: Any) -> None:
        def back(tx: Any) -> None:
            self._require(tx, args.name)
            hosts.force(tx, args.name, "")
            hosts.switch(tx, args.name, True, None)

        self.app.database.transact(back)


class Down(_OnMachine):
    """Nobody is to wait for a host: it counts as away, whatever it reports, until `host return`. What is deleted on it
    stays held until it confirms that all is gone."""

    def work(self, args: Any) -> None:
        def down(tx: Any) -> None:
            self._require(tx, args.name)
            hosts.force(tx, args.name, "down")

        self.app.database.transact(down)


class Fence(_OnMachine):
    """Declare that a machine is switched off. What its tombstones hold (claims, addresses, MACs) is free at once: if
    it runs after all, two guests may have one address. Refused while it is heard of."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("--yes", action="store_true", help="it is off: I have seen to it")
        return parser

    def work(self, args: Any) -> None:
        from nova_like.flows.fencing import fence

        if not args.yes:
            raise Conflict(f"Nothing was done. See to it that {args.name} is off, then say --yes.")
        seconds = self.app.conf.scheduler.host_down_seconds
        released = self.app.database.transact(lambda tx: fence(tx, args.name, seconds))
        self.app.stdout.write(f"{args.name} is fenced; {len(released)} tombstones released\n")
