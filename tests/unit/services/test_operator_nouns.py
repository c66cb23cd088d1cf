"""Flavors, key pairs, hosts and limits on a real database; only the policy is a stand-in that records what is asked."""

import pytest
from cryptography.hazmat.primitives import serialization

from nova_like.db import hosts as host_rows
from nova_like.db import quotas
from nova_like.db.engine import Database
from nova_like.db.schema.base import METADATA
from nova_like.model import sshkeys
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Forbidden, Invalid, NotFound, QuotaExceeded
from nova_like.services.flavors import Flavors
from nova_like.services.hosts import Hosts
from nova_like.services.keypairs import Keypairs
from nova_like.services.limits import Limits
from nova_like.services.rules.compute import RULES

ADMIN = Context(user_id="a", project_id="pa", roles=("admin", "manager", "member", "reader"))
MEMBER = Context(user_id="m", project_id="pm", roles=("member", "reader"))
READER = Context(user_id="r", project_id="pm", roles=("reader",))


class Policy:
    def check(self, ctx, rule, project_id=None):
        if RULES[rule] not in ctx.roles:
            raise Forbidden(rule)


@pytest.fixture
def db(tmp_path):
    import nova_like.db.schema  # noqa: F401  (all tables)

    database = Database(f"sqlite:///{tmp_path}/cloud.sqlite")
    METADATA.create_all(database.engine)
    yield database
    database.dispose()


def flavor(flavors, name, public=True, **more):
    return flavors.create(ADMIN, name, 1, more.pop("ram_mib", 64), 1, public=public, **more)


def test_flavors_are_made_by_operators_only_and_private_ones_hidden(db):
    flavors = Flavors(db, Policy())
    with pytest.raises(Forbidden):
        flavors.create(MEMBER, "m1", 1, 64, 1)
    small = flavor(flavors, "m1.tiny", id="1")
    secret = flavor(flavors, "secret", public=False)
    with pytest.raises(Conflict):
        flavor(flavors, "m1.tiny")
    assert flavors.get(READER, "1")["name"] == "m1.tiny" and small["created_at"] > 0
    with pytest.raises(NotFound):
        flavors.get(MEMBER, secret["id"])
    with pytest.raises(NotFound):
        flavors.by_name(MEMBER, "secret")
    assert [f["name"] for f in flavors.list(MEMBER, None)] == ["m1.tiny"]
    assert {f["name"] for f in flavors.list(ADMIN, None)} == {"m1.tiny", "secret"}


def test_flavor_pages_and_filters(db):
    flavors = Flavors(db, Policy())
    for index in range(5):
        flavor(flavors, f"f{index}", id=str(index), ram_mib=64 * (index % 2 + 1))
    first = flavors.list(MEMBER, sort_key="memory_mb", limit=2)
    rest = flavors.list(MEMBER, sort_key="memory_mb", marker=first[-1]["id"])
    assert [f["id"] for f in first + rest] == ["0", "2", "4", "1", "3"]
    down = flavors.list(MEMBER, sort_key="memory_mb", descending=True, marker="1")
    assert [f["id"] for f in down] == ["4", "2", "0"]
    assert [f["id"] for f in flavors.list(MEMBER, min_ram_mib=100)] == ["1", "3"]
    with pytest.raises(Invalid):
        flavors.list(MEMBER, marker="none")
    with pytest.raises(Invalid):
        flavors.list(MEMBER, sort_key="secret")


def test_extra_specs_and_deletion(db):
    flavors = Flavors(db, Policy())
    flavor(flavors, "f", id="1")
    flavors.set_extra_specs(ADMIN, "1", {"a": "1"})
    assert flavors.set_extra_specs(ADMIN, "1", {"b": "2"})["extra_specs"] == {"a": "1", "b": "2"}
    assert flavors.drop_extra_spec(ADMIN, "1", "a")["extra_specs"] == {"b": "2"}
    with pytest.raises(NotFound):
        flavors.drop_extra_spec(ADMIN, "1", "a")
    assert flavors.set_description(ADMIN, "1", "d")["description"] == "d"
    flavors.delete(ADMIN, "1")
    with pytest.raises(NotFound):
        flavors.delete(ADMIN, "1")


@pytest.mark.parametrize("algorithm", ["rsa", "ed25519"])
def test_a_made_key_is_a_pair_and_the_private_half_is_not_kept(db, algorithm):
    keypairs = Keypairs(db, Policy())
    row, private = keypairs.create(MEMBER, "k", algorithm=algorithm)
    load = serialization.load_ssh_private_key if algorithm == "ed25519" else serialization.load_pem_private_key
    key = load(private.encode(), None)
    form = (serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    assert row["public_key"].startswith(key.public_key().public_bytes(*form).decode())
    assert "PRIVATE" not in repr(keypairs.get(MEMBER, "k"))


def test_imported_keys_are_checked_and_belong_to_the_user(db):
    keypairs = Keypairs(db, Policy(), limit=2)
    _, public = sshkeys.generate("ed25519")
    row = keypairs.import_key(MEMBER, "k", f" {public} me@here\n")
    assert row["public_key"] == f"{public} me@here" and len(row["fingerprint"]) == 47
    for bad in ("", "ssh-rsa", "ssh-rsa AAAA", "nonsense words here", public + "\n" + public, "ssh-rsa " + "A" * 20000):
        with pytest.raises(Invalid):
            keypairs.import_key(MEMBER, "bad", bad)
    with pytest.raises(Conflict):
        keypairs.import_key(MEMBER, "k", public)
    keypairs.import_key(MEMBER, "k2", public)
    with pytest.raises(QuotaExceeded):
        keypairs.import_key(MEMBER, "k3", public)
    with pytest.raises(NotFound):
        keypairs.get(ADMIN, "k")
    assert keypairs.get(ADMIN, "k", user_id="m")["name"] == "k"
    with pytest.raises(Forbidden):
        keypairs.list(MEMBER, user_id="a")
    assert [k["name"] for k in keypairs.list(MEMBER, marker="k", limit=5)] == ["k2"]
    keypairs.delete(MEMBER, "k")
    with pytest.raises(NotFound):
        keypairs.delete(MEMBER, "k")


def report(db, kind, name, **more):
    row = {"kind": kind, "name": name, "address": f"{kind}.{name}", "boot_id": "b", "vcpus": 4, "ram_mib": 1024,
           "disk_gib": 10, **more}  # fmt: skip
    db.transact(lambda tx: host_rows.upsert(tx, [row]))


def test_hosts_are_up_while_they_report(db):
    hosts = Hosts(db, Policy(), down_seconds=75)
    report(db, "compute", "h1")
    report(db, "network", "h1")
    assert [(row["binary"], row["up"], row["shown_zone"]) for row in hosts.list(ADMIN)] == [
        ("nova-compute", True, "nova"), ("nova-network", True, "internal"),
    ]  # fmt: skip
    with pytest.raises(Forbidden):
        hosts.list(MEMBER)
    assert not Hosts(db, Policy(), down_seconds=-1).list(ADMIN)[0]["up"]


def test_disabling_a_host_closes_its_zone(db):
    hosts = Hosts(db, Policy(), down_seconds=75)
    report(db, "compute", "h1")
    host = hosts.by_name(ADMIN, "compute", "h1")
    assert [(zone.name, zone.available) for zone in hosts.zones(READER)] == [("nova", True)]
    changed = hosts.set_enabled(ADMIN, host["id"], False, "mending")
    assert (changed["enabled"], changed["disabled_reason"]) == (False, "mending")
    assert [(zone.name, zone.available, zone.hosts) for zone in hosts.zones(READER)] == [("nova", False, ())]
    assert hosts.states({"h1", "gone"}) == {"h1": "MAINTENANCE", "gone": "UNKNOWN"}
    assert hosts.set_enabled(ADMIN, host["id"], True)["disabled_reason"] is None
    assert [row["name"] for row in hosts.zones(ADMIN, detail=True)[0].hosts] == ["h1"]
    with pytest.raises(Forbidden):
        hosts.zones(MEMBER, detail=True)
    with pytest.raises(NotFound):
        hosts.set_enabled(ADMIN, "none", True)


def test_limits(db):
    limits = Limits(db, Policy(), {"instances": 10, "cores": 20})
    db.transact(lambda tx: quotas.take(tx, "pm", {"instances": 2}, {"instances": 10}))
    most, used = limits.show(MEMBER)
    assert {"instances": 10, "cores": 20}.items() <= most.items() and used == {"instances": 2, "key_pairs": 0}
    with pytest.raises(Forbidden):
        limits.show(MEMBER, "pa")
    assert {"instances": 10, "cores": 5}.items() <= limits.set(ADMIN, "pm", {"cores": 5}).items()
    assert limits.show(ADMIN, "pm")[0]["cores"] == 5
    with pytest.raises(Forbidden):
        limits.set(MEMBER, "pm", {"cores": 99})
