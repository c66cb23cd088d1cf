"""nova-like-manage doctor: a healthy cloud has no fault; each fault is made, and its sentence is seen."""

import json
import os
import re
import time

import pytest
import sqlalchemy as sa

from nova_like.cmd.manage.broker.management import Management
from nova_like.cmd.manage.doctor.finding import MOST
from nova_like.cmd.manage.doctor.table import CHECKS
from nova_like.db import hosts
from nova_like.db.engine import Database
from nova_like.db.schema.flows import flows
from nova_like.db.schema.flows import locks as lock_table
from nova_like.db.schema.hosts import hosts as host_table
from nova_like.db.schema.identity import ec2_credentials
from nova_like.db.schema.tombstones import tombstones
from nova_like.model.errors import Fault
from tests.authority import Authority
from tests.functional.http_process import serving
from tests.unit.manage.doctor_world import AGENT, Ward


@pytest.fixture
def ward(tmp_path, monkeypatch):
    made = Ward(tmp_path, monkeypatch)
    yield made
    made.close()


def test_a_healthy_cloud(ward) -> None:
    found, skipped = ward.look()
    assert found == []
    assert skipped == {"durability": "only PostgreSQL has these settings"}


def _conf(name: str, value, group: str):
    return lambda ward: ward.conf.set_override(name, value, group)


def _append(text: str):
    def write(ward: Ward) -> None:
        with ward.file.open("a") as file:
            file.write(text)

    return write


def _flow(age: float = 0.0, overdue: float = -500.0, **values):
    def insert(ward: Ward) -> None:
        now = time.time()
        times = {"due_at": now - overdue, "created_at": now - age, "updated_at": now}
        row = {"id": "f1", "kind": "boot", "resource_id": "i1", "state": "running", "step": 1, "step_name": "plug",
               "generation": 1, "version": 3, "attempts": 1, "host": "h1", "host_kind": "network"}  # fmt: skip
        ward.execute(sa.insert(flows).values(**{**row, **times, **values}))

    return insert


def _seen(kind: str, seconds_ago: float):
    change = sa.update(host_table).where(host_table.c.kind == kind)
    return lambda ward: ward.execute(change.values(seen_at=time.time() - seconds_ago))


def _second_process(ward: Ward) -> None:
    other = {**AGENT, "name": "h2", "boot_id": "b2"}
    ward.operator.db.transact(lambda tx: hosts.upsert(tx, [other]))


def _another_agent(ward: Ward) -> None:
    other = {**AGENT, "name": "h2", "address": "h2"}
    ward.operator.db.transact(lambda tx: hosts.upsert(tx, [other]))
    ward.queues["compute.h2"] = (0, 1)
    ward.permissions[1]["read"] = r"^compute\."


def _foreign_secret(ward: Ward) -> None:
    row = {"access": "a", "sealed_secret": "of other keys", "user_id": "u", "project_id": "p"}
    ward.execute(sa.insert(ec2_credentials).values(**row))


def _age(name: str, days: float):
    return lambda ward: os.utime(ward.state / name, (time.time() - days * 86400,) * 2)


def _unreachable(ward: Ward) -> None:
    ward.__dict__["database"] = Database("sqlite:////nonexistent/db.sqlite")


def _tombstone(ward: Ward) -> None:
    row = {"id": "t", "kind": "instance", "resource_id": "i", "host_kind": "compute", "host": "h9", "generation": 1,
           "created_at": time.time() - 90000}  # fmt: skip
    ward.execute(sa.insert(tombstones).values(**row))


def _set(**values):
    def change(ward: Ward) -> None:
        for name, value in values.items():
            setattr(ward, name, value)

    return change


def _queue(name: str, depth):
    return lambda ward: ward.queues.update({name: depth})


def _permission(field: str, pattern: str):
    return lambda ward: ward.permissions[1].update({field: pattern})


CASES = [
    ("configuration", _append("[api]\nworker = 2\n"), r"configuration: \S+: unknown option \[api\] worker\. Remedy"),
    ("settings", _conf("link_key", "", "images"), r"no key for image links: .* Remedy: set the same random text"),
    ("settings", _conf("webhook_key", "k" * 31, "notifications"), r"webhooks can be forged: .* Remedy: set the same"),
    ("settings", _conf("master_key_file", None, "bus"), r"reports are not signed: .* Remedy: .*bus agent-key"),
    ("settings", _conf("ssl", True, "bus"), r"broker not verified: .* Remedy: set ssl_ca_file"),
    ("file modes", lambda w: w.master.chmod(0o644), r"secret readable by others: \S+master.key has mode 0644\. Remedy: "
     r"chmod 0600"),
    ("file modes", lambda w: w.file.chmod(0o644), r"secret readable by others: \S+\.conf has mode 0644\. Remedy: chmod "
     r"0640"),
    ("file modes", lambda w: (w.state / "keys/1").chmod(0o640), r"secret readable by others: \S+keys/1 has mode 0640"),
    ("key files", lambda w: w.master.write_text("short"), r"key file: \[bus\] master_key_file: .*16 characters"),
    ("key files", lambda w: w.master.unlink(), r"key file: \[bus\] master_key_file: .*No such file.*Remedy: make it"),
    ("database", _unreachable, r"database unreachable: .*unable to open.* Remedy: start it, or correct \[database\]"),
    ("one database for all", _conf("url", "sqlite:////x", "database"), r"SQLite under several daemons: .* PostgreSQL"),
    ("schema", lambda w: w.execute(sa.text("UPDATE alembic_version SET version_num = '0001'")),
     r"schema of another release: the database is at 0001, this release at \d+\. Remedy: run .*db sync"),
    ("schema", lambda w: w.execute(sa.text("DROP TABLE alembic_version")), r"schema of another release: .*no schema"),
    ("Fernet keys", lambda w: (w.state / "keys/1").unlink(), r"no Fernet keys: \S+ holds none\. Remedy: copy them"),
    ("Fernet keys", _age("keys/1", 400), r"Fernet key old: \S+/1 was made 400 days ago\. Remedy: .*under the name 2"),
    ("Fernet keys", _foreign_secret, r"Fernet keys differ: 1 EC2 secrets .*Remedy: copy those of another controller"),
    ("image store", lambda w: (w.state / "images").rmdir(), r"image store missing: \S+images is no directory"),
    ("image store", _set(free=-0.5), r"image store not writable: \S+images .*Remedy: chown"),
    ("image store", _set(free=0.01), r"image store nearly full: 41\.0 GiB of 4096\.0 are free .*Remedy: delete images"),
    ("broker", _set(broker_fault="AccessRefused: (403)"), r"broker unreachable: AccessRefused: \(403\)\. Remedy"),
    ("exchanges", _set(exchanges=["reports"]), r"exchange missing: .*no exchange reports\. Remedy: restart"),
    ("schedulers", _seen("scheduler", 31), r"no scheduler: none has shown itself since 20.* Remedy: `systemctl start"),
    ("schedulers", lambda w: w.execute(sa.delete(host_table).where(host_table.c.kind == "scheduler")),
     r"no scheduler: none has shown itself since ever"),
    ("silent agents", _seen("compute", 100), r"agent silent: compute h1 has not reported since 20.*Remedy: .*host "
     r"fence h1"),
    ("deaf agents", _flow(attempts=4, host_kind="compute"), r"agent deaf: compute h1 reports; 1 orders .*Remedy"),
    ("unknown guests", lambda w: w.execute(sa.update(host_table).where(host_table.c.name == "h1").values(
        strangers={"number": 2, "ids": ["g1", "g2"]})), r"unknown guests: h1 runs 2 .*: g1, g2\. Remedy: .*backup"),
    ("doubled agents", _second_process, r"agent runs twice: 2 processes report as compute agent h1\. Remedy: end all"),
    ("queues", _queue("compute.h1", None), r"queue missing: compute.h1 does not exist.*restart the compute agent"),
    ("queues", _queue("flows", None), r"queue missing: flows does not exist.*start a scheduler"),
    ("queues", _queue("reports", (7, 0)), r"queue unserved: reports has 7 messages and no consumer.*start a scheduler"),
    ("queues", _queue("compute.h1", (0, 2)), r"agent runs twice: 2 processes take orders from compute.h1\. Remedy"),
    ("growing queues", _queue("flows", (500, 1)), r"queue grows: flows went from 500 to 500 messages in 2 s\. Remedy"),
    ("kinds of queues", lambda w: w.types[0].update(type="classic"), r"queue of another kind: flows is durable "
     r"classic, \[bus\] queue_type is quorum\. Remedy: delete the queue"),
    ("broker users", _permission("write", ".*"), r"broker user may do too much: h1 may write to commands, may write to "
     r"amq.default, may write to flows\. Remedy: rabbitmqctl set_permissions h1"),
    ("broker users", _permission("read", "reports"), r"broker user may do too much: h1 may read reports"),
    ("broker users", _another_agent, r"broker user may do too much: h1 may read the orders of 2 agents"),
    ("parked flows", _flow(state="parked", fault={"kind": "HostFailure", "reason": "no route"}),
     r"flow parked: boot f1 of i1 at plug on h1, 1 attempts, 0 min old: no route\. Remedy: .*flow retry f1"),
    ("stuck flows", _flow(age=3000.0), r"flow does not get on: boot f1 .*50 min old\. Remedy: .*h1"),
    ("stuck flows", _flow(attempts=8), r"flow does not get on: boot f1 .* 8 attempts.*Remedy: .*flow retry f1"),
    ("overdue flows", _flow(overdue=100.0), r"flows overdue: 1 flows are due .*one for 1\d\d s\. Remedy"),
    ("retention", _flow(due_at=None, state="done", updated_at=time.time() - 75 * 3600.0), r"rows stay: flows that "
     r"ended more than 74 hours ago are still there\. Remedy: see the schedulers' logs"),
    ("tombstones", _tombstone, r"tombstones stay: h9 still holds 1 things .*, after a day\. Remedy: .*fence h9"),
    ("audit", lambda w: w.execute(sa.insert(lock_table).values(resource_id="i1", flow_id="f", mode="exclusive")),
     r"audit: i1 is locked by flow f, which has ended\. Remedy"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "harm", "sentence"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)])
def test_each_fault_is_named(ward, check, harm, sentence) -> None:
    harm(ward)
    found, _ = ward.look()
    lines = [str(finding) for finding in found]
    assert [line for line in lines if re.match(sentence, line)], lines
    assert all(finding.evidence and finding.remedy for finding in found)
    fault = sentence.partition(":")[0]
    # by the fault: what is told of it has seconds, and the second look is later than the first
    assert fault in {finding.fault for finding in found} & {finding.fault for finding in CHECKS[check](ward)}


class _Settings:
    """A PostgreSQL of which only its settings and its clock are known."""

    dialect = "postgresql"

    def __init__(self, **values: str) -> None:
        self.values = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"} | values

    def scalar(self, statement):
        text = str(statement)
        return self.values[text.split()[1]] if text.startswith("SHOW") else time.time() - 90.0


@pytest.mark.parametrize("name", ["fsync", "synchronous_commit", "full_page_writes"])
def test_a_database_that_is_not_durable(ward, monkeypatch, name) -> None:
    monkeypatch.setattr(ward, "read", lambda work: work(_Settings()))
    assert list(CHECKS["durability"](ward)) == []
    monkeypatch.setattr(ward, "read", lambda work: work(_Settings(**{name: "off"})))
    (finding,) = CHECKS["durability"](ward)
    assert re.match(rf"database not durable: PostgreSQL runs with {name} = off\. Remedy: set {name} = on", str(finding))


def test_clocks_that_differ(ward, monkeypatch) -> None:
    assert list(CHECKS["clocks"](ward)) == []
    monkeypatch.setattr(ward, "read", lambda work: work(_Settings()))
    (finding,) = CHECKS["clocks"](ward)
    assert re.match(
        r"clocks differ: the database's clock is -90\.0 s from this machine's\. Remedy: .*NTP", str(finding)
    )


def test_every_check_has_a_case() -> None:
    assert {case[0] for case in CASES} | {"durability", "clocks"} == set(CHECKS)


def test_without_a_database_the_rest_is_looked_at(ward) -> None:
    _unreachable(ward)
    ward.conf.set_override("link_key", "", "images")
    found, skipped = ward.look()
    assert {finding.fault for finding in found} == {"database unreachable", "no key for image links"}
    assert skipped["audit"] == skipped["silent agents"] == "the database does not answer"


def test_without_the_management_plugin_it_says_so(ward) -> None:
    ward.conf.set_override("management_url", "http://127.0.0.1:1", "bus")
    found, skipped = ward.look()
    assert found == [] and "127.0.0.1:1" in skipped["broker users"] and "kinds of queues" in skipped
    ward.conf.set_override("management_url", "file:///etc/passwd", "bus")
    assert "no http URL" in ward.look()[1]["broker users"]


def test_the_management_interface_is_asked_without_a_proxy(ward, monkeypatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert "kinds of queues" not in ward.look()[1]


def _made(path):
    path.mkdir()
    return path


def test_S43_the_management_interface_is_asked_by_tls_where_the_bus_is(ward, tmp_path) -> None:
    ward.conf.set_override("ssl", True, "bus")
    known, unknown = (Authority(_made(tmp_path / name)) for name in ("known", "unknown"))
    ward.conf.set_override("ssl_ca_file", str(known.file), "bus")
    ward.conf.set_override("management_url", "", "bus")
    assert Management(ward.conf).base.startswith("https://") and Management(ward.conf).base.endswith(":15671")
    for authority, is_refused in ((known, False), (unknown, True)):
        with serving("threading", authority.issue("127.0.0.1")) as server:
            ward.conf.set_override("management_url", f"https://127.0.0.1:{server.address[1]}", "bus")
            with pytest.raises(Fault) as said:  # it is no RabbitMQ
                Management(ward.conf).queues()
        assert ("CERTIFICATE_VERIFY_FAILED" in said.value.reason) is is_refused, said.value.reason


def test_a_check_that_breaks_is_a_fault(ward, monkeypatch) -> None:
    monkeypatch.setitem(CHECKS, "audit", lambda patient: 1 / 0)
    found, _ = ward.look()
    assert [str(finding).split(".")[0] for finding in found] == [
        "check broken: audit: ZeroDivisionError: division by zero"
    ]


def test_many_of_a_kind_are_shortened(ward) -> None:
    for number in range(MOST + 5):
        _flow(id=f"f{number}", state="parked")(ward)
    found, _ = ward.look()
    assert len(found) == MOST + 1 and found[-1].evidence == "5 more of this kind"


def test_a_host_that_is_switched_off_on_purpose_is_no_fault(ward) -> None:
    _seen("compute", 1000)(ward)
    ward.execute(sa.update(host_table).where(host_table.c.kind == "compute").values(enabled=False))
    assert ward.look()[0] == []


def test_the_command(tmp_path) -> None:
    """As an operator runs it: on the local bus, with an SQLite file, where nothing runs yet."""
    from tests.unit.manage.manage_world import Operator

    operator = Operator(tmp_path)
    operator.run("db", "sync")
    operator.bootstrap()
    (tmp_path / "images").mkdir()
    operator.config.chmod(0o600)
    status, text = operator.run("doctor")
    assert status == 1 and "no scheduler: " in text and "Remedy: " in text and "not checked: queues: " in text
    status, text = operator.run("doctor", "-f", "json")
    found = json.loads(text)
    assert status == 1 and {"fault", "evidence", "remedy"} == set(found["findings"][0])
    assert found["skipped"]["exchanges"] == "the bus is inside one process"
    operator.db.transact(lambda tx: hosts.upsert(tx, [{**AGENT, "kind": "scheduler"}]))
    with operator.config.open("a") as file:
        file.write("[images]\nlink_key = " + "k" * 32 + "\n")
    status, text = operator.run("doctor")
    assert (status, text.splitlines()[-1]) == (0, "no fault found"), text
    operator.db.dispose()
