"""Attachments beyond the harness: what goes with an instance, back ends that are away, and that checkers see."""

import pytest
import sqlalchemy as sa

from nova_like.db.audit import discrepancies
from nova_like.db.engine import Transaction
from nova_like.model.errors import Conflict, HostFailure, Invalid
from nova_like.model.orders import Export
from nova_like.services.volumes import Volumes
from tests.flows.cloud import CTX, LittleCloud, Parcel
from tests.flows.scenarios import Allowing, Quotas, attached, attachments, boot, instances, volume


def _state(cloud: LittleCloud) -> str:
    return str(cloud.one("SELECT state FROM volumes"))


def _said(cloud: LittleCloud) -> list[str]:
    with cloud.database.engine.connect() as connection:
        return discrepancies(Transaction(connection))


def test_a_volume_goes_with_its_instance_if_it_is_to(cloud: LittleCloud) -> None:
    id, kept = volume(cloud), boot(cloud)
    assert cloud.settle()
    attachments(cloud).attach(CTX, kept, id, delete_on_termination=True)
    assert cloud.settle()
    assert (_state(cloud), cloud.wrongs(), _said(cloud)) == ("in-use", [], [])
    instances(cloud).delete(CTX, kept)
    assert cloud.settle()
    assert (_state(cloud), cloud.wrongs(), _said(cloud)) == ("deleted", [], [])
    assert cloud.one("SELECT used FROM quota_usages WHERE resource = 'gigabytes'") == 0


def test_an_instance_does_not_wait_for_a_back_end_that_is_away(cloud: LittleCloud) -> None:
    id = attached(cloud)
    cloud.cut_off("v1")
    instances(cloud).delete(CTX, id)
    cloud.let_pass(60.0)
    assert (cloud.row("instances", id)["state"], _state(cloud)) == ("deleted", "detaching")
    with pytest.raises(Invalid):
        Volumes(cloud.database, Allowing(), Quotas(), cloud.starter).delete(
            CTX, str(cloud.one("SELECT id FROM volumes"))
        )
    cloud.bring_back("v1")
    assert cloud.settle()
    assert (_state(cloud), cloud.wrongs(), _said(cloud)) == ("available", [], [])


def test_a_volume_does_not_wait_for_a_host_that_is_away(cloud: LittleCloud) -> None:
    """It is another instance's while the first one's host is silent; that guest is told when the host is back."""
    id = attached(cloud)
    host = cloud.row("instances", id)["host"]
    other = boot(cloud)
    assert cloud.settle()
    cloud.cut_off(host)
    held = str(cloud.one("SELECT id FROM volumes"))
    attachments(cloud).detach(CTX, id, held)
    cloud.let_pass(20.0)
    assert _state(cloud) == "available"
    assert cloud.row("instances", other)["host"] != host
    attachments(cloud).attach(CTX, other, held)
    cloud.let_pass(20.0)
    assert _state(cloud) == "in-use"
    cloud.bring_back(host)
    assert cloud.settle()
    assert (cloud.wrongs(), _said(cloud)) == ([], [])


def test_an_export_that_comes_late_opens_nothing(cloud: LittleCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was sent twice; the first one failed, and what followed has closed the volume when the other arrives."""
    id, held, late = boot(cloud), volume(cloud), list[Parcel]()
    assert cloud.settle()

    def twice(bus: list[Parcel]) -> list[Parcel]:
        late.extend(parcel for parcel in bus if parcel.method == "export")
        return bus

    def failing(host: str, export: Export) -> None:
        raise HostFailure("told to fail")

    attachments(cloud).attach(CTX, id, held)
    with monkeypatch.context() as patched:
        patched.setattr(cloud.agents["volume"]._backend, "export", failing)
        assert cloud.settle(twice)
    cloud.deliver(late[0])
    assert cloud.settle()
    assert (_state(cloud), cloud.wrongs(), _said(cloud)) == ("available", [], [])


def test_one_thing_at_a_time_is_done_with_an_instance(cloud: LittleCloud) -> None:
    id, first = boot(cloud), volume(cloud)
    attachments(cloud).attach(CTX, id, first)
    for act in (lambda: instances(cloud).stop(CTX, id), lambda: attachments(cloud).detach(CTX, id, first)):
        with pytest.raises(Conflict):
            act()
    assert cloud.settle()
    instances(cloud).stop(CTX, id)
    assert cloud.settle()
    attachments(cloud).detach(CTX, id, first)
    assert cloud.settle()
    assert (_state(cloud), cloud.wrongs()) == ("available", [])


def test_each_checker_sees_what_is_wrong(cloud: LittleCloud) -> None:
    id = attached(cloud)
    assert (cloud.wrongs(), _said(cloud)) == ([], [])
    for change in (
        "UPDATE volumes SET state = 'available'", "DELETE FROM attachments",
        f"UPDATE instances SET state = 'deleted' WHERE id = '{id}'",
    ):  # fmt: skip
        with cloud.database.engine.connect() as connection:
            connection.execute(sa.text(change))
            assert discrepancies(Transaction(connection)), change
            connection.rollback()
    with cloud.database.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM attachments"))
        connection.execute(sa.text("UPDATE volumes SET state = 'available'"))
    wrongs = cloud.wrongs()
    assert any("is exported" in line for line in wrongs) and any("has volumes" in line for line in wrongs)
