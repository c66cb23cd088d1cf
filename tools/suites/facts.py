"""What a suite must know of a running trial cloud: asked of its public API and read from its state directory. A second
image and a second name of the image API are made when there are none; nothing else is changed."""

from __future__ import annotations

from configparser import RawConfigParser
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tools.trial import seed
from tools.trial.client import Client
from tools.trial.cloud import Cloud, open_state
from tools.trial.credentials import REGION
from tools.trial.daemons import numbered
from tools.trial.processes import Failed, until

SECOND_IMAGE = f"{seed.IMAGE}-2"
REMOTE = "image_remote"  # tempest's name for the image API by another worker


@dataclass
class Facts:
    """Of one cloud; `options` are the `[group] name` values that its API was started with."""

    url: str
    region: str
    password: str
    images: tuple[str, str]
    flavors: tuple[str, str]
    network: str
    hosts: int
    fake: bool
    options: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def web_port(self) -> int:
        """The port of 127.0.0.1 that web-download may reach, 0 when there is none."""
        return int(self.option("images", "download_ports").rpartition(",")[2])

    def option(self, group: str, name: str, default: str = "0") -> str:
        """What the API was told, else the default."""
        return self.options.get((group, name), default)


def find(state: Path) -> Facts:
    """The facts of the cloud of a state directory. Raises Failed when it is not there or does not answer."""
    cloud = open_state(state)
    admin = cloud.client("admin")
    options = cloud.options
    _remote(admin, cloud.credentials.url)
    flavors = sorted(_listed(admin, "/compute/v2.1/flavors/detail", "flavors"), key=lambda one: (one["ram"], one["id"]))
    return Facts(
        cloud.credentials.url,
        REGION,
        cloud.credentials.password("admin"),
        (_image(admin, seed.IMAGE)["id"], _second_image(cloud, admin)),
        (flavors[0]["id"], flavors[1]["id"]),
        seed.NETWORK,
        options.hosts if options.fake else options.computes,
        options.fake,
        _options(cloud.layout.config("all" if options.simulate else numbered("api", options.apis)[0])),
    )


def _listed(client: Client, path: str, name: str) -> list[dict[str, Any]]:
    return list(client.get(path)[name])


def _image(admin: Client, name: str) -> dict[str, Any]:
    found = _listed(admin, f"/image/v2/images?name={name}&status=active", "images")
    if not found:
        raise Failed(f"the cloud has no image {name}")
    return found[0]


def _remote(admin: Client, url: str) -> None:
    """The image API once more in the catalogue: `tools/up --apis 2` puts another process behind it now and then."""
    if _listed(admin, f"/identity/v3/services?type={REMOTE}", "services"):
        return
    made = admin.post("/identity/v3/services", {"service": {"type": REMOTE, "name": REMOTE}})["service"]
    endpoint = {"service_id": made["id"], "interface": "public", "region_id": REGION, "url": f"{url}/image"}
    admin.post("/identity/v3/endpoints", {"endpoint": endpoint})


def _second_image(cloud: Cloud, admin: Client) -> str:
    """The id of another image with the same content, made once."""
    if _listed(admin, f"/image/v2/images?name={SECOND_IMAGE}&status=active", "images"):
        return str(_image(admin, SECOND_IMAGE)["id"])
    first = _image(admin, seed.IMAGE)
    facts = {"name": SECOND_IMAGE, "disk_format": first["disk_format"], "container_format": "bare"}
    made = admin.post("/image/v2/images", {**facts, "visibility": "public"})
    path = f"/image/v2/images/{made['id']}"
    data = (cloud.layout.state / "blank.raw").read_bytes() if cloud.options.fake else _guest_image()
    admin.call("PUT", f"{path}/file", data, "application/octet-stream", limit_s=300)
    until(partial(_active, admin, path), 60, f"the image {SECOND_IMAGE} does not become active")
    return str(made["id"])


def _active(admin: Client, path: str) -> bool:
    return bool(admin.get(path)["status"] == "active")


def _guest_image() -> bytes:
    from tools.trial import guest

    return guest.image().read_bytes()


def _options(path: Path) -> dict[tuple[str, str], str]:
    parser = RawConfigParser()
    parser.read(path)
    return {(group, name): value for group in parser.sections() for name, value in parser.items(group)}
