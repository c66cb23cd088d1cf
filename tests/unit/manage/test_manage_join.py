"""host add and remove: a join file that says all, a broker user that may do little, and nothing left in the end. The
broker is a program that keeps what rabbitmqctl is told in a file."""

import json
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from nova_like import conf as configuration
from nova_like.db import hosts, tombstones
from nova_like.rpc import signing, tls
from tests.authority import Authority
from tests.unit.manage.manage_world import Operator
from tests.unit.manage.test_manage_hosts import STONE

CTL = """#!{python}
import json, pathlib, sys
kept = pathlib.Path({kept!r})
world = json.loads(kept.read_text()) if kept.exists() else {{"users": {{}}, "queues": ["compute.c1", "volume.c9"]}}
verb, *words = sys.argv[2:]
if verb in ("add_user", "change_password"):
    world["users"].setdefault(words[0], {{}})["password"] = sys.stdin.readline().strip()
elif verb in ("set_permissions", "set_topic_permissions"):
    world["users"][words[2]].setdefault(verb, []).append(words[3:])
elif verb == "list_users":
    print("".join(name + "\\t[]\\n" for name in world["users"]), end="")
elif verb == "list_queues":
    print("\\n".join(world["queues"]))
elif verb == "delete_user":
    del world["users"][words[0]]
elif verb == "delete_queue":
    world["queues"].remove(words[2])
else:
    sys.exit("no such verb: " + verb)
kept.write_text(json.dumps(world))
"""


class Site(Operator):
    """With a broker, a master key and an authority."""

    def __init__(self, state) -> None:
        super().__init__(state)
        self.kept, program, master = state / "broker.json", state / "ctl", state / "master"
        program.write_text(CTL.format(python=sys.executable, kept=str(self.kept)))
        program.chmod(0o755)
        master.write_text("m" * 64)
        self.authority = Authority(state)
        self.extra = (
            f"[bus]\nurl = rabbit://controller:pw@rabbit.example:5671/cloud\nqueue_type = classic_durable\nssl = true\n"
            f"ssl_ca_file = {self.authority.file}\nmaster_key_file = {master}\nrabbitmqctl = {program}\n"
            "[scheduler]\ngather_seconds = 0.05\n"
        )
        self.config.write_text(self.config.read_text() + self.extra)
        self.join = state / "c1.conf"

    def add(self, *more: str) -> tuple[int, str]:
        return self.run("host", "add", "c1", "--output", str(self.join), *more)

    @property
    def broker(self) -> dict:
        return json.loads(self.kept.read_text())


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path)
    assert made.run("db", "sync")[0] == 0
    yield made
    made.db.dispose()


def _as_agent_reads_it(path):
    return configuration.load([f"--config-file={path}"], "nova-like-compute", ("default", "bus", "compute", "volume"))


def test_the_join_file_is_all_that_an_agent_needs(site) -> None:
    status, said = site.add("--images-ca-file", str(site.authority.file), "--set", "network.uplink=eno1",
                            "--broker", "10.0.0.1:5671", "--broker", "10.0.0.2:5671")  # fmt: skip
    assert status == 0 and str(site.join) in said
    assert site.join.stat().st_mode & 0o777 == 0o600
    conf = _as_agent_reads_it(site.join)
    password = site.broker["users"]["host-c1"]["password"]
    assert conf.bus.url == f"rabbit://host-c1:{password}@10.0.0.1:5671,host-c1:{password}@10.0.0.2:5671/cloud"
    assert (conf.host, conf.bus.queue_type, conf.bus.ssl) == ("c1", "classic_durable", True)
    assert "network" not in conf and "uplink = eno1" in site.join.read_text()
    pem = site.authority.file.read_text()
    for path in (tls.options(conf.bus)["ca_certs"], conf.compute.fetch_ca_file):
        assert Path(path).read_text().strip() == pem.strip()
    envelope = signing.signer(conf, "c1").sign("hosts", {"a": 1})
    assert signing.Verifier(b"m" * 64).sender(envelope, "hosts", {"a": 1}) == "c1"


def test_its_broker_user_may_do_what_its_agents_must(site) -> None:
    assert site.add()[0] == 0
    user = site.broker["users"]["host-c1"]
    assert user["set_permissions"] == [[r"^(compute|network)\.c1$", r"^((compute|network)\.c1|reports|replies)$",
                                        r"^((compute|network)\.c1|commands)$"]]  # fmt: skip
    assert user["set_topic_permissions"] == [["commands", "^$", r"^(compute|network)\.c1$"],
                                             ["reports", "^reports$", "^$"]]  # fmt: skip


def test_done_again_it_makes_a_new_password_only_when_told(site) -> None:
    assert site.add()[0] == 0
    before = site.join.read_text(), site.broker["users"]["host-c1"]["password"]
    status, said = site.add()
    assert status == 1 and "--force" in said and site.join.read_text() == before[0]
    assert site.add("--force", "--kind", "volume")[0] == 0
    assert site.broker["users"]["host-c1"]["password"] not in before[0]
    assert site.broker["users"]["host-c1"]["set_permissions"][-1][0] == r"^volume\.c1$"


@pytest.mark.parametrize(("words", "said"), [
    (("--set", "network.uplnk=eno1"), "network.uplnk"), (("--set", "uplink"), "GROUP.OPTION"),
    (("--broker", "10.0.0.1"), "HOST:PORT"), (("--images-ca-file", "/etc/hostname"), "no certificate"),
    (("--images-ca-file", "/nowhere"), "No such file"),
])  # fmt: skip
def test_what_is_wrong_is_said_before_anything_is_done(site, words, said) -> None:
    status, text = site.add(*words)
    assert status == 1 and said in text
    assert not site.join.exists() and not site.kept.exists()


def test_no_password_goes_over_the_network_in_clear(site) -> None:
    site.config.write_text(site.config.read_text().replace("ssl = true", "ssl = false"))
    status, said = site.add()
    assert status == 1 and "in clear" in said
    assert site.add("--broker", "127.0.0.1:5672")[0] == 0


def test_names_that_are_none(site) -> None:
    for name in ("a b", "../x", "x$y", "a@b"):
        assert site.run("host", "add", name, "--output", str(site.join))[0] == 1
    assert not site.join.exists()


def _joined(site, **more) -> None:
    rows = [{"kind": kind, "name": "c1", "address": "c1", "boot_id": "b", **more} for kind in ("compute", "network")]
    site.db.transact(lambda tx: hosts.upsert(tx, rows))


def test_removed_when_drained_and_empty(site) -> None:
    assert site.add()[0] == 0
    _joined(site)
    status, said = site.run("host", "remove", "c1")
    assert status == 1 and "host drain c1" in said
    assert site.run("host", "drain", "c1")[0] == 0
    status, said = site.run("host", "remove", "c1")
    assert (status, "2 agents" in said) == (0, True), said
    assert site.broker == {"users": {}, "queues": ["volume.c9"]}
    assert site.table("host", "list") == []
    status, said = site.run("host", "remove", "c1")
    assert status == 1 and "No host is called c1" in said


def test_not_removed_while_it_holds_anything(site) -> None:
    _joined(site)
    assert site.run("host", "drain", "c1")[0] == 0
    site.db.transact(lambda tx: tombstones.insert(tx, {**STONE, "host": "c1"}))
    status, said = site.run("host", "remove", "c1")
    assert status == 1 and "tombstones (i1)" in said and "host fence" in said
    site.db.transact(lambda tx: tombstones.remove(tx, "t1"))
    site.db.transact(lambda tx: hosts.set_strangers(tx, "c1", ["x"], 1))
    status, said = site.run("host", "remove", "c1")
    assert status == 1 and "does not know (x)" in said
    assert not site.kept.exists() and len(site.table("host", "list")) == 2


def test_a_lost_one_is_removed_with_what_it_should_have_purged(site) -> None:
    assert site.add()[0] == 0
    _joined(site)
    stone = {**STONE, "host": "c1", "kind": "evacuated", "claimed": False, "vcpus": 0, "ram_mib": 0, "disk_gib": 0}
    site.db.transact(lambda tx: tombstones.insert(tx, stone))
    status, said = site.run("host", "remove", "c1", "--lost")
    assert status == 1 and "host fence c1 --yes" in said
    site.db.transact(lambda tx: tx.execute(sa.text("UPDATE hosts SET seen_at = seen_at - 100")))
    assert site.run("host", "fence", "c1", "--yes")[0] == 0
    status, said = site.run("host", "remove", "c1")
    assert status == 1 and "tombstones (i1)" in said and "--lost" in said
    assert site.run("host", "remove", "c1", "--lost")[0] == 0
    assert site.table("host", "list") == [] and site.broker["users"] == {}
    assert site.db.read(lambda tx: tombstones.of_resource(tx, "i1")) == []


def test_one_of_many_hosts_of_an_agent_is_not_removed(site) -> None:
    _joined(site)
    site.db.transact(lambda tx: hosts.upsert(tx, [{"kind": "compute", "name": "c2", "address": "c1", "boot_id": "b"}]))
    assert site.run("host", "drain", "c1")[0] == 0
    status, said = site.run("host", "remove", "c1")
    assert status == 1 and "c2" in said and len(site.table("host", "list")) == 3
