"""Instances that are born with volumes, beyond the harness: volumes that come to nothing, and those who cannot wait."""

import pytest
import sqlalchemy as sa

from nova_like.db.audit import discrepancies
from nova_like.db.engine import Transaction
from nova_like.model.commands import BootDisk, BootInstances
from nova_like.model.errors import Invalid
from nova_like.services.volumes import Volumes
from tests.flows.cloud import CTX, IMAGE, LittleCloud
from tests.flows.scenarios import Allowing, Quotas, boot, born_of_volumes, instances, volume, volume_born
from tests.flows.test_harness import fail_verbs


def _volumes(cloud: LittleCloud) -> list[str]:
    with cloud.database.engine.connect() as connection:
        return sorted(connection.execute(sa.text("SELECT state FROM volumes")).scalars())


def _well(cloud: LittleCloud) -> None:
    assert cloud.settle()
    with cloud.database.engine.connect() as connection:
        assert (cloud.wrongs(), discrepancies(Transaction(connection))) == ([], [])


def _messages(cloud: LittleCloud) -> list[str]:
    return [line for line in cloud.log if line.startswith(("compute", "network", "volume"))]


def test_it_starts_from_its_volume_and_takes_it_along(cloud: LittleCloud) -> None:
    id = volume_born(cloud)
    _well(cloud)
    row = cloud.row("instances", id)
    assert (row["state"], row["disk_gib"], _volumes(cloud)) == ("active", 0, ["in-use", "in-use"])
    exported = [line for line in cloud.log if line == "volume.export export"]
    assert len(exported) == 2 and "volume.fill create" in cloud.log
    instances(cloud).stop(CTX, id)
    assert cloud.settle()
    instances(cloud).start(CTX, id)
    _well(cloud)
    instances(cloud).delete(CTX, id)
    _well(cloud)
    assert _volumes(cloud) == ["available", "deleted"]
    assert cloud.one("SELECT used FROM quota_usages WHERE resource = 'volumes'") == 1


def test_an_ordinary_boot_sends_what_it_sent(cloud: LittleCloud) -> None:
    cloud.log.clear()
    first = cloud.commits
    boot(cloud)
    _well(cloud)
    assert _messages(cloud) == ["network.plug plug", "compute.spawn spawn"] and cloud.commits - first >= 4


def test_a_volume_that_cannot_be_made_ends_the_boot(cloud: LittleCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    other = volume(cloud)
    fail_verbs(monkeypatch, {("create", False)})
    disks = (BootDisk("image", IMAGE, 1, True, True), BootDisk("volume", other, delete_on_termination=True))
    id = instances(cloud).boot(CTX, BootInstances("vm", "1", "", disks=disks))[0]["id"]
    _well(cloud)
    assert cloud.row("instances", id)["state"] == "error"
    assert _volumes(cloud) == ["available", "deleted"], "the user's own is not taken along by a boot that failed"


def test_nobody_takes_away_what_is_being_made_for_it(cloud: LittleCloud) -> None:
    id = born_of_volumes(cloud)
    made = str(cloud.one("SELECT id FROM volumes WHERE state = 'creating'"))
    with pytest.raises(Invalid):
        Volumes(cloud.database, Allowing(), Quotas(), cloud.starter).delete(CTX, made)
    _well(cloud)
    assert cloud.row("instances", id)["state"] == "active"


def test_its_end_does_not_wait_for_a_volume_that_is_being_made(cloud: LittleCloud) -> None:
    id = born_of_volumes(cloud)
    cloud.deaf.add(("volume", "v1"))
    cloud.let_pass(12.0)
    assert cloud.row("instances", id)["state"] == "building"
    instances(cloud).delete(CTX, id)
    cloud.let_pass(20.0)
    assert cloud.row("instances", id)["state"] == "deleted"
    cloud.deaf.clear()
    _well(cloud)
    assert _volumes(cloud) == ["available", "deleted"]
