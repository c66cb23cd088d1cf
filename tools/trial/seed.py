"""The first contents of a trial cloud, made through the public API as any user would make them. Each step is done once:
what a person removes later is not made again."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tools.trial import settings
from tools.trial.client import Client, Refused
from tools.trial.credentials import Credentials
from tools.trial.layout import Layout
from tools.trial.processes import Failed, until

IMAGE = "guest"
KEY = "trial"
SERVER = "first"
FLAVOR = "m1.nano"
NETWORK = "flat"
NETWORK_CIDR = "10.77.0.0/16"


class Seed:
    """Remembers in DIR/seeded.json which steps were done."""

    def __init__(self, layout: Layout, credentials: Credentials, demo: Client, admin: Client) -> None:
        self._done_in = layout.state / "seeded.json"
        self._done = settings.load(self._done_in)
        self._layout, self._credentials = layout, credentials
        self._demo, self._admin = demo, admin

    def once(self, step: str, work: Callable[[], object]) -> bool:
        """Do a step unless it was done; False when it was."""
        if self._done.get(step):
            return False
        work()
        self._done[step] = True
        settings.save(self._done_in, self._done)
        return True

    def contents(self, image: Callable[[], tuple[Path, str]]) -> list[str]:
        """Image, key, ssh rule and EC2 credentials; the names of what was made."""
        steps: dict[str, Callable[[], object]] = {
            "image": lambda: self._image(*image()),
            "key": self._key,
            "ssh rule": self._rules,
            "ec2 credentials": self._ec2,
        }
        return [step for step, work in steps.items() if self.once(step, work)]

    def boot(self) -> bool:
        """The first server; False when it was booted before."""
        return self.once("server", self._boot)

    def _image(self, path: Path, disk_format: str) -> None:
        same = [image for image in self._images() if image["name"] == IMAGE]
        for image in [image for image in same if image["status"] == "queued"]:
            self._admin.call("DELETE", f"/image/v2/images/{image['id']}")  # an upload that was broken off
        if any(image["status"] == "active" for image in same):
            return
        facts = {"name": IMAGE, "disk_format": disk_format, "container_format": "bare", "visibility": "public"}
        made = self._admin.post("/image/v2/images", facts)
        data = path.read_bytes()
        kind = "application/octet-stream"
        self._admin.call("PUT", f"/image/v2/images/{made['id']}/file", data, kind, limit_s=300)

    def _images(self) -> list[dict[str, Any]]:
        return list(self._admin.get(f"/image/v2/images?name={IMAGE}")["images"])

    def _key(self) -> None:
        public = self._layout.ssh_key.with_suffix(".pub").read_text().strip()
        _unless_there(
            lambda: self._demo.post("/compute/v2.1/os-keypairs", {"keypair": {"name": KEY, "public_key": public}})
        )

    def _rules(self) -> None:
        groups = self._demo.get("/network/v2.0/security-groups?name=default")["security_groups"]
        for protocol, ports in (("tcp", {"port_range_min": 22, "port_range_max": 22}), ("icmp", {})):
            rule = {"security_group_id": groups[0]["id"], "direction": "ingress", "ethertype": "IPv4"}
            body = {"security_group_rule": {**rule, "protocol": protocol, "remote_ip_prefix": "0.0.0.0/0", **ports}}
            _unless_there(partial(self._demo.post, "/network/v2.0/security-group-rules", body))

    def _ec2(self) -> None:
        self._demo.get("/compute/v2.1/os-keypairs")  # any request: the client then knows its user and project
        path = f"/identity/v3/users/{self._demo.user_id}/credentials/OS-EC2"
        made = self._demo.post(path, {"tenant_id": self._demo.project_id})["credential"]
        self._credentials.keep_ec2(made["access"], made["secret"])

    def _boot(self) -> None:
        image = next(image["id"] for image in self._images() if image["status"] == "active")
        flavors = self._demo.get("/compute/v2.1/flavors")["flavors"]
        flavor = next(flavor["id"] for flavor in flavors if flavor["name"] == FLAVOR)
        networks = self._demo.get(f"/network/v2.0/networks?name={NETWORK}")["networks"]
        server = {"name": SERVER, "imageRef": image, "flavorRef": flavor, "key_name": KEY}
        server["networks"] = [{"uuid": networks[0]["id"]}]
        made = self._demo.post("/compute/v2.1/servers", {"server": server})["server"]
        self._wait(made["id"], "ACTIVE")

    def start(self) -> None:
        """Switch the first server on again, once the cloud has noticed that it is off."""
        server = self._first()
        self._wait(server["id"], "SHUTOFF")
        self._demo.post(f"/compute/v2.1/servers/{server['id']}/action", {"os-start": None})
        self._wait(server["id"], "ACTIVE")

    def is_active(self) -> bool:
        """Whether the cloud takes the first server for running."""
        return bool(self._first().get("status") == "ACTIVE")

    def _first(self) -> dict[str, Any]:
        listed = self._demo.get("/compute/v2.1/servers/detail")["servers"]
        return next((server for server in listed if server["name"] == SERVER), {})

    def _wait(self, server_id: str, wanted: str, limit_s: float = 180) -> None:
        def there() -> bool:
            server = self._demo.get(f"/compute/v2.1/servers/{server_id}")["server"]
            if server["status"] == "ERROR":
                raise Failed(f"the server {SERVER} is in ERROR: {server.get('fault')}")
            return bool(server["status"] == wanted)

        until(there, limit_s, f"the server {SERVER} does not become {wanted}", every_s=0.25)


def wait_for_hosts(admin: Client, count: int, limit_s: float = 120) -> None:
    """Until so many compute hosts are up."""
    deadline = time.monotonic() + limit_s
    while True:
        services = admin.get("/compute/v2.1/os-services?binary=nova-compute")["services"]
        up = [service["host"] for service in services if service["state"] == "up"]
        if len(up) >= count:
            return
        if time.monotonic() > deadline:
            raise Failed(f"only {len(up)} of {count} compute hosts are up after {limit_s:g} s: {up}")
        time.sleep(0.2)


def _unless_there(work: Callable[[], object]) -> None:
    try:
        work()
    except Refused as refused:
        if refused.status != 409:
            raise
