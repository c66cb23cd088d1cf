"""Soft delete: what quota, host, guest, ports and volumes are while an instance waits for its end, both ways out."""

from collections import Counter

import pytest
import sqlalchemy as sa

from nova_like.db import audit, hosts, moves, quotas
from nova_like.model.errors import Conflict, NotFound, QuotaExceeded
from nova_like.scheduler.reclaiming import Reclaiming
from nova_like.services.lifecycle import Lifecycle
from tests.flows.cloud import CTX, LittleCloud
from tests.flows.scenarios import (
    SCENARIOS,
    attached,
    boot,
    full,
    instances,
    migrate,
    resize,
    shelve,
    shelving,
    soft_delete,
    soft_deletes,
)  # fmt: skip

KEPT = 3600.0


def _settled(cloud: LittleCloud, act, *args) -> None:
    act(*args)
    assert cloud.settle()
    assert (cloud.wrongs(), cloud.database.transact(audit.discrepancies)) == ([], [])


PLACED = [s for s in SCENARIOS if s.table == "instances" and s.kind not in ("boot", "delete", "purge") and not s.asked]


@pytest.mark.parametrize("scenario", [pytest.param(s, id=s.name or s.kind) for s in PLACED])
@pytest.mark.parametrize("number", [1, 4])
def test_whatever_it_cuts_off_leaves_nothing(cloud, scenario, number) -> None:
    """It comes before the message of this number, counted from the beginning of a flow."""
    id, seen, deliver = scenario.prepare(cloud), [0], cloud.deliver
    service = soft_deletes(cloud)

    def counting(parcel) -> None:
        if seen[0] == number:
            service.delete(CTX, id)
        seen[0] += 1
        deliver(parcel)

    cloud.deliver = counting
    scenario.act(cloud, id)
    assert cloud.settle()
    cloud.let_pass(scenario.lasts)
    cloud.mending.mend()  # what its host was not told, it is by the clock
    assert cloud.settle()
    assert (cloud.wrongs(), cloud.database.transact(audit.discrepancies)) == ([], [])
    held = cloud.database.read(lambda tx: tx.rows(sa.text("SELECT state FROM attachments")))
    assert {row["state"] for row in held} <= {"attached"}
    moved = cloud.database.read(lambda tx: tx.rows(sa.text("SELECT state FROM moves")))
    assert {row["state"] for row in moved}.isdisjoint({moves.MIGRATING})


def _used(cloud: LittleCloud) -> tuple[int, ...]:
    """Instances that hosts hold; instances, cores and RAM of the quota."""
    rows = cloud.database.read(lambda tx: hosts.list_hosts(tx, "compute"))
    used = cloud.database.read(lambda tx: quotas.usages(tx, CTX.project_id))
    return (sum(row["instances"] for row in rows), used["instances"], used["cores"], used["ram"])


def _state(cloud: LittleCloud, id: str) -> str:
    return str(cloud.row("instances", id)["state"])


def _flows(cloud: LittleCloud) -> Counter[str]:
    with cloud.database.engine.connect() as connection:
        return Counter(connection.exec_driver_sql("SELECT kind FROM flows").scalars())


def _pass(cloud: LittleCloud, seconds: float) -> None:
    cloud.clock.seconds += seconds
    cloud.report()


def test_its_quota_is_free_and_all_else_its_own(cloud, id):
    addresses = cloud.one("SELECT count(*) FROM addresses")
    _settled(cloud, soft_delete, cloud, id)
    row = cloud.row("instances", id)
    assert (row["state"], row["power"], row["wanted"], row["terminated_at"]) == (
        "soft_deleted", "shutdown", "present", None)  # fmt: skip
    assert (row["deleted_at"], row["host"]) != (None, None)
    assert _used(cloud) == (1, 0, 0, 0)
    assert cloud.one("SELECT count(*) FROM addresses") == addresses
    _settled(cloud, soft_deletes(cloud).restore, CTX, id)
    row = cloud.row("instances", id)
    assert (row["state"], row["power"], row["deleted_at"], _used(cloud)) == ("active", "running", None, (1, 1, 1, 512))


def test_once_is_enough(cloud, id):
    soft_delete(cloud, id)
    soft_delete(cloud, id)
    assert cloud.settle()
    since = cloud.row("instances", id)["deleted_at"]
    _settled(cloud, soft_delete, cloud, id)
    assert (_flows(cloud)["soft_delete"], cloud.row("instances", id)["deleted_at"]) == (1, since)


@pytest.mark.parametrize("verb", ["pause", "suspend", "rescue"])
def test_what_it_was_before(cloud, id, verb):
    """What was suspended keeps its memory; what was paused or rescued begins anew."""
    _settled(cloud, getattr(Lifecycle(instances(cloud)), verb), CTX, id)
    _settled(cloud, soft_delete, cloud, id)
    assert cloud.row("instances", id)["power"] == ("suspended" if verb == "suspend" else "shutdown")
    _settled(cloud, soft_deletes(cloud).restore, CTX, id)
    assert (_state(cloud, id), cloud.row("instances", id)["power"]) == ("active", "running")


def test_a_resize_is_confirmed_by_it(cloud, id):
    _settled(cloud, resize, cloud, id)
    _settled(cloud, soft_delete, cloud, id)
    assert (_state(cloud, id), _used(cloud)) == ("soft_deleted", (1, 0, 0, 0))
    assert cloud.one("SELECT state FROM moves") == "confirmed"
    _settled(cloud, soft_deletes(cloud).restore, CTX, id)
    assert (_state(cloud, id), _used(cloud)) == ("active", (1, 1, 2, 1024))


def _on_two_hosts(cloud):
    with cloud.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE moves SET source = 'elsewhere'")


@pytest.mark.parametrize(("act", "size"), [(migrate, (1, 512)), (resize, (2, 1024))])
def test_a_move_to_another_host_is_confirmed_by_it(cloud, id, act, size):
    there = full(cloud, id)
    _settled(cloud, act, cloud, id)
    assert _used(cloud)[0] == 2, "each host holds one of the two"
    _settled(cloud, soft_delete, cloud, id)
    assert (_state(cloud, id), _used(cloud)) == ("soft_deleted", (1, 0, 0, 0))
    assert (cloud.one("SELECT state FROM moves"), cloud.row("instances", id)["power"]) == ("confirmed", "shutdown")
    _settled(cloud, soft_deletes(cloud).restore, CTX, id)
    assert (_state(cloud, id), _used(cloud)) == ("active", (1, 1, *size))
    assert cloud.row("instances", id)["host"] not in (None, there)


def test_the_host_that_a_moved_one_left_is_waited_for(cloud, id):
    there = full(cloud, id)
    _settled(cloud, migrate, cloud, id)
    cloud.cut_off(there)
    soft_delete(cloud, id)
    cloud.let_pass(900.0)
    assert (_state(cloud, id), _used(cloud)) == ("resized", (2, 1, 1, 512))
    instances(cloud).delete(CTX, id)
    cloud.let_pass(60.0)
    assert (_state(cloud, id), _used(cloud)[1:]) == ("deleted", (0, 0, 0)), "a delete does not wait"
    cloud.bring_back(there)
    assert cloud.settle()
    assert (_used(cloud), cloud.wrongs(), cloud.database.transact(audit.discrepancies)) == ((0, 0, 0, 0), [], [])


def test_one_that_has_come_to_another_host_meanwhile_waits_for_its_word(cloud, id):
    """Nothing is confirmed that is not on its host, and no quota is given back of what is not put away."""
    _settled(cloud, resize, cloud, id)
    soft_delete(cloud, id)
    _on_two_hosts(cloud)
    assert cloud.settle()
    assert (_state(cloud, id), _used(cloud)[1]) == ("resized", 1)
    assert cloud.database.transact(audit.discrepancies) == []


@pytest.mark.parametrize(("seconds", "was", "held"), [(0.0, "offloaded", 0), (-1.0, "shelved", 1)])
def test_what_was_shelved_is_so_again(cloud, id, seconds, was, held):
    cloud.offload_seconds(seconds)
    _settled(cloud, shelve, cloud, id)
    _settled(cloud, soft_delete, cloud, id)
    assert (_state(cloud, id), _used(cloud)) == ("soft_deleted", (held, 0, 0, 0))
    _settled(cloud, soft_deletes(cloud).restore, CTX, id)
    assert (_state(cloud, id), _used(cloud)) == (was, (held, 1, 1, 512))
    _settled(cloud, shelving(cloud).unshelve, CTX, id)
    _settled(cloud, soft_delete, cloud, id)
    _settled(cloud, instances(cloud).delete, CTX, id)
    assert (_state(cloud, id), _used(cloud)) == ("deleted", (0, 0, 0, 0))


def test_volumes_stay_attached(cloud):
    id = attached(cloud)
    _settled(cloud, soft_delete, cloud, id)
    assert cloud.one("SELECT state FROM volumes") == "in-use"
    _settled(cloud, soft_deletes(cloud).restore, CTX, id)
    _settled(cloud, soft_delete, cloud, id)
    _settled(cloud, soft_deletes(cloud).force, CTX, id)
    assert (_state(cloud, id), cloud.one("SELECT state FROM volumes")) == ("deleted", "available")


def test_no_quota_to_come_back_to(cloud, id):
    _settled(cloud, soft_delete, cloud, id)
    with cloud.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE quota_usages SET used = 10 WHERE resource = 'instances'")
    with pytest.raises(QuotaExceeded):
        soft_deletes(cloud).restore(CTX, id)
    assert (_state(cloud, id), _used(cloud)[1:]) == ("soft_deleted", (10, 0, 0))


@pytest.mark.parametrize("verb", ["start", "stop", "reboot"])
def test_nothing_else_is_done_with_it(cloud, id, verb):
    _settled(cloud, soft_delete, cloud, id)
    with pytest.raises(Conflict):
        getattr(instances(cloud), verb)(CTX, id)


def test_only_what_is_put_away_comes_back(cloud, id):
    for act in (lambda: None, lambda: soft_delete(cloud, id), lambda: soft_deletes(cloud).force(CTX, id)):
        act()
        with pytest.raises(Conflict):
            soft_deletes(cloud).restore(CTX, id)
    assert cloud.settle()
    with pytest.raises(NotFound):
        soft_deletes(cloud).restore(CTX, id)
    assert (_used(cloud), cloud.wrongs()) == ((0, 0, 0, 0), [])


def test_after_its_time_it_goes_once(cloud, id):
    _settled(cloud, soft_delete, cloud, id)
    one, other = (Reclaiming(cloud.database, cloud.starter, KEPT) for _ in range(2))
    _pass(cloud, KEPT / 2)
    assert (one.reclaim(), Reclaiming(cloud.database, cloud.starter, 0).reclaim()) == (0, 0)
    _pass(cloud, KEPT / 2 + 1)
    assert (one.reclaim(), other.reclaim(), one.reclaim()) == (1, 0, 0)
    with pytest.raises(Conflict):
        soft_deletes(cloud).restore(CTX, id)
    assert cloud.settle()
    assert (_state(cloud, id), _used(cloud), _flows(cloud)["delete"]) == ("deleted", (0, 0, 0, 0), 1)
    assert (one.reclaim(), cloud.wrongs()) == (0, [])


def test_two_schedulers_that_both_have_found_it(cloud, id):
    _settled(cloud, soft_delete, cloud, id)
    _pass(cloud, KEPT + 1)
    one, other = (Reclaiming(cloud.database, cloud.starter, KEPT) for _ in range(2))
    began = [cloud.database.transact(lambda tx, each=each: each._delete(tx, id)) for each in (one, other)]
    assert (began, _flows(cloud)["delete"]) == ([True, False], 1)


def test_what_is_wanted_back_is_left_alone(cloud, id):
    _settled(cloud, soft_delete, cloud, id)
    _pass(cloud, KEPT + 1)
    soft_deletes(cloud).restore(CTX, id)
    assert Reclaiming(cloud.database, cloud.starter, KEPT).reclaim() == 0
    assert cloud.settle()
    assert (_state(cloud, id), cloud.wrongs()) == ("active", [])


def test_put_away_again_while_it_comes_back(cloud, id):
    _settled(cloud, soft_delete, cloud, id)
    soft_deletes(cloud).restore(CTX, id)
    _settled(cloud, soft_delete, cloud, id)
    assert (_state(cloud, id), _used(cloud)) == ("soft_deleted", (1, 0, 0, 0))


def test_one_that_never_ran_is_gone(cloud):
    id = boot(cloud)
    _settled(cloud, soft_delete, cloud, id)
    assert (_state(cloud, id), _used(cloud)) == ("deleted", (0, 0, 0, 0))


def test_off_it_is_gone(cloud, id):
    _settled(cloud, soft_deletes(cloud, 0).delete, CTX, id)
    assert (_state(cloud, id), _used(cloud)) == ("deleted", (0, 0, 0, 0))


def test_a_host_that_is_away_is_waited_for(cloud, id):
    host = cloud.row("instances", id)["host"]
    cloud.cut_off(host)
    soft_delete(cloud, id)
    cloud.let_pass(900.0)
    assert (_state(cloud, id), _used(cloud)) == ("active", (1, 1, 1, 512))
    cloud.bring_back(host)
    assert cloud.settle()
    assert (_state(cloud, id), _used(cloud), cloud.wrongs()) == ("soft_deleted", (1, 0, 0, 0), [])


def test_a_delete_waits_for_no_host(cloud, id):
    host = cloud.row("instances", id)["host"]
    cloud.cut_off(host)
    soft_delete(cloud, id)
    cloud.let_pass(30.0)
    soft_deletes(cloud).force(CTX, id)
    cloud.let_pass(30.0)
    assert (_state(cloud, id), _used(cloud)) == ("deleted", (1, 0, 0, 0))
    cloud.bring_back(host)
    assert cloud.settle()
    assert (_used(cloud), cloud.wrongs()) == ((0, 0, 0, 0), [])


def test_what_it_was_at_is_taken_back_first(cloud, id):
    """A shelving under way, at whichever message: the guest is put away from what it was, and no image is left over."""
    messages, before = 0, "active"
    while before == "active":
        shelve(cloud, id)
        for _ in range(messages):
            cloud.deliver(cloud.bus.pop(0))
        _settled(cloud, soft_delete, cloud, id)
        assert _state(cloud, id) == "soft_deleted"
        _settled(cloud, soft_deletes(cloud).restore, CTX, id)
        before, messages = _state(cloud, id), messages + 1
    assert (before, messages > 4) == ("offloaded", True)
