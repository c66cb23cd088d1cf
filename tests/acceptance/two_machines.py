"""Two machines on one wire, without a common directory. The controller is a network namespace with broker, database,
API and scheduler, bus and API on TLS; the other is a real systemd on an overlay (tests/integration/systemd_lab), with
the shipped units and a libvirtd, as docs/install.rst has it. Neither has a link to this machine's network."""

from __future__ import annotations

import contextlib
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.authority import Authority
from tests.integration.private_rabbit import HOME, Broker
from tests.integration.systemd_lab import Machine, machine
from tools.trial import libvirtd
from tools.trial.client import Client, answers
from tools.trial.daemons import PYTHON
from tools.trial.layout import ROOT
from tools.trial.netns import entered
from tools.trial.postgres import Postgres
from tools.trial.processes import end, run, spawn, until

NAME, ADDRESS, OTHER, PORT = "controller.example", "192.0.2.1", "192.0.2.2", 8774
PASSWORD = secrets.token_hex(8)
CONFIG = """\
[DEFAULT]
host = controller
state_path = {place}/state
[api]
bind_host = {address}
ssl_cert_file = {pair.certificate}
ssl_key_file = {pair.key}
public_url = https://{name}:{port}
[database]
url = {database}
[bus]
url = rabbit://guest:guest@{address}:{bus}/
queue_type = classic_durable
ssl = true
ssl_ca_file = {authority}
master_key_file = {place}/master.key
rabbitmqctl = {place}/rabbitmqctl
[identity]
key_repository = {place}/fernet-keys
[images]
link_key = {link}
"""
LIBVIRTD = """\
[Unit]
DefaultDependencies=no
[Service]
Type=notify
ExecStart=/usr/sbin/libvirtd
# libvirt's guests outlive it
KillMode=process
"""


class Controller:
    """Made inside its namespace; `start` what `stop` ends."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.authority = Authority(place)
        pair = self.authority.issue(NAME, ADDRESS)
        self.broker = Broker(place / "rabbit", pair, (ADDRESS,))
        self.database = Postgres(place / "postgres")
        self.url = f"https://{ADDRESS}:{PORT}"
        self.config = place / "nova-like.conf"
        self.config.write_text(CONFIG.format(
            place=place, address=ADDRESS, name=NAME, port=PORT, pair=pair, database=self.database.url(),
            bus=self.broker.tls_port, authority=self.authority.file, link=secrets.token_hex(16)))  # fmt: skip
        for name, text in (("master.key", secrets.token_hex(32)), ("password", PASSWORD)):
            (place / name).write_text(text)
            (place / name).chmod(0o600)
        self._ctl()
        self._daemons: list[int] = []

    def _ctl(self) -> None:
        kept = " ".join(f"'{name}={value}'" for name, value in self.broker.environment().items())
        program = self.place / "rabbitmqctl"
        program.write_text(f'#!/bin/sh\nexec env {kept} {HOME}/rabbitmqctl "$@"\n')
        program.chmod(0o700)

    def start(self) -> None:
        self.database.start()
        self.broker.start()
        self.database.wait()
        self.manage("db", "sync")
        person = str(self.place / "password")
        self.manage("bootstrap", "--admin-password-file", person, "--demo-password-file", person)
        self.manage("network", "create", "--name", "flat", "--cidr", "10.78.0.0/24", "--shared")
        for name in ("api", "scheduler"):
            argv = [PYTHON, str(ROOT / "bin" / f"nova-like-{name}"), "--config-file", str(self.config)]
            self._daemons.append(spawn(argv, self.place / f"{name}.log", cwd=self.place))
        until(lambda: answers(self.url), 90, "the API does not answer")

    def stop(self) -> None:
        end(self._daemons)
        self.database.stop()
        self.broker.remove()

    def manage(self, *words: str) -> str:
        """What nova-like-manage prints; it must succeed."""
        return run([PYTHON, str(ROOT / "bin/nova-like-manage"), "--config-file", str(self.config), *words])

    def refusal(self, *words: str) -> str:
        """What nova-like-manage says when it refuses; it must."""
        argv = [PYTHON, str(ROOT / "bin/nova-like-manage"), "--config-file", str(self.config), *words]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
        assert done.returncode == 1, done
        return done.stderr

    def client(self) -> Client:
        return Client(self.url, "demo", PASSWORD, "demo")


class Site:
    """Both. `other` is booted with libvirtd and nothing of ours."""

    def __init__(self, place: Path, other: Machine) -> None:
        self.controller, self.other = Controller(place / "controller"), other
        files = {
            "etc/hosts": f"127.0.0.1 localhost\n{ADDRESS} {NAME}\n",
            "etc/systemd/system/libvirtd.service": LIBVIRTD,
            "etc/libvirt/qemu.conf": libvirtd._QEMU,
        }
        other.boot(["libvirtd.service"], files)

    def wire(self) -> None:
        """A cable between the two."""
        until(self._booted, 60, "the other machine does not boot", every_s=0.1)
        pid = str(self.other.init)
        run(["ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", pid])
        run(["ip", "addr", "add", f"{ADDRESS}/24", "dev", "eth0"])
        run(["ip", "link", "set", "eth0", "up"])
        self.inside("ip", "addr", "add", f"{OTHER}/24", "dev", "eth0")
        self.inside("ip", "link", "set", "eth0", "up")

    def _booted(self) -> bool:
        return self.other.show("libvirtd.service", "ActiveState") == "active"

    def inside(self, *argv: str, text: str = "") -> str:
        """What a command says on the other machine; it must succeed. `text` is its standard input."""
        done = self.other.run(*argv, text=text)
        assert done.returncode == 0, f"{argv}: {done.stderr}{done.stdout}"
        return done.stdout


@contextlib.contextmanager
def site(place: Path) -> Iterator[Site]:
    """While it lasts this thread, and what it starts, is on the controller."""
    name = f"nlt{secrets.token_hex(3)}c"
    run(["ip", "netns", "add", name])
    try:
        with entered(name), machine(place / "other") as other, pytest.MonkeyPatch.context() as patch:
            for folder in ("controller", "other"):
                (place / folder).mkdir()
            run(["ip", "link", "set", "lo", "up"])
            made = Site(place, other)
            patch.setenv("SSL_CERT_FILE", str(made.controller.authority.file))
            patch.setenv("no_proxy", ADDRESS)
            try:
                made.wire()
                made.controller.start()
                yield made
            finally:
                made.controller.stop()
    finally:
        run(["ip", "netns", "del", name])
