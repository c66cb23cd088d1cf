"""host evacuate: the instances of a machine that is lost come up on others."""

from typing import Any

from nova_like import concurrency
from nova_like.cmd.manage.base import Plain
from nova_like.db import flows, hosts, instances
from nova_like.model.errors import Conflict, Fault, NotFound

KIND = "evacuate"
LOOK_SECONDS = 1.0


class Evacuate(Plain):
    """Start the instances of a machine that was fenced on others, out of their images: their disks are lost, ids and
    addresses stay. Waits until each is there. What they were is purged from the machine when it is back. Status 1 when
    one could not be moved; done again, it goes on where it was interrupted."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("name")
        parser.add_argument("--no-wait", action="store_true", help="do not wait for what was begun")
        return parser

    def work(self, args: Any) -> None:
        name = args.name
        rows, held = self.app.database.read(lambda tx: (hosts.all_of(tx, name), instances.on_hosts(tx, [name])))
        if not rows:
            raise NotFound("host", name, f"No host is called {name}; see `nova-like-manage host list`.")
        if not held:
            self._say(f"{name} holds no instance: there is nothing to evacuate")
            return
        if any(row["forced"] != "fenced" for row in rows):
            raise Conflict(f"Nothing was moved: nobody said that {name} is off. See to it that it is, then "
                           f"`nova-like-manage host fence {name} --yes`.")  # fmt: skip
        ids = sorted(row["id"] for row in held[name])
        refused = self._begin(ids)
        begun = [id for id in ids if id not in refused]
        self._say(f"{len(begun)} of {len(ids)} instances of {name} are on their way to other hosts")
        if not args.no_wait:
            refused |= self._follow(begun)
        if refused:
            raise Conflict("Not moved: " + "; ".join(f"{id}: {why}" for id, why in refused.items()))

    def _say(self, line: str) -> None:
        self.app.stdout.write(f"{line}\n")
        self.app.stdout.flush()

    def _begin(self, ids: list[str]) -> dict[str, str]:
        """{id: why} of those that cannot be evacuated; the others are on their way, those of an earlier call too."""
        from nova_like.cmd.manage.inner import operator

        api, refused = operator(self.app), {}
        going = self._going(ids)
        for id in ids:
            try:
                if id not in going:
                    api.services.evacuating.evacuate(api.context, id)
            except Fault as fault:
                refused[id] = fault.reason
        return refused

    def _going(self, ids: list[str]) -> set[str]:
        found = self.app.database.read(lambda tx: flows.of_resources(tx, ids))
        return {id for id, flow in found.items() if flow["kind"] == KIND}

    def _follow(self, ids: list[str]) -> dict[str, str]:
        """Say of each what became of it, as soon as that is known. {id: why} of those that failed."""
        failed: dict[str, str] = {}
        waiting = set(ids)
        while waiting:
            for id in sorted(waiting - self._going(sorted(waiting))):
                waiting.discard(id)
                failed |= self._ended(id, f"{len(ids) - len(waiting)} of {len(ids)}")
            if waiting:
                concurrency.sleep(LOOK_SECONDS)
        return failed

    def _ended(self, id: str, count: str) -> dict[str, str]:
        row, history = self.app.database.read(lambda tx: (instances.get(tx, id, None), flows.history(tx, id)))
        flow = next(flow for flow in history if flow["kind"] == KIND)
        if flow["state"] == "done":
            self._say(f"{count}: {id} is on {row['host'] if row else 'no host: it was deleted'}")
            return {}
        why = str((flow["fault"] or {}).get("reason") or "it was given up")
        self._say(f"{count}: {id} stays where it is: {why}")
        return {id: why}
