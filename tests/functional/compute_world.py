"""A cloud for the compute API's tests: the real application, services and database. Test code; holds no assertion."""

import json
from pathlib import Path
from typing import Any

from webob import Request, Response

from nova_like.api.native.compute import app
from nova_like.model.context import Context
from nova_like.services.limits import Limits
from tests.functional.ec2_world import QUOTA, World

UNKNOWN = "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f"
ROLES = {"reader": ("reader",), "member": ("member", "reader"), "admin": ("admin", "manager", "member", "reader")}
LIMITS = {"instances": QUOTA, "cores": 1000, "ram": 512000, "key_pairs": 100, "metadata_items": 128}


class Compute(World):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.services.limits = Limits(self.db, self.services.policy, LIMITS)
        self.compute = app()

    def project(self, name: str) -> "Project":
        return Project(self, name)


class Project:
    """A project with an image and a network, and its users by role."""

    def __init__(self, world: Compute, name: str) -> None:
        self.world, self.id = world, name.ljust(32, "0")
        self.image = world.add_image(self.id, "debian")["id"]
        self.network, self.subnet = world.add_network(self.id)

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
