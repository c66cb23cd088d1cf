"""A whole cloud in one thread: real engine, reports, agents and fake drivers; the bus is a list that tests play with.

Only the edges are simulated: delivery, crashes, time. Messages cross as JSON, as they do on the bus.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import sqlalchemy as sa

from nova_like import concurrency
from nova_like.compute.handler import Handler
from nova_like.compute.reports import describe
from nova_like.db.engine import Database
from nova_like.db.schema import METADATA
from nova_like.db.schema import compute as compute_tables
from nova_like.db.schema import images as image_tables
from nova_like.db.schema import networks as network_tables
from nova_like.fakes import World
from nova_like.flows.catalog import RECIPES
from nova_like.flows.engine import Engine, Message, Pace
from nova_like.flows.parts import Parts
from nova_like.flows.start import Starter
from nova_like.images import links
from nova_like.images.store import FileStore
from nova_like.model import wire
from nova_like.model.context import Context
from nova_like.model.errors import Fault, HostFailure, Unavailable
from nova_like.model.orders import Answer, Capacity, HostReport, ImageLink, Upload
from nova_like.network.agent import NetworkAgent
from nova_like.network.drivers.fake import FakeDatapath
from nova_like.placement.plan import Rules
from nova_like.rpc.agent import Agent
from nova_like.rpc.contracts.compute import Compute
from nova_like.rpc.contracts.network import Network
from nova_like.rpc.contracts.volume import Volume
from nova_like.scheduler.daemon import Clockwork, Flows
from nova_like.scheduler.listening import Listening
from nova_like.scheduler.mending import Mending
from nova_like.scheduler.pool import Pool
from nova_like.scheduler.reports import Reports
from nova_like.services.image_data import ImageData
from nova_like.services.image_intake import Intake, Limits
from nova_like.services.image_links import ImageLinks
from nova_like.virt import fake
from nova_like.volume.agent import VolumeAgent
from nova_like.volume.drivers.fake import FakeBackend
from tests import engines
from tests.flows.clock import Crash, Virtual
from tools.checks.compare import audit

CONTRACTS = {"compute": Compute, "network": Network, "volume": Volume}
HOSTS = ("h1", "h2")
ADDRESS = "a-host"  # the agents of a machine are reached under its name, whatever their kind
PROJECT, USER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
NETWORK, SUBNET = "33333333-3333-4333-8333-333333333333", "44444444-4444-4444-8444-444444444444"
LARGER = "2"  # a flavor
IMAGE = "55555555-5555-4555-8555-555555555555"
LINK_KEY = "a key"
CTX = Context(request_id="req-test", user_id=USER, project_id=PROJECT, roles=("member", "reader"))


@dataclass
class Parcel:
    """A message on its way: `to` is an agent's kind, "reports", or "flows"."""

    to: str
    method: str
    arguments: dict[str, Any]
    sender: str = ""
    by: str = ""  # the kind of agent that sent it


class LittleCloud:
    """`bus` holds undelivered parcels. Hooks: `on_effect(kind, step, undo)` before and after an agent's verb,
    `on_commit(number, phase)` around each transaction; either may raise Crash. Hosts in `cut` hear and say nothing;
    what is in `deaf`, (kind, host), reports and hears nothing. While `broker_away` nothing is delivered."""

    def __init__(self, path: Path, seed: int = 0, url: str = "") -> None:
        self.clock = Virtual(seed)
        self._previous = concurrency.use(self.clock)
        self.path = path
        self.database = _database(url, path / "cloud.sqlite")
        self.database.cloud = self
        self.bus: list[Parcel] = []
        self.log: list[str] = []
        self._worlds: list[World] = []
        self.on_effect: Callable[[str, str, bool, str], None] = lambda kind, step, undo, phase: None
        self.on_commit: Callable[[int, str], None] = lambda number, phase: None
        self.commits = 0
        self.cut: set[str] = set()
        self.deaf: set[tuple[str, str]] = set()
        self.broker_away = False
        self._offload_seconds = 0.0
        self.reported_at = self.clock.seconds
        self.agents: dict[str, Any] = {}
        self.reporters: dict[str, Any] = {}
        stores = FileStore(path / "images"), FileStore(path / "staged")
        intake = Intake(self.database, *stores, Limits(1 << 30, 1 << 40))
        self.image_data = ImageData(self.database, None, intake, 3600.0)
        self.image_links = ImageLinks(self.database, self.image_data, intake, LINK_KEY)
        self.start_scheduler()
        for kind in CONTRACTS:
            self.start_agent(kind)
        self.settle()

    def close(self) -> None:
        self.database.dispose()
        for world in self._worlds:
            world.close()
        concurrency.use(self._previous)

    # -- processes

    def start_scheduler(self) -> None:
        """A new scheduler process: all that it had in memory is gone."""
        ratios = {"vcpus": 1.0, "ram_mib": 1.0, "disk_gib": 1.0}
        self.pools = [Pool("compute", ratios, Rules(), 75, "network"), Pool("volume", ratios, Rules(), 75)]
        self.starter = Starter(lambda ids: self.bus.append(Parcel("flows", "wake", {"flows": list(ids)})))
        parts = Parts(*self.pools, lambda row, now: ImageLink(row["id"], "http://api/link"), _filling_link,
                      self._offload_seconds)  # fmt: skip
        self.engine = Engine(self.database, RECIPES, parts, self.starter, self._post, Pace())
        self.reports = Reports(self.database, self.engine)
        self.listening = Listening(self.database, lambda: self.broker_away or self.listening.heard())
        self.mending = Mending(self.database, self.engine, self.reports.presence)
        self.clockwork = Clockwork(self.database, self.engine, self.reports, self.pools, "s1")

    def start_agent(self, kind: str) -> None:
        """A new agent process over the same world: new boot id, no memory; it says hello."""
        handler, agent = getattr(self, f"_{kind}_agent")()
        self.agents[kind] = handler
        self.reporters[kind] = agent.reporter
        agent.reporter.send([host for host in agent.reporter.hosts if host not in self.cut], hello=True)

    def offload_seconds(self, seconds: float) -> None:
        """How long shelved instances stay on their hosts."""
        self._offload_seconds = self.engine.parts.offload_seconds = seconds

    def _compute_agent(self) -> tuple[Any, Agent]:
        world, knobs = self._world("compute"), fake.Knobs(Capacity(16, 65536, 1000))
        hosts = {name: fake.make(name, world, knobs) for name in HOSTS}
        agent = Agent("compute", ADDRESS, hosts, self._report("compute"), lambda host: describe(hosts[host]))
        return Handler(agent, hosts, lambda guest, work: None, send=self._take_in), agent

    def _take_in(self, upload: Upload, data: Any, cancelled: Callable[[], bool]) -> None:
        """What the image API does with an upload by a link."""
        asked = dict(parse_qsl(urlsplit(upload.url).query))
        try:
            self.image_links.upload(upload.image_id, asked, upload.size_bytes, [data.read()])
        except Fault as fault:
            raise HostFailure(fault.reason, retry=isinstance(fault, Unavailable)) from None

    def _world(self, kind: str) -> World:
        self._worlds.append(World(self.path / "world", kind))
        return self._worlds[-1]

    def _network_agent(self) -> tuple[Any, Agent]:
        datapath = FakeDatapath(self._world("network"))
        network = NetworkAgent(datapath, ADDRESS, HOSTS, self._report("network"))
        network.start()
        return network, network.agent

    def _volume_agent(self) -> tuple[Any, Agent]:
        backend = FakeBackend(self._world("volume"))
        volume = VolumeAgent(backend, "a-volume", ("v1",), self._report("volume", "a-volume"))
        volume.start()
        return volume, volume.agent

    # -- the bus

    def _post(self, message: Message) -> None:
        arguments = {"order": message.order, **message.payload}
        encoded = {name: wire.to_wire(value) for name, value in arguments.items()}
        self.bus.append(Parcel(message.kind, message.method, encoded))

    def _report(self, kind: str, sender: str = ADDRESS) -> Callable[..., None]:
        def report(ctx: Context, method: str, **arguments: Any) -> None:
            if answer := arguments.get("answer"):
                self.on_effect(kind, answer.step, answer.undo, "after")
            encoded = {name: wire.to_wire(value) for name, value in arguments.items()}
            self.bus.append(Parcel("reports", method, encoded, sender, kind))

        return report

    def deliver(self, parcel: Parcel) -> None:
        """One message to its handler. A Crash kills the process that handles it; it is started anew."""
        try:
            getattr(self, f"_deliver_{parcel.to if parcel.to in ('flows', 'reports') else 'order'}")(parcel)
        except Crash:
            self.log.append(f"crash at {parcel.to}.{parcel.method}")
            if parcel.to in CONTRACTS:
                self.start_agent(parcel.to)
            else:
                self.start_scheduler()

    def _deliver_flows(self, parcel: Parcel) -> None:
        Flows(self.engine, self.listening).wake(CTX, parcel.arguments["flows"])

    def _deliver_reports(self, parcel: Parcel) -> None:
        if parcel.method == "answer":
            self.reports.answer(CTX, wire.from_wire(Answer, parcel.arguments["answer"]), sender=parcel.sender)
        else:
            found = wire.from_wire(list[HostReport], parcel.arguments["reports"])
            self.reports.hosts(CTX, found, sender=parcel.sender)

    def _deliver_order(self, parcel: Parcel) -> None:
        method = CONTRACTS[parcel.to].methods[parcel.method]
        arguments = {name: wire.from_wire(kind, parcel.arguments[name]) for name, kind in method.arguments.items()}
        order = arguments["order"]
        if order.host in self.cut or (parcel.to, order.host) in self.deaf:
            return
        self.log.append(f"{parcel.to}.{parcel.method} {order.step}{' undo' if order.undo else ''}")
        self.on_effect(parcel.to, order.step, order.undo, "before")
        getattr(self.agents[parcel.to], parcel.method)(CTX, **arguments)

    def settle(self, carry: Callable[[list[Parcel]], list[Parcel]] = lambda bus: bus, rounds: int = 400) -> bool:
        """Deliver and let time pass until no flow is unfinished; false when that takes over an hour of the clock.
        `carry` takes what is on the bus and gives what arrives."""
        for _ in range(rounds):
            while self.bus:
                arriving, self.bus = carry(self.bus), []
                for parcel in () if self.broker_away else arriving:
                    self.deliver(parcel)
            self._tick()
            if not self.bus and not self._unfinished():
                return True
        return False

    def _tick(self) -> None:
        self.clock.seconds += 4.0
        duties = [self.listening.listen, self.clockwork.gather, self.clockwork.sweep, self.reports.hearing.judge]
        if self.clock.seconds - self.reported_at >= 30.0:
            self.report()
            duties.append(self.mending.mend)
        for duty in duties:
            try:
                duty()
            except Crash:
                self.log.append("crash by the clock")
                self.start_scheduler()

    def report(self) -> None:
        """What every agent says of its hosts each half minute."""
        self.reported_at = self.clock.seconds
        for reporter in self.reporters.values():
            reporter.send([host for host in reporter.hosts if host not in self.cut])

    def cut_off(self, host: str, seconds: float = 80.0) -> None:
        """A host goes silent, and time passes until it counts as away."""
        self.cut.add(host)
        self.let_pass(seconds)

    def let_pass(self, seconds: float) -> None:
        """Deliver what there is while so much time passes."""
        end = self.clock.seconds + seconds
        while self.clock.seconds < end:
            self.settle(rounds=1)

    def bring_back(self, host: str) -> None:
        """It is heard of again; its agents say hello, as they do when their connection is back."""
        self.cut.discard(host)
        for reporter in self.reporters.values():
            if host in reporter.hosts:
                reporter.hello(host)

    # -- looking

    def _unfinished(self) -> bool:
        statement = "SELECT count(*) FROM flows WHERE state IN ('running', 'unwinding', 'parked')"
        with self.database.engine.connect() as connection:
            return bool(connection.execute(sa.text(statement)).scalar())

    def row(self, table: str, id: str) -> dict[str, Any]:
        with self.database.engine.connect() as connection:
            found = connection.execute(sa.text(f"SELECT * FROM {table} WHERE id = :id"), {"id": id})
            return dict(found.mappings().one())

    def one(self, sql: str) -> Any:
        with self.database.engine.connect() as connection:
            return connection.execute(sa.text(sql)).scalar_one()

    def wrongs(self) -> list[str]:
        return audit(self.database.engine, self.path / "world")


class CrashingDatabase(Database):
    """Counts transactions that write, and lets the harness die around each commit."""

    cloud: LittleCloud

    def transact(self, work: Callable[[Any], Any]) -> Any:
        def counted(tx: Any) -> Any:
            result = work(tx)
            self.cloud.commits += 1
            self.cloud.on_commit(self.cloud.commits, "before")
            tx.later.insert(0, lambda number=self.cloud.commits: self.cloud.on_commit(number, "after"))
            return result

        return super().transact(counted)


def _database(url: str, file: Path) -> CrashingDatabase:
    """With the tables, and what every little cloud begins with."""
    if not url:
        shutil.copy(engines.filled(_fill), file)
    database = CrashingDatabase(url or f"sqlite:///{file}")
    if url:
        _fill(database)
    return database


def _fill(database: Database) -> None:
    METADATA.create_all(database.engine)
    with database.engine.begin() as connection:
        for table, row in _seed():
            connection.execute(sa.insert(table).values(**row))


def _filling_link(image_id: str, size_bytes: int, sha256: str, now: float) -> str:
    return links.Filling(image_id, int(now) + 3600, size_bytes, sha256).url("http://api", LINK_KEY)


def _seed() -> list[tuple[sa.Table, dict[str, Any]]]:
    return [
        (compute_tables.flavors, {"id": "1", "name": "tiny", "vcpus": 1, "ram_mib": 512, "disk_gib": 1}),
        (compute_tables.flavors, {"id": LARGER, "name": "small", "vcpus": 2, "ram_mib": 1024, "disk_gib": 2}),
        (image_tables.images, {"id": IMAGE, "owner_id": PROJECT, "name": "i", "visibility": "public",
                               "status": "active", "disk_format": "qcow2", "size_bytes": 1, "virtual_size_bytes": 1}),
        (network_tables.networks, {"id": NETWORK, "project_id": PROJECT, "name": "flat", "shared": True}),
        (network_tables.subnets, {"id": SUBNET, "network_id": NETWORK, "project_id": PROJECT, "name": "flat",
                                  "cidr": "10.0.0.0/24", "gateway": "10.0.0.1", "first": 10 << 24 | 2,
                                  "last": 10 << 24 | 254}),
    ]  # fmt: skip
