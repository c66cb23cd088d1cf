"""The doctor and retention against the real things: a private RabbitMQ with the permissions of production, a private
PostgreSQL."""

import contextlib
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from nova_like import concurrency
from nova_like import conf as configuration
from nova_like.cmd.manage.db import upgrade
from nova_like.cmd.manage.doctor import agents, broker, database, flows
from nova_like.cmd.manage.doctor.finding import Skipped
from nova_like.cmd.manage.doctor.patient import Patient
from nova_like.db import gauges, hosts, retention
from nova_like.db.engine import Database
from nova_like.db.retention import Keep
from nova_like.db.schema.compute import instances
from nova_like.db.schema.flows import client_tokens, journal
from nova_like.db.schema.flows import flows as flow_table
from nova_like.rpc import permissions
from nova_like.rpc.contracts.compute import Compute
from nova_like.rpc.contracts.flows import Flows
from nova_like.rpc.contracts.reports import Reports
from nova_like.rpc.server import serve
from nova_like.rpc.transport import make_transport
from tests.integration.private_rabbit import HOME, Broker
from tools.trial.postgres import Postgres

DEAD = "127.0.0.1:1"
QUEUES = ("flows", "reports", "compute.h1")
AGENT = {"kind": "compute", "name": "h1", "address": "h1", "silent_seconds": 1.0, "enabled": True, "forced": ""}


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory) -> Iterator[Broker]:
    if not (HOME / "rabbitmq-server").exists():
        pytest.skip("RabbitMQ is not installed")
    directory = tmp_path_factory.mktemp("rabbit")
    made = Broker(directory)
    made.start()
    made.ctl("add_vhost", "cloud")
    made.ctl("add_user", "controller", "secret")
    made.ctl("set_permissions", "-p", "cloud", "controller", *permissions.permissions("controller"))
    made.ctl("set_permissions", "-p", "cloud", "guest", ".*", ".*", ".*")
    yield made
    made.remove()
    shutil.rmtree(directory)


def _patient(url: str) -> Patient:
    conf = configuration.new()
    conf([], default_config_files=[])
    conf.set_override("url", url, "bus")
    conf.set_override("queue_type", "classic_durable", "bus")
    patient = Patient(conf, [], lambda: None)
    patient.__dict__["hosts"] = [AGENT]
    return patient


def _said(findings) -> list[str]:
    return [f"{finding.fault}: {finding.evidence}" for finding in findings]


def test_queues_and_exchanges(rabbit) -> None:
    """The first of two brokers is dead; the user may do no more than a controller must."""
    url = f"rabbit://controller:secret@{DEAD},controller:secret@127.0.0.1:{rabbit.port}/cloud"
    patient = _patient(url)
    assert patient.broker_fault == ""
    assert _said(broker.exchanges(patient)) == [
        f"exchange missing: the broker has no exchange {name}" for name in ("commands", "reports")
    ]
    assert _said(broker.queues(patient)) == [
        f"queue missing: {name} does not exist, though its daemon reports" for name in QUEUES
    ]
    with contextlib.ExitStack() as ended:
        controller = make_transport(_patient(rabbit.url("controller", "secret", "cloud")).conf)
        agent = make_transport(_patient(rabbit.url(vhost="cloud")).conf, agent=True)
        for transport in (controller, agent):
            ended.callback(transport.cleanup)
        for contract in (Flows, Reports):
            ended.callback(serve(controller, contract, object()).stop, 2.0)
        first, second = (serve(agent, Compute, object(), "h1") for _ in range(2))
        ended.callback(first.stop, 2.0)
        assert _said(broker.exchanges(patient)) == []
        assert _said(broker.queues(patient)) == ["agent runs twice: 2 processes take orders from compute.h1"]
        second.stop(2.0)
        _until(lambda: _said(broker.queues(patient)) == [])
    _until(lambda: [text.partition(" and")[0] for text in _said(broker.queues(patient))]
           == [f"queue unserved: {name} has 0 messages" for name in QUEUES])  # fmt: skip


def _until(condition) -> None:
    deadline = concurrency.monotonic() + 30
    while not condition():
        assert concurrency.monotonic() < deadline
        concurrency.sleep(0.1)


def test_a_wrong_password_and_a_dead_broker(rabbit) -> None:
    wrong = _patient(f"rabbit://controller:wrong@127.0.0.1:{rabbit.port}/cloud")
    (finding,) = broker.reachable(wrong)
    assert finding.fault == "broker unreachable" and "AccessRefused" in finding.evidence
    with pytest.raises(Skipped):
        list(broker.queues(wrong))
    (finding,) = broker.reachable(_patient(f"rabbit://controller:secret@{DEAD}/cloud"))
    assert "refused" in finding.evidence.lower()


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    directory = Path(tempfile.mkdtemp(prefix="nova-like-doctor-"))
    directory.chmod(0o711)
    made = Postgres(directory / "postgres")
    made.start()
    made.wait()
    yield made
    made.stop()
    made.wipe()
    shutil.rmtree(directory, ignore_errors=True)


names = (f"doctor{number}" for number in itertools.count())


@pytest.fixture
def cloud(server) -> Iterator[Database]:
    """A migrated database of its own."""
    name = next(names)
    server.create(name)
    made = Database(server.url(name))
    upgrade(made.engine)
    yield made
    made.dispose()
    server.drop(name)


def _of(cloud: Database) -> Patient:
    patient = _patient("rabbit://nobody@127.0.0.1:1/")
    patient.__dict__["database"] = cloud
    return patient


def test_settings_schema_and_clock_of_postgresql(server, cloud) -> None:
    assert [*database.reachable(_of(cloud)), *database.schema(_of(cloud)), *database.clock(_of(cloud))] == []
    assert list(database.durability(_of(cloud))) == []
    server.query("ALTER ROLE nova SET synchronous_commit = off", "postgres")
    try:
        cloud.dispose()
        (finding,) = database.durability(_of(cloud))
        assert finding.evidence == "PostgreSQL runs with synchronous_commit = off"
    finally:
        server.query("ALTER ROLE nova RESET synchronous_commit", "postgres")


def test_checks_and_gauges_run_on_postgresql(cloud) -> None:
    def fill(tx) -> None:
        hosts.upsert(tx, [{"kind": "compute", "name": "h1", "address": "h1", "boot_id": "b"}])
        tx.execute(sa.insert(flow_table).values(**_flow("f1"), due_at=1.0, state="parked", created_at=1.0))

    cloud.transact(fill)
    patient = _of(cloud)
    del patient.__dict__["hosts"]
    for check in (agents.silent, agents.deaf, agents.doubled, agents.schedulers, flows.tombstones, flows.audit):
        list(check(patient))
    assert [finding.fault for check in (flows.parked, flows.overdue) for finding in check(patient)] == [
        "flow parked", "flows overdue"
    ]  # fmt: skip
    (key, found), *_ = cloud.read(gauges.live_flows).items()
    assert key == ("boot", "parked") and found.number == 1 and found.oldest > 1e9
    states, lags = cloud.read(lambda tx: gauges.host_states(tx, 75.0))
    assert states == {("compute", "up"): 1} and lags["compute"] < 30


def _flow(id: str) -> dict:
    return {"id": id, "kind": "boot", "resource_id": "i", "generation": 1, "version": 1, "attempts": 1, "step": 0}


def test_retention_on_postgresql(cloud) -> None:
    """What another transaction holds is left for later, and nobody waits for it."""
    old = [{**_flow(f"f{n}"), "state": "done", "updated_at": float(n), "created_at": float(n)} for n in range(1, 6)]
    instance = {"project_id": "p", "user_id": "u", "name": "n", "hostname": "n", "state": "deleted", "generation": 1,
                "vcpus": 1, "ram_mib": 1, "disk_gib": 1, "reservation_id": "r", "deleted_at": 1.0}  # fmt: skip

    def fill(tx) -> None:
        tx.execute(sa.insert(flow_table), old)
        tx.execute(sa.insert(journal), [{"flow_id": "f1", "version": 1, "at": 1.0, "step": "", "event": ""}])
        tx.execute(sa.insert(instances), [{**instance, "id": f"i{n}"} for n in range(3)])
        token = {"project_id": "p", "verb": "v", "digest": "d", "created_at": 1.0}
        tx.execute(sa.insert(client_tokens), [{**token, "token": f"t{n}"} for n in range(3)])

    cloud.transact(fill)
    keep = Keep(3600.0, 3600.0)
    with cloud.engine.begin() as holder:
        holder.execute(sa.select(flow_table).where(flow_table.c.id == "f2").with_for_update())
        assert cloud.transact(lambda tx: retention.PRUNES["flows"](tx, keep, 3)) == 3  # f1, f3, f4
        assert _ids(cloud, flow_table) == {"f2", "f5"}
    pruned = {}
    for name in retention.PRUNES:
        pruned[name] = cloud.transact(lambda tx, name=name: retention.PRUNES[name](tx, keep, 500))
    assert {name: rows for name, rows in pruned.items() if rows} == {"flows": 2, "instances": 3, "client_tokens": 3}
    assert {"volumes", "revocations", "hosts"} <= set(pruned)
    assert cloud.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(journal))) == 0


def _ids(cloud: Database, table: sa.Table) -> set[str]:
    return set(cloud.read(lambda tx: list(tx.execute(sa.select(table.c.id)).scalars())))


def test_retention_goes_by_an_index(cloud) -> None:
    """The sequential scan is forbidden; if the partial index did not fit the statement, the plan would show one."""
    for name, index in (("flows", "ix_flows_ended"), ("instances", "ix_instances_deleted"),
                        ("volumes", "ix_volumes_deleted")):  # fmt: skip
        seen: list[str] = []

        def explain(tx, name=name, seen=seen) -> None:
            tx.execute(sa.text("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off"))
            run = tx.execute

            def look(statement, parameters=None):
                compiled = statement.compile(dialect=tx.connection.dialect, compile_kwargs={"literal_binds": True})
                seen.extend(line for (line,) in run(sa.text(f"EXPLAIN {compiled}".replace(":", r"\:"))))
                return run(statement, parameters)

            tx.execute = look
            retention.PRUNES[name](tx, Keep(3600.0, 3600.0), 10)

        cloud.transact(explain)
        assert [line for line in seen if index in line], seen
