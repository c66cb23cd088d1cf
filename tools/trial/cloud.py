"""A whole trial cloud, up and down: the parts in their order. Run again it restarts what died, nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tools.trial import client_files, guest, pages, reach, seed, settings
from tools.trial.client import Client, answers
from tools.trial.credentials import CONTROLLER, PROJECT, REGION, USER, Credentials
from tools.trial.daemons import PYTHON, VOLUME, Daemons, fake_addresses, libvirtd
from tools.trial.layout import ROOT, Layout, Options
from tools.trial.libvirtd import Libvirtd
from tools.trial.netns import Namespaces
from tools.trial.postgres import Postgres
from tools.trial.processes import Failed, Pidfile, descendants, end, run, spawn, until
from tools.trial.progress import Progress
from tools.trial.rabbit import Rabbit

ALREADY = "already running"


class Cloud:
    """One state directory's parts."""

    def __init__(self, layout: Layout, options: Options) -> None:
        self.layout, self.options = layout, options
        self.credentials = Credentials(layout)
        self.rabbit = Rabbit(layout.state / "rabbit")
        self.postgres = Postgres(layout.state / "postgres")
        self.spaces = Namespaces(layout.state)
        self.libvirtds: list[Libvirtd] = [libvirtd(layout, host) for host in options.host_names]
        self.daemons = Daemons(layout, options, self.credentials, self.rabbit, self.postgres)

    # --- up

    def up(self, progress: Progress) -> None:
        """Everything, a stage at a time."""
        self.layout.make()
        self.credentials.make()
        if self.options.simulate:
            # its database belongs to one process: it may not be looked at while that one runs
            if Pidfile(self.layout.pidfile("all")).pid() is None:
                self._manage_stages(progress)
        else:
            self._servers(progress)
            self._manage_stages(progress)
        self._daemon_stage(progress)
        self._contents(progress)
        if self.options.guest and not self.options.fake:
            self._first_guest(progress)

    def _servers(self, progress: Progress) -> None:
        """Broker, database, namespaces, libvirtds: all are started before the first is waited for."""
        with progress.stage("broker") as note:
            self._bus_users()
            fresh = self.rabbit.start()
            base_is_fresh = self.postgres.start()
            self._hosts_up()
            self.rabbit.wait()
            note(f"port {self.rabbit.port}" if fresh else ALREADY)
        with progress.stage("database") as note:
            self.postgres.wait()
            note(f"port {self.postgres.port}" if base_is_fresh else ALREADY)
        if self.libvirtds:
            with progress.stage("hosts") as note:
                for one in self.libvirtds:
                    one.wait()
                note(", ".join(self.options.host_names))

    def _hosts_up(self) -> None:
        if self.options.host_names:
            self.spaces.up(self.options.host_names)
            for one in self.libvirtds:
                one.start()

    def _bus_users(self) -> None:
        """Users, rights and keys as the project's own rules say."""
        from nova_like.rpc.permissions import permissions, topic_permissions
        from nova_like.rpc.signing import agent_key

        keys = self.credentials
        self.rabbit.add_user(CONTROLLER, keys.bus_password(CONTROLLER), *permissions("controller"))
        # asking for the daemons needs every user's URL: all are added before
        for kind, address in self._agents():
            user = f"{kind}-{address}"
            rights = permissions("agent", address, kind)
            self.rabbit.add_user(user, keys.bus_password(user), *rights, topic_permissions("agent", address, kind))
            key = agent_key(keys.master_key.encode(), address).decode()
            settings.write_secret(keys.agent_key_file(kind, address), key + "\n")

    def _agents(self) -> list[tuple[str, str]]:
        addresses = fake_addresses(self.options) if self.options.fake else self.options.host_names
        return [(kind, address) for address in addresses for kind in ("compute", "network")] + [("volume", VOLUME)]

    def _manage_stages(self, progress: Progress) -> None:
        with progress.stage("schema"):
            self.daemons.write()
            self.manage("db", "sync")
        with progress.stage("bootstrap") as note:
            keys = self.credentials
            people = ["--admin-password-file", str(keys.password_file("admin")), "--demo-project", PROJECT]
            people += ["--demo-user", USER, "--demo-password-file", str(keys.password_file("demo"))]
            made = self.manage("bootstrap", *people, "--region", REGION, "--public-url", keys.url)
            self.manage("network", "create", "--name", seed.NETWORK, "--cidr", seed.NETWORK_CIDR, "--shared")
            note(f"{len(made.splitlines())} new")
            client_files.write(self.layout, keys)

    def manage(self, *words: str) -> str:
        """nova-like-manage on this cloud."""
        program = str(ROOT / "bin" / "nova-like-manage")
        return run([PYTHON, program, "--config-file", str(self.layout.config("manage")), *words], cwd=ROOT)

    def _daemon_stage(self, progress: Progress) -> None:
        if self.options.with_console and not self.options.simulate:
            with progress.stage("noVNC") as note:
                note(str(pages.home()) if pages.fetch() else "not to be had: consoles without their page")
        with progress.stage("daemons") as note:
            entries = self.daemons.write()
            names = [entry.name for entry in entries]
            before = {name: Pidfile(self.layout.pidfile(name)).pid() for name in names}
            pid = self._supervisor.pid()
            applied = self.layout.run / "supervisor.applied"
            applied.unlink(missing_ok=True)
            if pid:
                os.kill(pid, signal.SIGHUP)
            else:
                argv = [PYTHON, "-m", "tools.trial.supervise", str(self.layout.state)]
                self._supervisor.write(spawn(argv, self.layout.log("supervisor"), cwd=ROOT))
            until(applied.exists, 60, "the supervisor does not take the list of daemons")
            self._wait_ready(names)
            started = [name for name in names if before[name] != Pidfile(self.layout.pidfile(name)).pid()]
            note(", ".join(started) if started else ALREADY)

    def _wait_ready(self, names: list[str]) -> None:
        def ready(name: str) -> bool:
            pid = Pidfile(self.layout.pidfile(name)).pid()
            if name.startswith("relay-"):
                return pid is not None
            try:
                return pid is not None and int((self.layout.run / f"{name}.ready").read_text()) == pid
            except (OSError, ValueError):
                return False

        for name in names:
            try:
                until(partial(ready, name), 120, f"{name} does not become ready", every_s=0.1)
            except Failed as late:
                raise Failed(f"{late}; {self.layout.log(name)} ends with\n{self.layout.last_words(name)}") from None
        until(lambda: answers(self.credentials.url), 60, "the API does not answer")

    @property
    def _ended(self) -> Path:
        """Left behind by tools/down: guests are off because of it."""
        return self.layout.state / "ended"

    @property
    def _supervisor(self) -> Pidfile:
        return Pidfile(self.layout.supervisor)

    def client(self, person: str) -> Client:
        """The public API as ``admin`` or ``demo``."""
        user, project = ("admin", "admin") if person == "admin" else (USER, PROJECT)
        return Client(self.credentials.url, user, self.credentials.password(person), project)

    def _contents(self, progress: Progress) -> None:
        with progress.stage("contents") as note:
            seed.wait_for_hosts(
                self.client("admin"), self.options.hosts if self.options.fake else self.options.computes
            )
            made = self._seed.contents(self._image)
            note(", ".join(made) if made else "already there")
            client_files.write(self.layout, self.credentials)

    @property
    def _seed(self) -> seed.Seed:
        return seed.Seed(self.layout, self.credentials, self.client("demo"), self.client("admin"))

    def _image(self) -> tuple[Path, str]:
        if not self.options.fake:
            return guest.image(), "qcow2"
        blank = self.layout.state / "blank.raw"
        blank.write_bytes(bytes(1 << 20))
        return blank, "raw"

    def _first_guest(self, progress: Progress) -> None:
        with progress.stage("guest") as note:
            booted = self._seed.boot()
            try:
                host, address = reach.find(self.client("admin"), seed.SERVER)
            except Failed:
                if booted:
                    raise
                note("removed since")
                return
            if not booted and self._went_off(host):
                self._seed.start()
            if self._seed.is_active():
                reach.wait(self.layout, host, address)
                note(f"{seed.SERVER} at {address} on {host} answers ssh")
            self._ended.unlink(missing_ok=True)

    def _went_off(self, host: str) -> bool:
        """True when the guest is off though nobody asked the cloud for that: tools/down, or the machine's restart."""
        running = any(libvirtd(self.layout, host).guests())
        return not running and (self._ended.exists() or self._seed.is_active())

    # --- down

    def down(self, progress: Progress) -> None:
        """End every process and remove every namespace of the state directory; its files stay."""
        steps: dict[str, Callable[[], object]] = {
            "daemons": self._end_daemons,
            "guests": self._end_guests,
            "namespaces": self.spaces.down,
            "broker": self.rabbit.stop,
            "database": self.postgres.stop,
        }
        failed = []
        for name, step in steps.items():
            try:
                with progress.stage(name):
                    step()
            except (Failed, OSError) as error:
                failed.append(f"{name}: {error}")
        self._ended.touch()
        if failed:
            raise Failed("; ".join(failed))

    def _end_daemons(self) -> None:
        pid = self._supervisor.pid()
        end([pid] if pid else [], patience_s=25)
        self._supervisor.forget()
        # a supervisor that was killed leaves its daemons behind
        left = [pid for path in self.layout.run.glob("*.pid") if (pid := Pidfile(path).pid())]
        end([*left, *(child for pid in left for child in descendants(pid))])
        for pattern in ("*.pid", "*.ready", "*.notify", "*.hold"):
            for path in self.layout.run.glob(pattern):
                path.unlink(missing_ok=True)

    def _end_guests(self) -> None:
        homes = sorted((self.layout.state / "hosts").glob("c*"))
        for one in [libvirtd(self.layout, home.name) for home in homes]:
            one.end_guests()
            one.stop()


def open_state(state: Path) -> Cloud:
    """The cloud of an existing state directory."""
    layout = Layout(state)
    options = layout.options()
    if options is None:
        raise Failed(f"{layout.state} is no trial cloud: start one with tools/up --state {state}")
    return Cloud(layout, options)


def ssh(state: Path, server: str, words: list[str]) -> int:
    """tools/ssh: run ssh into a server and return its exit status."""
    cloud = open_state(state)
    host, address = reach.find(cloud.client("admin"), server)
    return subprocess.run(reach.command(cloud.layout, host, address, words), stdin=sys.stdin).returncode
