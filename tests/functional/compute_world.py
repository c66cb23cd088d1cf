"""A cloud for the compute API's tests: all services as a program makes them, the real database and application; only
the daemons are played. Test code; holds no assertion."""

import base64
import ipaddress
import json
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from webob import Request, Response

from nova_like import concurrency, conf, services
from nova_like.api.native.compute import app
from nova_like.db import attachments, flavors, hosts, instances, leaving, locks, moves, ports, volumes
from nova_like.db.engine import Database
from nova_like.db.schema import METADATA
from nova_like.db.schema.flows import flows
from nova_like.db.schema.images import images
from nova_like.db.schema.networks import networks, subnets
from nova_like.model import sealing, sizes
from nova_like.model.context import Context
from nova_like.model.errors import Fault
from nova_like.virt.fake import lines

QUOTA = 50
UNKNOWN = "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f"
ROLES = {"reader": ("reader",), "member": ("member", "reader"), "admin": ("admin", "manager", "member", "reader")}
LIMITS = {"instances": QUOTA, "cores": 1000, "ram": 512000, "key_pairs": 100, "metadata_items": 128}
ENDS = {"boot": "active", "start": "active", "stop": "stopped", "reboot": "active", "delete": "deleted",
        "pause": "paused", "suspend": "suspended", "rescue": "rescued",
        "shelve": "offloaded", "shelve_offload": "offloaded", "unshelve": "active",
        "soft_delete": "soft_deleted", "restore": "active",
        "migrate": "resized", "confirm_move": "active", "revert_move": "active",
        "resize": "resized", "confirm_resize": "active", "revert_resize": "active"}  # fmt: skip
MOVES = {
    "resize": "finished",
    "migrate": "finished",
    "confirm_move": "confirmed",
    "revert_move": "reverted",
    "confirm_resize": "confirmed",
    "revert_resize": "reverted",
}


KEY = sealing.new_key()  # takes a while: one for all


class Console:
    """A compute agent, asked for a console, or for a word to the agent in a guest."""

    def __init__(self) -> None:
        self.passwords: list[tuple[str, str, str]] = []
        self.key = KEY
        self.fault: Fault | None = None  # what it answers to a password

    def call(self, ctx: Context, method: str, address: str, **args: Any) -> str:
        if method == "password_key":
            return sealing.public(self.key)
        if method == "set_password" and self.fault:
            raise self.fault
        if method == "set_password":
            self.passwords.append((args["instance_id"], args["user"], sealing.unseal(self.key, args["sealed"])))
            return ""
        if method == "screenshot":
            return base64.b64encode(lines.picture(args["instance_id"])).decode()
        return "login: \x1b[0m \u00e9\n"


class Daemons:
    """Plays scheduler and agents: every flow that was begun has ended well."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def settle(self) -> None:
        self.db.transact(self._end_all)

    def _end_all(self, tx: Any) -> None:
        for flow in tx.rows(sa.select(flows).where(flows.c.due_at.is_not(None))):
            self._end(tx, flow)

    def _end(self, tx: Any, flow: dict[str, Any]) -> None:
        kind, now = flow["then"] or flow["kind"], concurrency.now().timestamp()
        if kind == "volume_create":
            event = "created_for" if attachments.of_volumes(tx, [flow["resource_id"]]) else "created"
            volumes.move(tx, flow["resource_id"], event, host="v1")
        elif kind == "volume_delete":
            volumes.move(tx, flow["resource_id"], "deleted")
        elif kind in ("snapshot", "backup"):
            tx.execute(sa.update(images).where(images.c.id == flow["args"].get("image_id")).values(status="active"))
        elif kind in ("attach", "detach"):
            self._attachment(tx, flow["args"], kind)
        elif kind == "replug":
            leaving.free(tx, flow["resource_id"])
        else:
            self._instance(tx, flow, kind, now)
        locks.release(tx, flow["id"])
        tx.execute(sa.update(flows).where(flows.c.id == flow["id"]).values(state="done", due_at=None))

    def _instance(self, tx: Any, flow: dict[str, Any], kind: str, now: float) -> None:
        values: dict[str, Any] = {"state": ENDS[kind], "host": "h1", "zone": "nova", "launched_at": now}
        if kind in ("migrate", "confirm_move"):
            values["host"] = "h2"
        if kind == "shelve":  # and offloaded at once
            image = flow["args"]["image_id"]
            tx.execute(sa.update(images).where(images.c.id == image).values(status="active"))
            values |= {"host": None, "zone": "", "shelved_image_id": image}
        if kind == "soft_delete":
            values["deleted_at"] = now
        if kind == "delete":
            values["deleted_at"] = now
            ports.release(tx, flow["resource_id"])
            for row in attachments.of_instance(tx, flow["resource_id"]):
                volumes.move(tx, row["volume_id"], "let_go")
                self._attachment(tx, {"volume_id": row["volume_id"], "attachment_id": row["id"]}, "detach")
                for event in ("delete", "deleted") if row["delete_on_termination"] else ():
                    volumes.move(tx, row["volume_id"], event)
        settles = kind == "resize" and bool((flow["args"] or {}).get("settles"))
        if settles and (move := moves.live_of(tx, flow["resource_id"])):
            values |= {"state": "stopped", "flavor": move["new_flavor"], **sizes.of(move["new_flavor"])}
            moves.update(tx, move["id"], state="confirmed")
        instances.update(tx, flow["resource_id"], **values)
        for row in attachments.of_instance(tx, flow["resource_id"]) if kind == "boot" else ():
            volumes.move(tx, row["volume_id"], "created_for")
            self._attachment(tx, {"volume_id": row["volume_id"], "attachment_id": row["id"]}, "attach")
        if kind in MOVES and (move := moves.live_of(tx, flow["resource_id"])):
            target = {"target": "h2"} if kind == "migrate" else {}
            moves.update(tx, move["id"], state=MOVES[kind], **target)

    def _attachment(self, tx: Any, args: dict[str, Any], kind: str) -> None:
        if kind == "attach":
            volumes.move(tx, args["volume_id"], "attached")
            attachments.update(tx, args["attachment_id"], state=attachments.ATTACHED)
        else:
            volumes.move(tx, args["volume_id"], "released")
            attachments.remove(tx, args["attachment_id"])


UP_SECONDS = 86400  # the host reports once, and a module's tests may take long


def add_host(db: Database) -> None:
    host = {"kind": "compute", "name": "h1", "address": "a", "boot_id": "b", "vcpus": 8, "ram_mib": 8192,
            "disk_gib": 100, "facts": {"hypervisor_type": "QEMU", "booted_at": 86400}}  # fmt: skip
    db.transact(lambda tx: hosts.upsert(tx, [host]))


def add_image(db: Database, owner: str) -> str:
    """The id of an image that a project owns."""
    row = {"id": concurrency.new_id(), "owner_id": owner, "name": "debian", "visibility": "shared",
           "status": "active", "min_disk_gib": 0, "min_ram_mib": 0, "virtual_size_bytes": 1,
           "disk_format": "qcow2"}  # fmt: skip
    db.transact(lambda tx: tx.execute(sa.insert(images).values(**row)))
    return str(row["id"])


def add_network(db: Database, owner: str) -> tuple[str, str]:
    """(network id, subnet id) of a project's only network, `net`."""
    network, subnet = concurrency.new_id(), concurrency.new_id()
    low = int(ipaddress.ip_address("10.0.0.0"))
    facts = {"cidr": "10.0.0.0/24", "gateway": "10.0.0.1", "first": low + 2, "last": low + 254}

    def work(tx: Any) -> None:
        tx.execute(sa.insert(networks).values(id=network, project_id=owner, name="net"))
        row = {"id": subnet, "network_id": network, "project_id": owner, "name": "", **facts}
        tx.execute(sa.insert(subnets).values(**row))

    db.transact(work)
    return network, subnet


class Compute:
    def __init__(self, folder: Path) -> None:
        self.conf = conf.new()
        self.conf([], default_config_files=[])
        self.conf.set_override("state_path", str(folder))
        self.conf.set_override("public_url", "http://console.test:6080", "console")
        self.conf.set_override("host_down_seconds", UP_SECONDS, "scheduler")
        self.conf.set_override("key_repository", str(folder / "keys"), "identity")
        for name, limit in LIMITS.items():
            self.conf.set_override(name, limit, "quota")
        self.db = Database(f"sqlite:///{folder}/cloud.sqlite")
        METADATA.create_all(self.db.engine)
        self.build()
        self.daemons = Daemons(self.db)
        self.compute = app()
        self._seed()

    def build(self) -> None:
        """The services, of the configuration as it is now."""
        self.agent = Console()
        self.services = services.build(self.conf, self.db, compute=self.agent)

    def _seed(self) -> None:
        size = {"ephemeral_gib": 0, "swap_mib": 0, "public": True, "disabled": False}
        rows = [{"id": str(n), "name": f"m1.{name}", "vcpus": n, "ram_mib": n * 512, "disk_gib": n, **size}
                for n, name in enumerate(("tiny", "small"), 1)]  # fmt: skip
        self.db.transact(lambda tx: [flavors.insert(tx, row) for row in rows])
        add_host(self.db)

    def project(self, name: str) -> "Project":
        return Project(self, name)


class Project:
    """A project with an image and a network, and its users by role."""

    def __init__(self, world: Compute, name: str) -> None:
        self.world, self.id = world, name.ljust(32, "0")
        self.image = add_image(world.db, self.id)
        self.network, self.subnet = add_network(world.db, self.id)

    def call(
        self, method: str, path: str, body: Any = None, version: str = "2.60", role: str = "member",
        data: bytes | None = None,
    ) -> Response:  # fmt: skip
        request = Request.blank(f"/v2.1{path}", method=method, base_url="http://cloud/compute")
        request.headers["OpenStack-API-Version"] = f"compute {version}"
        if body is not None or data is not None:
            request.body = data if data is not None else json.dumps(body).encode()
            request.content_type = "application/json"
        self.requests = getattr(self, "requests", 0) + 1
        ctx = Context(f"req-{self.id}-{self.requests}", f"{role}-{self.id}"[:36], project_id=self.id, roles=ROLES[role])
        request.environ |= {"nova_like.context": ctx, "nova_like.services": self.world.services,
                            "nova_like.conf": self.world.conf}  # fmt: skip
        return request.get_response(self.world.compute)

    def get(self, path: str, version: str = "2.60", role: str = "member") -> Any:
        """The body of a GET that must succeed."""
        answer = self.call("GET", path, version=version, role=role)
        if answer.status_int != 200:
            raise AssertionError(f"GET {path}: {answer.status_int} {answer.text}")
        return answer.json

    def server(self, name: str = "s", settle: bool = True, **more: Any) -> str:
        """The id of a new server, ACTIVE unless told not to wait."""
        body = {"name": name, "imageRef": self.image, "flavorRef": "1", "networks": "auto", **more}
        answer = self.call("POST", "/servers", {"server": body})
        if answer.status_int != 202:
            raise AssertionError(answer.text)
        if settle:
            self.world.daemons.settle()
        return str(answer.json["server"]["id"])

    def act(self, server: str, action: str, value: Any = None, role: str = "member") -> int:
        return self.call("POST", f"/servers/{server}/action", {action: value}, role=role).status_int
