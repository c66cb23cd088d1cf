"""A machine joins with a join file alone, over TLS, runs a guest, is drained and removed, and nothing of it is left.
The tests stand in the order of its life."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from nova_like.db.schema import METADATA
from tests.acceptance.two_machines import NAME, Site, site
from tests.integration.libvirt_lab import tiny_guest
from tools.trial.client import Refused
from tools.trial.processes import until

pytestmark = [pytest.mark.root, pytest.mark.guest, pytest.mark.timeout(600)]
LIMIT_S = 120
UNITS = ("nova-like-compute", "nova-like-network")
JOINED = "/etc/nova-like/join.conf"
SERVERS = "/compute/v2.1/servers"
PROCESSES = ("dnsmasq", "qemu-system-x86_64", "/opt/nova-like/bin/nova-like-")
# what happened to an instance is kept for as long as docs/retention.rst says
HISTORY = {"instances", "flows", "flow_journal"}


class Life:
    """What a test leaves for the next."""

    def __init__(self, made: Site) -> None:
        self.site, self.controller = made, made.controller
        self.server = ""
        self.before = self.traces()

    def hosts(self) -> dict[tuple[str, str], dict]:
        rows = json.loads(self.controller.manage("host", "list", "-f", "json"))
        return {(row["kind"], row["name"]): row for row in rows}

    def traces(self) -> dict[str, set[str]]:
        """What a member leaves on its machine: links, packet filters, processes, scopes, files."""
        links = {link["ifname"] for link in json.loads(self.site.inside("ip", "-j", "link"))}
        named = ["-name", "*nova*like*", "-o", "-name", "join.conf", "-o", "-name", "nl*"]
        if self.server:
            named += ["-o", "-name", f"*{self.server}*"]
        files = self.site.inside("find", "/etc", "/var/lib", "/run", "/tmp", *named)  # noqa: S108 - inside
        scopes = self.site.inside("systemctl", "list-units", "--all", "--plain", "--no-legend", "--type=scope")
        commands = self.site.inside("ps", "-e", "-o", "args=").splitlines()
        return {
            "links": links, "files": set(files.splitlines()), "scopes": {line.split()[0] for line in
            scopes.splitlines()}, "filters": set(self.site.inside("nft", "list", "tables").splitlines()),
            "processes": {name for name in PROCESSES if any(name in line for line in commands)},
        }  # fmt: skip

    def status(self) -> str:
        return str(self.controller.client().get(f"{SERVERS}/{self.server}")["server"]["status"])


@pytest.fixture(scope="module")
def life() -> Iterator[Life]:
    if os.geteuid():
        pytest.fail("needs root")
    with tempfile.TemporaryDirectory(prefix="nl-two-") as place, site(Path(place)) as made:
        yield Life(made)


def test_it_joins_with_the_join_file_alone(life) -> None:
    controller, inside = life.controller, life.site.inside
    assert life.site.other.run("ls", str(controller.place)).returncode != 0, "they have a directory in common"
    path = controller.place / "m2.join.conf"
    broker = f"{NAME}:{controller.broker.tls_port}"
    authority = str(controller.authority.file)
    said = controller.manage("host", "add", "m2", "--broker", broker, "--images-ca-file", authority, "--output",
                             str(path))  # fmt: skip
    assert all(unit in said for unit in UNITS)
    inside("install", "-m", "0640", "-g", "nova-like", "/dev/stdin", JOINED, text=path.read_text())
    inside("systemctl", "enable", "--now", *UNITS)
    until(lambda: {kind for kind, name in life.hosts() if name == "m2"} == {"compute", "network"}, LIMIT_S,
          f"it does not join: {life.site.other.log()}", every_s=0.5)  # fmt: skip
    assert all(life.hosts()[kind, "m2"]["state"] == "up" for kind in ("compute", "network"))
    ours = controller.broker.ctl("list_connections", "user", "ssl").splitlines()
    assert "host-m2\ttrue" in ours and not any(line.endswith("false") for line in ours)


def test_it_runs_a_guest(life) -> None:
    controller, client = life.controller, life.controller.client()
    disk = controller.place / "tiny.raw"
    disk.write_bytes(tiny_guest())
    words = ("--file", str(disk), "--disk-format", "raw", "--visibility", "public", "-f", "json")
    image = json.loads(controller.manage("image", "create", "tiny", *words))["id"]
    network = client.get("/network/v2.0/networks")["networks"][0]["id"]
    body = {"name": "guest", "imageRef": image, "flavorRef": "1", "networks": [{"uuid": network}]}
    life.server = client.post(SERVERS, {"server": body})["server"]["id"]
    until(lambda: life.status() != "BUILD", LIMIT_S, "it does not get on", every_s=0.25)
    assert life.status() == "ACTIVE", life.site.other.log()
    until(lambda: "TINY UP" in client.post(f"{SERVERS}/{life.server}/action", {"os-getConsoleOutput": {}})["output"],
          LIMIT_S, "the guest does not speak", every_s=0.25)  # fmt: skip
    busy = life.traces()
    assert busy["processes"] == set(PROCESSES)
    assert all(busy[what] - life.before[what] for what in busy), "the traces are not those that it leaves"


def test_drained_it_may_go_once_it_is_empty(life) -> None:
    assert "host drain m2" in life.controller.refusal("host", "remove", "m2")
    life.controller.manage("host", "drain", "m2")
    assert life.server in life.controller.refusal("host", "remove", "m2")
    assert life.status() == "ACTIVE"
    client = life.controller.client()
    client.call("DELETE", f"{SERVERS}/{life.server}")
    until(lambda: _is_gone(client, life.server), LIMIT_S, "the guest is not deleted", every_s=0.25)
    said = life.controller.manage("host", "remove", "m2")
    assert "m2 is removed: 2 agents" in said


def test_nothing_of_it_is_left(life) -> None:
    controller, inside = life.controller, life.site.inside
    inside("systemctl", "disable", "--now", *UNITS)
    inside("sh", "-c", f"rm -r {JOINED} /var/lib/nova-like-*")  # as `host remove` says
    assert life.traces() == life.before
    broker = controller.broker.ctl("export_definitions", "-")
    assert "m2" not in broker and '"guest"' in broker and '"flows"' in broker
    assert {name for _, name in life.hosts()} == {"controller"}
    assert {name for name, text in _rows(controller.database.url()) if "'m2'" in text} <= HISTORY
    assert "No host is called m2" in controller.refusal("host", "remove", "m2")


def _is_gone(client, server: str) -> bool:
    try:
        client.get(f"{SERVERS}/{server}")
    except Refused as refused:
        return refused.status == 404
    return False


def _rows(url: str) -> Iterator[tuple[str, str]]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(sa.select(table)).mappings():
                yield table.name, repr(dict(row))
    engine.dispose()
