"""The bus as its users see it: one suite over the local driver and a real RabbitMQ, then the broker's own rules."""

import bz2
import contextlib
import dataclasses
import itertools
import pickle
import shutil
import threading

import amqp.exceptions
import kombu
import pytest

from nova_like import conf as configuration
from nova_like.model import errors
from nova_like.model.context import Context
from nova_like.model.orders import Answer, Guest, HostReport, Order
from nova_like.rpc import inspect, permissions, signing
from nova_like.rpc import rabbit as driver
from nova_like.rpc.agent import Agent
from nova_like.rpc.client import Client
from nova_like.rpc.contracts.compute import Compute
from nova_like.rpc.contracts.flows import Flows
from nova_like.rpc.contracts.reports import Reports
from nova_like.rpc.server import Server, serve
from nova_like.rpc.transport import make_transport, when_back
from tests.integration.private_rabbit import HOME, Broker

CTX = Context(request_id="req-1", user_id="u", project_id="p", roles=("member", "reader"), token_id="secret")
GUEST = Guest("guest", "name", 1, 64, 1)
MASTER = b"0123456789abcdef0123456789abcdef"
names = (f"n{number}" for number in itertools.count())
RABBITS = ["quorum", "classic_durable", "transient"]
needs_rabbit = pytest.mark.skipif(not (HOME / "rabbitmq-server").exists(), reason="RabbitMQ is not installed")


def order(host="h1", boot="boot", step="spawn"):
    return Order("flow", step, "guest", 1, host, boot)


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    directory = tmp_path_factory.mktemp("rabbit")
    broker = Broker(directory)
    broker.start()
    yield broker
    broker.remove()
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def vhosts(broker):
    """A virtual host for each queue type: a queue cannot change its type."""
    for kind in RABBITS:
        broker.ctl("add_vhost", kind)
        broker.ctl("set_permissions", "-p", kind, "guest", ".*", ".*", ".*")


def delete_queues(url):
    with kombu.Connection("amqp" + url.removeprefix("rabbit")) as connection:
        for name in ("flows", "reports", "compute.a1", "compute.host-1.example"):
            connection.default_channel.queue_delete(name)


def config(url, **options):
    conf = configuration.new(["bus"])
    conf([])
    for name, value in {"url": url, "publish_timeout_seconds": 5, **options}.items():
        conf.set_override(name, value, "bus")
    return conf


class Bus:
    """Transports and servers of one test, all ended with it."""

    def __init__(self, conf):
        self.conf = conf
        self.transports, self.servers = [], []

    def transport(self, conf=None, agent=False):
        transport = make_transport(conf or self.conf, agent)
        self.transports.append(transport)
        return transport

    def serve(self, contract, handler, address=None, transport=None, **options):
        server = serve(transport or self.transport(), contract, handler, address, **options)
        self.servers.append(server)
        return server

    def client(self, contract, signer=None):
        return Client(self.transport(), contract, signer)

    def close(self):
        for server in self.servers:
            server.stop(5)
        for transport in self.transports:
            transport.cleanup()


@pytest.fixture(params=["local", *(pytest.param(kind, marks=[needs_rabbit]) for kind in RABBITS)])
def bus(request):
    if request.param == "local":
        conf = config(f"local://{next(names)}")
    else:
        request.getfixturevalue("vhosts")
        conf = config(request.getfixturevalue("broker").url(vhost=request.param), queue_type=request.param)
    bus = Bus(conf)
    yield bus
    bus.close()
    if request.param != "local":
        delete_queues(conf.bus.url)


@pytest.fixture
def rabbit(broker, vhosts):
    yield from a_bus(broker, "quorum")


@pytest.fixture
def light(broker, vhosts):
    """Where what is large is not written to the disk."""
    yield from a_bus(broker, "transient")


def a_bus(broker, kind):
    bus = Bus(config(broker.url(vhost=kind), queue_type=kind))
    yield bus
    bus.close()
    delete_queues(bus.conf.bus.url)


def until(condition):
    for _ in range(400):
        if condition():
            return
        threading.Event().wait(0.05)
    pytest.fail("it did not come true in time")


class Handler:
    """Serves any contract: remembers, and answers what it is told to."""

    def __init__(self, reply=None):
        self.seen, self.arrived, self._reply = [], threading.Condition(), reply

    def __getattr__(self, method):
        def handle(ctx, **arguments):
            with self.arrived:
                self.seen.append((method, ctx, arguments))
                self.arrived.notify_all()
            return self._reply(**arguments) if self._reply else None

        return handle

    def wait(self, count=1, seconds=30):
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.seen) >= count, seconds), self.seen
            return self.seen


def test_a_cast_arrives_with_its_context_and_types(bus):
    handler = Handler()
    bus.serve(Compute, handler, "host-1.example")
    bus.client(Compute).cast(CTX, "spawn", "host-1.example", order=order(), guest=GUEST)
    ((method, ctx, arguments),) = handler.wait()
    assert (method, arguments) == ("spawn", {"order": order(), "guest": GUEST})
    assert ctx == CTX and ctx.roles == ("member", "reader") and ctx.token_id == ""


def test_a_call_returns_and_its_faults_come_back_as_they_were(bus):
    def answer(max_bytes, **rest):
        if max_bytes == 0:
            raise errors.NotFound("instance", "i-1")
        if max_bytes == 2:
            raise RuntimeError("password=secret")
        return "é" * max_bytes

    bus.serve(Compute, Handler(answer), "a1")
    client = bus.client(Compute)
    ask = {"host": "h1", "instance_id": "i-1"}
    assert client.call(CTX, "console_output", "a1", max_bytes=3, **ask) == "ééé"
    with pytest.raises(errors.NotFound) as missing:
        client.call(CTX, "console_output", "a1", max_bytes=0, **ask)
    assert missing.value.id == "i-1" and missing.value.noun == "instance"
    with pytest.raises(errors.HostFailure) as failed:
        client.call(CTX, "console_output", "a1", max_bytes=2, **ask)
    assert "secret" not in failed.value.reason


def test_a_call_nobody_answers_times_out(bus, monkeypatch):
    monkeypatch.setitem(Compute.methods, "console_output", Compute.methods["console_output"].__class__(
        "console_output", Compute.methods["console_output"].arguments, str, 0.3))  # fmt: skip
    release = threading.Event()
    bus.serve(Compute, Handler(lambda **_: release.wait(20)), "a1")
    try:
        with pytest.raises(errors.Timeout, match="compute agent a1"):
            bus.client(Compute).call(CTX, "console_output", "a1", host="h", instance_id="i", max_bytes=1)
    finally:
        release.set()


def test_a_message_to_a_host_that_nobody_serves_is_unavailable(bus):
    bus.serve(Compute, Handler(), "a1")
    client = bus.client(Compute)
    for _ in range(2):  # the confirm of the first must not be taken for the second's
        with pytest.raises(errors.Unavailable, match="a2 is not on the bus"):
            client.cast(CTX, "spawn", "a2", order=order(), guest=GUEST)
    with pytest.raises(errors.Unavailable):
        client.call(CTX, "console_output", "a2", host="h", instance_id="i", max_bytes=1)
    client.cast(CTX, "spawn", "a1", order=order(), guest=GUEST)


def test_hints_to_nobody_are_lost_quietly_and_shared_queues_compete(bus):
    client = bus.client(Flows)
    client.cast(CTX, "wake", flows=["lost"])
    one, two = Handler(), Handler()
    bus.serve(Flows, one)
    bus.serve(Flows, two)
    for number in range(40):
        client.cast(CTX, "wake", flows=[str(number)])
    until(lambda: len(one.seen) + len(two.seen) >= 40)
    got = [flow for _, _, arguments in one.seen + two.seen for flow in arguments["flows"]]
    assert sorted(got, key=int) == [str(number) for number in range(40)]
    assert one.seen and two.seen


def test_malformed_messages_are_counted_said_once_and_the_consumer_lives(bus, caplog):
    handler = Handler()
    server = bus.serve(Compute, handler, "a1")
    client = bus.client(Compute)
    target = client._target("a1")
    bad = [
        {"method": "spawn", "args": {"order": 5, "guest": {}}},
        {"method": "spawn", "args": []},
        {"method": "spawn"},
        {"method": "__init__", "args": {}},
        {"method": "fire", "args": {}},
        {"method": ["spawn"], "args": {}},
        {"method": "spawn", "version": "2.0", "args": {}},
        {"args": {}},
    ]
    for message in bad * 2:
        client._transport._send(target, {"request_id": "bad"}, message)
    client._transport._send(target, {"request_id": 5, "roles": {"a": 1}}, {"method": "spawn", "args": {}})
    client.cast(CTX, "spawn", "a1", order=order(), guest=GUEST)
    handler.wait()
    until(lambda: server.counters["malformed"] + server.counters["unknown"] >= 2 * len(bad) + 1)
    assert [method for method, _, _ in handler.seen] == ["spawn"]
    assert server.counters["malformed"] == 7 and server.counters["unknown"] == 10
    # (bad, malformed), (bad, unknown) at the first and the tenth, (5, malformed); each is logged after it is counted
    until(lambda: caplog.text.count("refused (") >= 4)
    assert caplog.text.count("refused (") == 4


def test_reports_are_believed_only_from_who_signed_them(bus):
    handler = Handler()
    server = bus.serve(Reports, handler, verifier=signing.Verifier(MASTER))
    answer = Answer("f", "s", "r", 1, "h1", "boot", "done", facts={"ratio": 0.1, "n": 2**40})
    good = signing.Signer("a1", signing.agent_key(MASTER, "a1"))
    forged = signing.Signer("a1", signing.agent_key(MASTER, "a2"))
    for signer in (None, signing.Signer("a1"), forged, good):
        bus.client(Reports, signer).cast(CTX, "answer", answer=answer)
    ((_, _, arguments),) = handler.wait()
    assert arguments == {"answer": answer, "sender": "a1"}
    until(lambda: server.counters["forbidden"] == 3)
    assert len(handler.seen) == 1


def test_stop_finishes_what_is_in_hand_within_its_time(bus):
    release, entered = threading.Event(), threading.Event()

    def slow(**_):
        entered.set()
        release.wait(20)

    server = bus.serve(Compute, Handler(slow), "a1")
    bus.servers.remove(server)
    bus.client(Compute).cast(CTX, "spawn", "a1", order=order(), guest=GUEST)
    assert entered.wait(20)
    stopped = []
    thread = threading.Thread(target=lambda: stopped.append(server.stop(20)))
    thread.start()
    assert not stopped
    release.set()
    thread.join(20)
    assert stopped == [True] and server.counters["handled"] == 1


def test_stop_gives_up_after_its_time(bus):
    release, entered = threading.Event(), threading.Event()
    server = bus.serve(Compute, Handler(lambda **_: (entered.set(), release.wait(20))), "a1")
    bus.servers.remove(server)
    bus.client(Compute).cast(CTX, "spawn", "a1", order=order(), guest=GUEST)
    assert entered.wait(20)
    assert server.stop(0.1) is False
    release.set()


def test_an_agent_from_order_to_answer(bus):
    answers = Handler()
    bus.serve(Reports, answers, verifier=signing.Verifier(MASTER))
    reports = bus.client(Reports, signing.Signer("a1", signing.agent_key(MASTER, "a1")))
    agent = Agent("compute", "a1", ["h1"], reports.cast, lambda host: HostReport("", host, "", ""), "boot")

    class Daemon:
        def spawn(self, ctx, order, guest):
            agent.handle(ctx, lambda work, guest: {"power": "running"}, order, guest=guest)

    bus.serve(Compute, Daemon(), "a1")
    client = bus.client(Compute)
    client.cast(CTX, "spawn", "a1", order=order(), guest=GUEST)
    client.cast(CTX, "spawn", "a1", order=order(boot="earlier"), guest=GUEST)
    answers.wait(2)
    by_method = {method: (ctx, arguments) for method, ctx, arguments in answers.seen}
    ctx, arguments = by_method["answer"]
    assert ctx.request_id == "req-1" and arguments["sender"] == "a1"
    assert (arguments["answer"].state, arguments["answer"].facts) == ("done", {"power": "running"})
    assert by_method["hosts"][1]["reports"] == [HostReport("compute", "h1", "a1", "boot", hello=True, number=1)]


def test_queues_can_be_looked_at(bus):
    bus.serve(Compute, Handler(), "a1")
    wanted = {"compute.a1": (0, 1), "compute.none": None}
    until(lambda: inspect.depths(bus.conf, list(wanted)) == wanted)


@needs_rabbit
def test_a_report_that_nobody_took_in_time_is_not_read_any_more(rabbit, monkeypatch):
    hosts = Reports.methods["hosts"]
    monkeypatch.setitem(Reports.methods, "hosts", dataclasses.replace(hosts, life_seconds=0.5))
    rabbit.serve(Reports, Handler(), verifier=signing.Verifier(MASTER)).stop(5)
    rabbit.servers.clear()
    client = rabbit.client(Reports, signing.Signer("a1", signing.agent_key(MASTER, "a1")))
    client.cast(CTX, "hosts", reports=[HostReport("compute", "h1", "a1", "boot")])
    client.cast(CTX, "answer", answer=Answer("f", "s", "r", 1, "h1", "boot", "done"))
    until(lambda: inspect.depths(rabbit.conf, ["reports"]) == {"reports": (1, 0)})
    handler = Handler()
    rabbit.serve(Reports, handler, verifier=signing.Verifier(MASTER))
    client.cast(CTX, "answer", answer=Answer("f2", "s", "r", 1, "h1", "boot", "done"))
    assert [method for method, _, _ in handler.wait(2)] == ["answer", "answer"]


@needs_rabbit
def test_servers_make_one_queue_each_and_no_fanout(broker, rabbit):
    before = listed(broker, "list_queues", "name", "type")
    rabbit.serve(Compute, Handler(lambda **_: ""), "a1")
    rabbit.serve(Flows, Handler())
    rabbit.serve(Reports, Handler())
    rabbit.client(Compute).call(CTX, "console_output", "a1", host="h", instance_id="i", max_bytes=1)
    queues = dict(line.split("\t") for line in listed(broker, "list_queues", "name", "type") - before)
    (reply,) = [name for name in queues if name.startswith("reply_")]
    assert queues == {"compute.a1": "quorum", "flows": "quorum", "reports": "quorum", reply: "classic"}
    exchanges = {line for line in listed(broker, "list_exchanges", "name", "type", "durable") if line[:4] != "amq."}
    assert exchanges - {"\tdirect\ttrue"} == {"commands\ttopic\ttrue", "replies\tdirect\ttrue", "reports\ttopic\ttrue"}


def listed(broker, *what):
    return set(broker.ctl(what[0], "-p", "quorum", *what[1:]).splitlines()[1:])


def user(broker, name, *who):
    broker.ctl("add_user", name, "pw")
    broker.ctl("set_permissions", "-p", "guarded", name, *permissions.permissions(*who))
    for rule in permissions.topic_permissions(*who):
        broker.ctl("set_topic_permissions", "-p", "guarded", name, *rule)
    return config(broker.url(name, "pw", "guarded"))


@pytest.fixture(scope="module")
def guarded(broker):
    """A virtual host where everybody has the rights of permissions.py and no more; the agent came first."""
    broker.ctl("add_vhost", "guarded")
    users = {
        "controller": user(broker, "c", "controller"),
        "a1": user(broker, "a1", "agent", "a1.example", "compute"),
        "a2": user(broker, "a2", "agent", "a2", "compute"),
    }
    bus = Bus(None)
    bus.agent, bus.controller = bus.transport(users["a1"], agent=True), bus.transport(users["controller"])
    bus.reports = Handler()
    first = Server(bus.agent, Compute, Handler(lambda **_: "log"), "a1.example")
    thread = threading.Thread(target=first.start)  # waits until a controller has declared the exchanges
    thread.start()
    bus.serve(Reports, bus.reports, transport=bus.controller)
    bus.serve(Flows, Handler(), transport=bus.controller)
    assert Client(bus.controller, Flows).cast(CTX, "wake", flows=[]) is None  # declares `commands`
    thread.join(60)
    assert not thread.is_alive()
    bus.servers.append(first)
    bus.serve(Compute, Handler(), "a2", transport=bus.transport(users["a2"], agent=True))
    bus.url = "amqp" + users["a1"].bus.url.removeprefix("rabbit")
    yield bus
    bus.close()


@needs_rabbit
def test_every_side_works_with_its_own_rights_only(guarded):
    ask = {"host": "h", "instance_id": "i", "max_bytes": 1}
    assert Client(guarded.controller, Compute).call(CTX, "console_output", "a1.example", **ask) == "log"
    Client(guarded.agent, Reports, signing.Signer("a1")).cast(CTX, "hosts", reports=[])
    assert guarded.reports.wait()[0][2] == {"reports": [], "sender": "a1"}
    with pytest.raises(errors.Unavailable):
        Client(guarded.agent, Compute).cast(CTX, "spawn", "a1.example", order=order(), guest=GUEST)


@needs_rabbit
@pytest.mark.parametrize(
    "attempt",
    [
        lambda ch: ch.basic_consume("compute.a2"),
        lambda ch: ch.basic_get("compute.a2"),
        lambda ch: ch.basic_get("reports"),
        lambda ch: ch.queue_purge("compute.a2"),
        lambda ch: ch.queue_delete("compute.a2"),
        lambda ch: ch.queue_delete("reports"),
        lambda ch: ch.queue_declare("compute.other", durable=True),
        lambda ch: ch.queue_bind("compute.a1.example", "commands", "compute.a2"),
        lambda ch: ch.queue_bind("compute.a1.example", "commands", "#"),
        lambda ch: ch.queue_bind("compute.a1.example", "commands", "compute.*"),
        lambda ch: ch.queue_bind("compute.a1.example", "reports", "reports"),
        lambda ch: ch.queue_bind("compute.a1.example", "replies", "reply_1"),
        lambda ch: ch.exchange_delete("commands"),
        lambda ch: ch.exchange_declare("commands", "topic", durable=True, auto_delete=False),
        lambda ch: ch.basic_publish_confirm(amqp.Message("{}"), "commands", "compute.a2"),
        lambda ch: ch.basic_publish_confirm(amqp.Message("{}"), "commands", "flows"),
        lambda ch: ch.basic_publish_confirm(amqp.Message("{}"), "", "compute.a2"),
        lambda ch: ch.basic_publish_confirm(amqp.Message("{}"), "", "reports"),
        lambda ch: ch.basic_publish_confirm(amqp.Message("{}"), "reports", "flows"),
        lambda ch: ch.basic_publish_confirm(amqp.Message("{}"), "amq.topic", "x"),
    ],
)
def test_an_agents_user_can_do_nothing_else(guarded, attempt):
    with kombu.Connection(guarded.url) as connection, pytest.raises(amqp.exceptions.AccessRefused):
        attempt(connection.channel())


@needs_rabbit
def test_garbage_on_the_wire_does_not_end_the_consumer(rabbit, caplog):
    handler, transport = Handler(), rabbit.transport()
    rabbit.serve(Compute, handler, "a1", transport)
    client = rabbit.client(Compute)
    with kombu.Connection("amqp" + rabbit.conf.bus.url.removeprefix("rabbit")) as connection:
        for body in (b"", b"\xff\xfe", b"[1]", b"{", b"null", b'"x"', b'{"_msg_id": {}, "args": 5}'):
            message = amqp.Message(body, content_type="application/json")
            connection.default_channel.basic_publish_confirm(message, "commands", "compute.a1")
    client.cast(CTX, "spawn", "a1", order=order(), guest=GUEST)
    assert [method for method, _, _ in handler.wait()] == ["spawn"]
    assert transport._driver.complaints.counters == {"malformed": 6}
    assert caplog.text.count("refused (malformed) from queue compute.a1") == 1


def spoilt(body, **properties):
    return amqp.Message(body, **{"content_type": "application/json", **properties})


PICKLE = pickle.dumps({"method": "spawn", "args": {}})
BOMB = bz2.compress(b" " * (64 << 20))  # 50 bytes; kombu would make 64 MiB of them
SPOILT = [
    ("oversized", lambda: spoilt(b'"' + b"x" * (100 << 20) + b'"')),
    ("oversized", lambda: spoilt(b" " * (driver.MOST_BYTES + 1))),
    ("not_json", lambda: spoilt(PICKLE, content_type="application/x-python-serialize", content_encoding="binary")),
    ("not_json", lambda: spoilt(b"!!python/object/apply:os.system [id]", content_type="application/x-yaml")),
    ("not_json", lambda: spoilt(BOMB, application_headers={"compression": "application/x-bz2"})),
    ("not_json", lambda: amqp.Message(b"{}")),
    ("malformed", lambda: spoilt(PICKLE)),
]


@needs_rabbit
def test_S42_what_is_large_packed_or_no_json_is_refused_before_it_is_decoded(light, caplog, monkeypatch):
    decoded, handler, transport = [], Handler(), light.transport()
    server = light.serve(Compute, handler, "a1", transport)
    decode = driver.wire.decode
    monkeypatch.setattr(driver.wire, "decode", lambda data: decoded.append(len(data)) or decode(data))
    with kombu.Connection("amqp" + light.conf.bus.url.removeprefix("rabbit")) as connection:
        for _, make in SPOILT:
            connection.default_channel.basic_publish_confirm(make(), "commands", "compute.a1")
    light.client(Compute).cast(CTX, "spawn", "a1", order=order(), guest=GUEST)
    assert [method for method, _, _ in handler.wait()] == ["spawn"]
    assert transport._driver.complaints.counters == {"oversized": 2, "not_json": 4, "malformed": 1}
    assert caplog.text.count("refused (") == 3  # each reason once
    assert max(decoded) < 10_000
    until(lambda: server.counters == {"handled": 1})


@needs_rabbit
def test_S42_the_check_is_what_stops_a_packed_message(light, monkeypatch):
    """The mutant: without the check kombu unpacks it."""
    monkeypatch.setattr(driver, "_check", lambda raw: None)
    unpacked, transport = [], light.transport()
    monkeypatch.setattr(driver.wire, "decode", lambda data: unpacked.append(len(data)) or {})
    light.serve(Compute, Handler(), "a1", transport)
    with kombu.Connection("amqp" + light.conf.bus.url.removeprefix("rabbit")) as connection:
        connection.default_channel.basic_publish_confirm(SPOILT[4][1](), "commands", "compute.a1")
    until(lambda: unpacked)
    assert unpacked[0] == 64 << 20


def _answered(client, ask):
    """Whether the agent answers; calls that fail at once must not use up all tries before the connection is back."""
    with contextlib.suppress(errors.Fault):
        return client.call(CTX, "console_output", "a1", **ask) == "log"
    return False


@needs_rabbit
def test_everything_comes_back_when_the_broker_was_killed(broker, vhosts):
    """On classic queues: 3.10 may lose the use of a quorum queue that was made within seconds of the kill."""
    bus = Bus(config(broker.url(vhost="classic_durable"), queue_type="classic_durable"))
    transport, is_back = bus.transport(), threading.Event()
    bus.serve(Compute, Handler(lambda **_: "log"), "a1", transport)
    when_back(transport, is_back.set)
    client = bus.client(Compute)
    ask = {"host": "h", "instance_id": "i", "max_bytes": 1}
    assert client.call(CTX, "console_output", "a1", **ask) == "log"
    broker.kill()
    with pytest.raises(errors.Unavailable):
        client.cast(CTX, "spawn", "a1", order=order(), guest=GUEST)
    broker.start()
    client.cast(CTX, "spawn", "a1", order=order(), guest=GUEST)
    until(lambda: _answered(client, ask))
    assert is_back.wait(30)
    bus.close()


@needs_rabbit
@pytest.mark.parametrize("notices", [True, False], ids=["rule", "rule off"])
def test_w10_a_daemon_whose_queue_is_deleted_serves_again(broker, vhosts, monkeypatch, notices):
    """Not deaf: the queue is made again and consumed from within ten seconds, since the broker's word is heard."""
    if not notices:
        monkeypatch.setattr(amqp.Channel, "_on_basic_cancel", lambda *_: None)
    bus = Bus(config(broker.url(vhost="classic_durable"), queue_type="classic_durable"))
    transport, is_back, address = bus.transport(), threading.Event(), f"deleted-{notices}"
    handler = Handler(lambda **_: "log")
    bus.serve(Compute, handler, address, transport)
    when_back(transport, is_back.set)
    with kombu.Connection(broker.url(vhost="classic_durable").replace("rabbit://", "amqp://")) as connection:
        connection.default_channel.queue_delete(f"compute.{address}")
    assert is_back.wait(10 if notices else 3) is notices
    if notices:
        bus.client(Compute).cast(CTX, "spawn", address, order=order(), guest=GUEST)
        assert [method for method, _, _ in handler.wait()] == ["spawn"]
    bus.close()
