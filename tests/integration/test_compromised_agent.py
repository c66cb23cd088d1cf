"""S40, S42: an agent that was taken over. With its broker user and its signing key it tries, against a real RabbitMQ
with our permissions and the real controller over a real database, to reach beyond its own host. Each try is refused,
counted and logged, changes no row, and the controller goes on.

What the broker itself refuses is tried in test_bus.py, too."""

import shutil

import amqp
import amqp.exceptions
import kombu
import pytest
import sqlalchemy as sa

from nova_like.db.engine import Database
from nova_like.db.schema import METADATA
from nova_like.flows.catalog import RECIPES
from nova_like.flows.engine import Engine, Pace
from nova_like.flows.start import Starter
from nova_like.model import wire
from nova_like.model.context import Context
from nova_like.model.orders import Answer, Capacity, HostReport
from nova_like.rpc import permissions, signing
from nova_like.rpc.client import Client
from nova_like.rpc.contracts.flows import Flows
from nova_like.rpc.contracts.reports import Reports as ReportsContract
from nova_like.rpc.server import serve
from nova_like.rpc.transport import make_transport
from nova_like.scheduler.reports import Reports
from tests.flows.cloud import LittleCloud
from tests.flows.test_hardened import boot
from tests.integration.private_rabbit import HOME, Broker
from tests.integration.test_bus import MASTER, Handler, config, until

pytestmark = [
    pytest.mark.skipif(not (HOME / "rabbitmq-server").exists(), reason="RabbitMQ is not installed"),
    pytest.mark.timeout(180),
]
CTX = Context(request_id="req-evil", user_id="admin", project_id="p", roles=("admin",))
EVIL, VHOST = "h9", "guarded"


class World:
    """A boot that waits for h1's or h2's compute agent; h9 is the host that was taken over."""

    def __init__(self, path, broker):
        cloud = LittleCloud(path)
        self.instance = boot(cloud)
        self.orders = []
        cloud.settle(self._keep, rounds=3)
        self.boot_id = cloud.reporters["compute"]._identity["boot_id"]
        cloud.close()
        ((_, self.order),) = {order["resource"]: (0, order) for order in self.orders}.values()
        self.database = Database(f"sqlite:///{path}/cloud.sqlite")
        self.engine = Engine(self.database, RECIPES, None, Starter(lambda ids: None), lambda message: None, Pace())
        self.reports = Reports(self.database, self.engine, admits_new=True)
        self._join(broker)
        self.say(report(EVIL, number=5, hello=True))
        until(lambda: self.handled() == 1)
        self.reports._admits_new = False  # all hosts are there
        self.reports.flush()

    def _keep(self, bus):
        spawns = [parcel for parcel in bus if parcel.method == "spawn"]
        self.orders += [parcel.arguments["order"] for parcel in spawns]
        return [parcel for parcel in bus if parcel.method != "spawn"]

    def _join(self, broker):
        def conf(name, *who):
            broker.ctl("add_user", name, "pw")
            broker.ctl("set_permissions", "-p", VHOST, name, *permissions.permissions(*who))
            for rule in permissions.topic_permissions(*who):
                broker.ctl("set_topic_permissions", "-p", VHOST, name, *rule)
            return config(broker.url(name, "pw", VHOST), queue_type="transient")

        self.controller = make_transport(conf("c", "controller"))
        self.wakes = Handler()
        Client(self.controller, Flows).cast(CTX, "wake", flows=[])  # declares `commands`
        self.flows = serve(self.controller, Flows, self.wakes)
        self.server = serve(self.controller, ReportsContract, self.reports, verifier=signing.Verifier(MASTER))
        evil = conf("evil", "agent", EVIL, "compute")
        self.transport = make_transport(evil, agent=True)
        self.url = "amqp" + evil.bus.url.removeprefix("rabbit")
        self.key = signing.agent_key(MASTER, EVIL)

    def client(self, sender=EVIL, key=None):
        return Client(self.transport, ReportsContract, signing.Signer(sender, self.key if key is None else key))

    def say(self, *reports, **who):
        self.client(**who).cast(CTX, "hosts", reports=list(reports))

    def answer(self, host, **changes):
        told = {name: self.order[name] for name in ("flow", "step", "resource", "generation", "boot_id")}
        self.client().cast(CTX, "answer", answer=Answer(**{**told, "host": host, "state": "done", **changes}))

    def handled(self):
        return self.server.counters["handled"] + self.server.counters["failed"]

    def counts(self):
        """All that was ever refused, by reason."""
        found = {}
        for tally in (self.server.counters, self.reports.counters, self.controller._driver.complaints.counters):
            for name, count in tally.items():
                found[name] = found.get(name, 0) + count
        return {name: count for name, count in found.items() if name not in ("handled",)}

    def rows(self):
        """Every row of every table, but the one of the evil host itself."""
        self.reports.flush()
        found = {}
        with self.database.engine.connect() as connection:
            for table in METADATA.sorted_tables:
                rows = map(str, connection.execute(sa.select(table)).mappings())
                found[table.name] = sorted(row for row in rows if table.name != "hosts" or f"'{EVIL}'" not in row)
        return found

    def close(self):
        for server in (self.server, self.flows):
            server.stop(5)
        for transport in (self.transport, self.controller):
            transport.cleanup()
        self.database.dispose()


def report(host, kind="compute", address=EVIL, boot_id="b" * 36, **more):
    return HostReport(kind, host, address, boot_id, capacity=Capacity(8, 8192, 100), **more)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    directory = tmp_path_factory.mktemp("rabbit")
    broker = Broker(directory)
    broker.start()
    broker.ctl("add_vhost", VHOST)
    made = World(tmp_path_factory.mktemp("cloud"), broker)
    yield made
    made.close()
    broker.remove()
    shutil.rmtree(directory)


def victim(world):
    return world.order["host"]


def raw(world, envelope, method="hosts", version="1.0", **arguments):
    """A message as bytes could make it: nothing of our client's checks."""
    client = world.client()
    client._transport._send(client._target(""), envelope, {"method": method, "version": version, "args": arguments})


def signed(world, method, arguments, sender=EVIL):
    return {"request_id": "r", **signing.Signer(sender, world.key).sign(method, arguments)}


def publish(world, exchange, key, body, **properties):
    with kombu.Connection(world.url) as connection:
        message = amqp.Message(body, **{"content_type": "application/json", **properties})
        connection.default_channel.basic_publish_confirm(message, exchange, key)


def forged_reply(world):
    """It knows the queue of the controller's replies from its own calls; the id of another's call it does not."""
    queue = world.controller._driver._get_reply_q()
    publish(world, "replies", queue, wire.encode({"_msg_id": "0" * 32, "result": {"value": "x"}, "failure": None}))


def replay(world):
    """An envelope of the past, byte for byte."""
    world.say(report(EVIL, number=5, hello=True))


def elsewhere(world, **changes):
    host = victim(world)
    changes = {"address": "a-compute", "boot_id": world.boot_id, **changes}
    return wire.to_wire([report(host, number=10**6, powers={world.instance: "shutdown"}, **changes)])


TRIES = {
    "a report about another's host": ("refused", lambda w: w.say(report(victim(w)))),
    "... under the other's address": ("refused", lambda w: w.say(report(victim(w), address="a-compute"))),
    "... in the other's name, signed with its own key": (
        "forbidden", lambda w: raw(w, signed(w, "hosts", {"reports": elsewhere(w)}, "a-compute"),
                                   reports=elsewhere(w))),
    "... in the other's name, not signed": (
        "forbidden", lambda w: raw(w, {"sender": "a-compute"}, reports=elsewhere(w))),
    "... with the other's name put over a signature": (
        "forbidden", lambda w: raw(w, {**signed(w, "hosts", {"reports": elsewhere(w)}), "sender": "a-compute"},
                                   reports=elsewhere(w))),
    "... from nobody": ("forbidden", lambda w: raw(w, {}, reports=elsewhere(w))),
    "a signature of something else": (
        "forbidden", lambda w: raw(w, signed(w, "hosts", {"reports": []}), reports=elsewhere(w, address=EVIL))),
    "a claim to another kind of work on another's host": (
        "refused", lambda w: w.say(report(victim(w), kind="volume"))),
    "a claim to a kind of work that there is not": ("refused", lambda w: w.say(report(EVIL, kind="scheduler"))),
    "a claim to a host that there is not yet": ("refused", lambda w: w.say(report("h10"))),
    "an answer for another's host": ("refused", lambda w: w.answer(victim(w))),
    "a failure for another's host": ("refused", lambda w: w.answer(victim(w), state="failed")),
    "an answer for another's flow from its own host": ("refused", lambda w: w.answer(EVIL)),
    "an answer that undoes another's flow": ("refused", lambda w: w.answer(EVIL, undo=True, step="place")),
    "power states of others' guests": (
        None, lambda w: w.say(report(EVIL, number=6, powers={w.instance: "shutdown"}, plugged=[w.instance]))),
    "its own report again": ("late", replay),
    "its own older report": ("late", lambda w: w.say(report(EVIL, number=3))),
    "a method of another contract": ("unknown", lambda w: raw(w, signed(w, "wake", {}), "wake", flows=["f"])),
    "a method that is none": ("unknown", lambda w: raw(w, signed(w, "flush", {}), "flush")),
    "another version": ("unknown", lambda w: raw(w, signed(w, "hosts", {}), version="2.0", reports=[])),
    "the sender as an argument": (
        "forbidden", lambda w: raw(w, signed(w, "hosts", {"reports": []}), reports=[], sender="a-compute")),
    "a host name of a megabyte": ("refused", lambda w: w.say(report("h" * (1 << 20)))),
    "a name that breaks the log's lines": ("refused", lambda w: w.say(report("h\n2026 CRITICAL all is lost"))),
    "a large message": ("oversized", lambda w: publish(w, "reports", "reports", b" " * (9 << 20))),
    "a pickle": ("not_json", lambda w: publish(w, "reports", "reports", b"\x80\x04N.", content_type="x-pickle")),
    "a packed message": (
        "not_json", lambda w: publish(w, "reports", "reports", b"x", application_headers={"compression": "bzip2"})),
    "a copy for the flows queue": (
        "malformed", lambda w: publish(w, "reports", "reports", b"[]", application_headers={"CC": ["flows"]})),
    "a forged reply": ("unexpected_reply", forged_reply),
    "a forged reply that is no reply": (
        "unexpected_reply", lambda w: publish(w, "replies", w.controller._driver._get_reply_q(), b"{}")),
}  # fmt: skip


@pytest.mark.parametrize("name", TRIES)
def test_S40_each_try_is_refused_counted_and_changes_nothing(world, caplog, name):
    reason, attempt = TRIES[name]
    rows, counts, handled = world.rows(), world.counts(), world.handled()
    attempt(world)
    if reason:
        until(lambda: world.counts().get(reason, 0) == counts.get(reason, 0) + 1)
    else:
        until(lambda: world.handled() == handled + 1)
    assert world.rows() == rows
    others = {other: count for other, count in world.counts().items() if other != reason}
    assert others == {other: count for other, count in counts.items() if other != reason}
    assert all(len(line) < 1000 and "all is lost" not in line[:40] for line in caplog.text.splitlines())
    assert not world.wakes.seen[1:]
    still(world)


def still(world):
    """The controller's consumer lives."""
    handled = world.handled()
    world.client().cast(CTX, "hosts", reports=[])
    until(lambda: world.handled() == handled + 1)


def test_S40_the_same_try_many_times_is_logged_a_few_times(world, caplog):
    before = world.counts()["refused"]
    for _ in range(50):
        world.say(report(victim(world)))
    until(lambda: world.counts()["refused"] == before + 50)
    assert caplog.text.count("refused (refused) from h9") <= 2


BROKER = [
    lambda ch: ch.exchange_bind("flows", "commands", "flows"),
    lambda ch: ch.exchange_bind("reports", "commands", "#"),
    lambda ch: ch.exchange_bind("reports", "commands", "compute.h1"),
    lambda ch: ch.exchange_bind("reports", "replies", "x"),
    lambda ch: ch.queue_bind("flows", "commands", "compute.h9"),
    lambda ch: ch.queue_unbind("reports", "reports", "reports"),
    lambda ch: ch.queue_unbind("flows", "commands", "flows"),
    lambda ch: ch.queue_bind("reports", "commands", "flows"),
    lambda ch: ch.queue_declare("compute.h9", arguments={"x-dead-letter-exchange": "commands"}),
    lambda ch: ch.queue_declare("compute.h9", arguments={"x-dead-letter-exchange": ""}),
    lambda ch: ch.queue_declare("flows", durable=True),
    lambda ch: ch.queue_declare("", exclusive=True),
    lambda ch: ch.exchange_declare("mine", "fanout"),
    lambda ch: ch.exchange_delete("reports"),
    lambda ch: ch.exchange_delete("replies"),
    lambda ch: ch.queue_purge("reports"),
    lambda ch: ch.queue_delete("flows"),
    lambda ch: ch.basic_consume("flows"),
    lambda ch: ch.basic_publish_confirm(amqp.Message("{}"), "commands", "compute.h9"),
    lambda ch: ch.basic_publish_confirm(amqp.Message("{}"), "", "flows"),
]


@pytest.mark.parametrize("number", range(len(BROKER)))
def test_S40_the_broker_refuses(world, number):
    with kombu.Connection(world.url) as connection, pytest.raises(amqp.exceptions.AccessRefused):
        BROKER[number](connection.channel())


def test_S40_a_spoofed_user_is_refused_by_the_broker(world):
    with pytest.raises(amqp.exceptions.PreconditionFailed, match="user_id"):
        publish(world, "reports", "reports", b"{}", user_id="c")


# each guard taken out, and a try that then is not refused
MUTANTS = {
    "signatures": (signing.Verifier, "sender", lambda self, e, m, a: e.get("sender") or "?",
                   "... in the other's name, not signed"),
    "hosts": (Reports, "_may_report", lambda self, report, sender: True, "a report about another's host"),
    "answers": (Reports, "_served", lambda self, host, sender: ("compute",), "an answer for another's host"),
    "replays": (Reports, "_is_newest", lambda self, report: True, "its own older report"),
}  # fmt: skip


@pytest.mark.parametrize("guard", MUTANTS)
def test_S40_a_guard_that_is_taken_out_is_missed(world, monkeypatch, guard):
    """Last, since it really harms."""
    owner, name, mutant, attempt = MUTANTS[guard]
    monkeypatch.setattr(owner, name, mutant)
    reason, act = TRIES[attempt]
    counts, handled = world.counts(), world.handled()
    act(world)
    until(lambda: world.handled() == handled + 1)
    assert world.counts().get(reason, 0) == counts.get(reason, 0)
