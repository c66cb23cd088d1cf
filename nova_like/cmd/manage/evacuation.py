"""host evacuate: the instances of a machine that is lost come up on others."""

from typing import Any

from nova_like.cmd.manage.base import Plain
from nova_like.db import hosts, instances
from nova_like.model.errors import Conflict, Fault, NotFound


class Evacuate(Plain):
    """Start the instances of a machine that was fenced on others, out of their images: their disks are lost, ids and
    addresses stay. What they were is purged from the machine when it is back. Status 1 when one cannot be moved."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("name")
        return parser

    def work(self, args: Any) -> None:
        from nova_like.cmd.manage.inner import operator

        name, app = args.name, self.app
        rows, held = app.database.read(lambda tx: (hosts.all_of(tx, name), instances.on_hosts(tx, [name])))
        if not rows:
            raise NotFound("host", name, f"No host is called {name}; see `nova-like-manage host list`.")
        if not held:
            app.stdout.write(f"{name} holds no instance: there is nothing to evacuate\n")
            return
        if any(row["forced"] != "fenced" for row in rows):
            raise Conflict(f"Nothing was moved: nobody said that {name} is off. See to it that it is, then "
                           f"`nova-like-manage host fence {name} --yes`.")  # fmt: skip
        api = operator(app)
        refused = [said for row in held[name] if (said := _evacuated(api, row["id"]))]
        app.stdout.write(f"{len(held[name]) - len(refused)} instances of {name} are on their way to other hosts\n")
        if refused:
            raise Conflict("Not moved: " + "; ".join(refused))


def _evacuated(api: Any, id: str) -> str:
    """What is said against it; empty when it is on its way."""
    try:
        api.services.evacuating.evacuate(api.context, id)
    except Fault as fault:
        return f"{id}: {fault.reason}"
    return ""
