"""Which daemons a trial cloud has, and the configuration file of each. It writes files and starts nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from tools.trial import hooked, pages, settings
from tools.trial.credentials import CONTROLLER, REGION, Credentials
from tools.trial.layout import ROOT, Layout, Options
from tools.trial.libvirtd import Libvirtd
from tools.trial.netns import UPLINK, Namespaces
from tools.trial.postgres import Postgres
from tools.trial.rabbit import Rabbit
from tools.trial.relay import command as relay_command
from tools.trial.supervise import Entry

Sections = dict[str, dict[str, object]]
PYTHON = str(ROOT / ".venv" / "bin" / "python")
FAKES = "fakes"  # the one bus address of the agent that plays all fake hosts
VOLUME = "v1"
WATCHDOG_S = 12.0


@dataclass
class Daemon:
    """One process: its name among processes, its program's kind, and its bus address (``[DEFAULT] host``)."""

    name: str
    kind: str
    address: str
    netns: str | None = None
    config: Sections = field(default_factory=dict)

    @property
    def is_agent(self) -> bool:
        """Agents have a broker user and a key of their own."""
        return self.kind in ("compute", "network", "volume")

    @property
    def user(self) -> str:
        """The broker user."""
        return f"{self.kind}-{self.address}" if self.is_agent else CONTROLLER


# one broker node: a quorum of one gives nothing, and Debian's RabbitMQ 3.10 can lose a young quorum queue to a kill -9
BUS: dict[str, object] = {"queue_type": "classic_durable"}


class Daemons:
    """The daemons of one state directory, made from its options."""

    def __init__(
        self, layout: Layout, options: Options, credentials: Credentials, rabbit: Rabbit, base: Postgres
    ) -> None:
        self._layout, self._options, self._credentials = layout, options, credentials
        self._rabbit, self._postgres = rabbit, base
        self._spaces = Namespaces(layout.state)

    def all(self) -> list[Daemon]:
        """Every daemon with its configuration."""
        if self._options.simulate:
            return [self._simulation()]
        return [*self._controllers(), *(self._fakes() if self._options.fake else self._agents())]

    def manage(self) -> Daemon:
        """The operator's program, which sees what the controllers see."""
        config = self._simulation().config if self._options.simulate else self._controller_config()
        return Daemon("manage", "manage", "manage", config=config)

    def write(self) -> list[Entry]:
        """Write all configuration files and processes.json; returns the entries."""
        entries = []
        for daemon in [*self.all(), self.manage()]:
            text = render(daemon, self._layout, self._options.set)
            settings.write_secret(self._layout.config(daemon.name), text)
            if daemon.kind != "manage":
                entries.append(self._entry(daemon, text))
        entries = [*self._relays(), *entries]
        content = {"world": str(self._layout.world), "processes": [entry.as_json() for entry in entries]}
        self._layout.processes.write_text(json.dumps(content, indent=1) + "\n")
        return entries

    def _entry(self, daemon: Daemon, text: str) -> Entry:
        argv = [PYTHON, str(ROOT / "bin" / f"nova-like-{daemon.kind}"), "--config-file"]
        argv.append(str(self._layout.config(daemon.name)))
        if self._options.hook:
            argv = hooked.command(PYTHON, self._options.hook, self._layout.state, daemon.name, argv)
        return Entry(
            daemon.name, tuple(argv), daemon.netns, fingerprint=hashlib.sha256(text.encode()).hexdigest()[:16],
            listen=f"127.0.0.1:{self._credentials.api_port}" if daemon.kind in ("api", "all") else "",
            watchdog_s=WATCHDOG_S,
        )  # fmt: skip

    def _relays(self) -> Iterator[Entry]:
        keys = self._credentials
        pairs = [(port, port) for port in (self._rabbit.port, keys.api_port, keys.console_port)]
        for host in self._options.host_names:
            yield Entry(f"relay-{host}", tuple(relay_command(PYTHON, self._spaces.name(host), pairs)))

    def _controllers(self) -> Iterator[Daemon]:
        for name in numbered("api", self._options.apis):
            yield Daemon(name, "api", name, config=self._controller_config())
        for number in range(1, self._options.schedulers + 1):
            yield Daemon(f"scheduler-{number}", "scheduler", f"s{number}", config=self._controller_config())
        if self._options.with_console:
            yield Daemon("console", "console", "console", config=self._controller_config())

    def _controller_config(self) -> Sections:
        return self._front_config() | {
            "database": {"url": self._postgres.url()},
            "bus": BUS | {"url": self._rabbit.url(CONTROLLER), "master_key_file": self._credentials.master_key_file},
        }

    def _front_config(self) -> Sections:
        """What a controller needs whatever its bus and its database are."""
        keys = self._credentials
        console = {"bind_port": keys.console_port, "public_url": f"http://127.0.0.1:{keys.console_port}",
                   "pages_path": pages.home()}  # fmt: skip
        return ({"console": console} if self._options.with_console else {}) | {
            "api": {
                "bind_host": "127.0.0.1",
                "bind_port": keys.api_port,
                "workers": self._options.api_workers,
                "public_url": keys.url,
                "region": REGION,
            },
            "identity": {"key_repository": self._layout.secrets / "fernet"},
            "images": {
                "path": self._layout.state / "images",
                "cache_path": self._layout.state / "images-cache",
                "link_key": keys.link_key,
                "link_url": keys.url,
                "download_networks": "127.0.0.1/32",
                "download_ports": f"80,443,{keys.web_port}",
            },
        }

    def _agent(self, name: str, kind: str, address: str, config: Sections, netns: str | None = None) -> Daemon:
        daemon = Daemon(name, kind, address, netns, config)
        key_file = self._credentials.agent_key_file(kind, address)
        config["bus"] = BUS | {"url": self._rabbit.url(daemon.user), "agent_key_file": key_file}
        return daemon

    def _agents(self) -> Iterator[Daemon]:
        for host in self._options.host_names:
            home, netns = self._layout.host(host), self._spaces.name(host)
            libvirt = {"uri": libvirtd(self._layout, host).uri, "virt_type": "qemu"}
            place: dict[str, object] = {"state_path": home / "state"}
            compute: Sections = {"DEFAULT": place, "compute": {"hypervisor": "libvirt"}, "libvirt": {**libvirt}}
            network: Sections = {"DEFAULT": place, "network": {"driver": "linux", "uplink": UPLINK}}
            yield self._agent(f"compute-{host}", "compute", host, compute, netns)
            yield self._agent(f"network-{host}", "network", host, network, netns)
        # it lives on the first host, where the hypervisors of all hosts reach its exports
        first: dict[str, object] = {"driver": "file", "nbd_address": self._spaces.address(1)}
        yield self._agent("volume", "volume", VOLUME, {"volume": first}, self._spaces.name(self._options.host_names[0]))

    def _fakes(self) -> Iterator[Daemon]:
        world = {"world_path": self._layout.world}
        for kind, option in (("compute", "hypervisor"), ("network", "driver")):
            for number, address in enumerate(fake_addresses(self._options)):
                hosts = self._fake_hosts(number)
                name = address.replace(FAKES, kind)
                yield self._agent(name, kind, address, {kind: {option: "fake"}, "fake": hosts})
        yield self._agent("volume", "volume", VOLUME, {"volume": {"driver": "fake"}, "fake": {**world, "hosts": 1}})

    def _fake_hosts(self, number: int = 0) -> dict[str, object]:
        shared = {"world_path": self._layout.world, "hosts": self._options.hosts // self._options.agents}
        return shared if self._options.agents == 1 else {**shared, "prefix": f"fake{number + 1}-"}

    def _simulation(self) -> Daemon:
        config = self._front_config() | {
            "database": {"url": f"sqlite:///{self._layout.state / 'nova-like.sqlite'}"},
            "bus": {"url": "local://main"},
            "compute": {"hypervisor": "fake"},
            "network": {"driver": "fake"},
            "volume": {"driver": "fake"},
            "fake": self._fake_hosts(),
        }
        return Daemon("all", "all", FAKES, config=config)


def numbered(name: str, count: int) -> list[str]:
    """``name`` when there is one, else ``name-1`` and so on."""
    return [name] if count == 1 else [f"{name}-{number}" for number in range(1, count + 1)]


def fake_addresses(options: Options) -> list[str]:
    """The bus addresses of the agents that play the fake hosts, of each kind."""
    return numbered(FAKES, options.agents)


def libvirtd(layout: Layout, host: str) -> Libvirtd:
    """The libvirtd of one real host."""
    spaces = Namespaces(layout.state)
    return Libvirtd(layout.host(host) / "libvirt", spaces.name(host), spaces.address(int(host.removeprefix("c"))))


def render(daemon: Daemon, layout: Layout, extra: dict[str, str]) -> str:
    """The text of the configuration file; ``extra`` are {"group.name": value} for every daemon."""
    sections: Sections = {"DEFAULT": {"host": daemon.address, "state_path": layout.state / "state"}}
    for group, values in daemon.config.items():
        sections.setdefault(group, {}).update(values)
    for name, value in extra.items():
        group, _, option = name.rpartition(".")
        sections.setdefault(group or "DEFAULT", {})[option] = value
    lines = [f"# {daemon.name}: written by tools/up, which writes it anew at each run"]
    for group, values in sections.items():
        lines += ["", f"[{group}]", *(f"{name} = {value}" for name, value in values.items())]
    # oslo.config takes a dollar for a reference
    return "\n".join(lines).replace("$", "$$") + "\n"
