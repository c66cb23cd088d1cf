"""host evacuate: what becomes of the instances of a machine that is lost. It moves nothing: no flow does so yet."""

from typing import Any

from nova_like.cmd.manage.base import Plain
from nova_like.db import hosts, occupancy
from nova_like.model.errors import Conflict, NotFound


class Evacuate(Plain):
    """Say what a lost machine holds. This release cannot start its instances on another one: they stay where they are
    until the machine is back, or until they are deleted. Status 1 when there are any."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("name")
        return parser

    def work(self, args: Any) -> None:
        name = args.name
        rows, held = self.app.database.read(lambda tx: (hosts.all_of(tx, name), occupancy.held(tx, name)))
        if not rows:
            raise NotFound("host", name, f"No host is called {name}; see `nova-like-manage host list`.")
        ids = held.get("instance", [])
        if ids:
            raise Conflict(f"Nothing was moved: this release cannot start instances of {name} ({', '.join(ids)}) on "
                           "another host. They come back with it; those that are deleted are gone once it confirms "
                           f"that, or after `nova-like-manage host fence {name}`.")  # fmt: skip
        self.app.stdout.write(f"{name} holds no instance: there is nothing to evacuate\n")
