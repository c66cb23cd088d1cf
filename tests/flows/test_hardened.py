"""What a stranger's reading found: each of these made a flow, a host or the whole cloud stand still."""

import dataclasses

import pytest

from nova_like import concurrency
from nova_like.db import hosts
from nova_like.fakes import World
from nova_like.flows.engine import Pace
from nova_like.model import errors
from nova_like.model.errors import Conflict, HostFailure
from nova_like.model.orders import Capacity, HostReport
from nova_like.rpc.reporter import Reporter
from nova_like.rpc.tally import Tally
from nova_like.scheduler.advancing import REST_SECONDS
from nova_like.scheduler.reports import Reports
from nova_like.virt import fake
from tests.flows.cloud import CTX, LittleCloud
from tests.flows.scenarios import boot, instances


def test_a_host_may_be_away_for_ever() -> None:
    assert Pace().resend_after(10**6) == 10.0


def test_sends_to_an_away_host_do_not_fill_the_journal(cloud: LittleCloud) -> None:
    id = boot(cloud)
    assert not cloud.settle(lambda bus: [parcel for parcel in bus if parcel.to != "compute"], rounds=100)
    (flow,) = cloud.database.read(lambda tx: _history(tx, id))
    assert flow["attempts"] > 25
    assert len(cloud.database.read(lambda tx: _timeline(tx, flow["id"]))) < 10


def _history(tx, id):
    from nova_like.db import flows

    return flows.history(tx, id)


def _timeline(tx, id):
    from nova_like.db import flows

    return flows.timeline(tx, id)


@pytest.mark.parametrize("change", [
    {"host": "evil\0host"}, {"host": "h" * 300}, {"boot_id": "b" * 100}, {"capacity": Capacity(vcpus=2**63)},
], ids=["nul", "long name", "long boot id", "huge"])  # fmt: skip
def test_one_hosts_nonsense_silences_no_other(cloud: LittleCloud, change: dict) -> None:
    good = HostReport("compute", "h1", "a-host", concurrency.new_id(), capacity=Capacity(7, 7, 7))
    bad = dataclasses.replace(HostReport("compute", "h9", "a-host", concurrency.new_id()), **change)
    cloud.reports.hosts(CTX, [bad, good], sender="a-host")
    cloud.reports.flush()
    assert cloud.database.read(lambda tx: hosts.by_name(tx, "compute", "h1"))["vcpus"] == 7
    assert cloud.reports.counters["refused"] == 1


def test_an_agent_answers_for_its_own_kind_of_work_only(cloud: LittleCloud) -> None:
    """A stranger claims to be the volume agent of h1 and h2; its answers to a plug move nothing."""
    boot_id = concurrency.new_id()
    claims = [HostReport("volume", host, "stranger", boot_id) for host in ("h1", "h2")]
    cloud.reports.hosts(CTX, claims, sender="stranger")
    cloud.reports.flush()
    id = boot(cloud)
    cloud.settle(lambda bus: [parcel for parcel in bus if parcel.to != "network"], rounds=3)
    (flow,) = cloud.database.read(lambda tx: _history(tx, id))
    from nova_like.model.orders import Answer

    forged = Answer(flow["id"], "plug", id, flow["generation"], flow["host"], boot_id, "done")
    cloud.reports.answer(CTX, forged, sender="stranger")
    (after,) = cloud.database.read(lambda tx: _history(tx, id))
    assert (after["version"], after["step_name"]) == (flow["version"], "plug")
    assert cloud.reports.counters["refused"] == 1


def test_an_answer_that_is_late_or_comes_again_is_no_offence(cloud: LittleCloud) -> None:
    """Two lives of instances, in which every answer there ever was comes again with each round of messages."""
    answers = []

    def again(bus):
        answers.extend(parcel for parcel in bus if parcel.method == "answer")
        return [*bus, *answers]

    for _ in range(2):
        id = boot(cloud)
        assert cloud.settle(again)
        instances(cloud).stop(CTX, id)
        assert cloud.settle(again)
        instances(cloud).delete(CTX, id)
        assert cloud.settle(again)
    assert len(answers) == 10 and cloud.reports.counters["refused"] == 0


def test_a_host_is_not_taken_over_by_a_report(cloud: LittleCloud) -> None:
    cloud.database.transact(lambda tx: hosts.upsert(tx, [{"kind": "compute", "name": "h1", "address": "thief",
                                                          "boot_id": "x", "facts": None}]))  # fmt: skip
    assert cloud.database.read(lambda tx: hosts.by_name(tx, "compute", "h1"))["address"] == "a-host"


def test_a_flow_that_the_engine_fails_at_rests_and_the_others_go_on(cloud: LittleCloud, monkeypatch) -> None:
    first, second = boot(cloud), boot(cloud)
    (flow,) = cloud.database.read(lambda tx: _history(tx, first))
    turn = cloud.engine._turn

    def failing(tx, flow_id, *rest):
        if flow_id == flow["id"]:
            raise KeyError("a kind that this release does not know")
        turn(tx, flow_id, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(cloud.engine, "_turn", failing)
        cloud.settle(rounds=5)
        assert cloud.row("instances", second)["state"] == "active"
        assert cloud.row("flows", flow["id"])["due_at"] >= cloud.clock.seconds - REST_SECONDS + 1
    assert cloud.settle()
    assert (cloud.row("instances", first)["state"], cloud.wrongs()) == ("active", [])


def test_a_delete_goes_on_whatever_the_host_says(cloud: LittleCloud, monkeypatch) -> None:
    """A fault that says 'do not try again' must not end a delete."""
    from nova_like.rpc.agent import Agent

    id = boot(cloud)
    assert cloud.settle()
    run, refusals = Agent._run, [1, 1, 1]

    def refusing(self, work):
        if work.order.step == "destroy" and refusals:
            refusals.pop()

            def verb(work, **payload):
                raise HostFailure("never", retry=False)

            work.verb = verb
        return run(self, work)

    monkeypatch.setattr(Agent, "_run", refusing)
    instances(cloud).delete(CTX, id)
    assert cloud.settle()
    assert (refusals, cloud.row("instances", id)["state"], cloud.wrongs()) == ([], "deleted", [])


def test_the_reporter_outlives_its_bus_client() -> None:
    def broken(ctx, method, **arguments):
        raise AttributeError("'NoneType' object has no attribute 'sendall'")

    counters = Tally()
    reporter = Reporter({"kind": "compute"}, ["h1"], broken, lambda host: None, counters)
    assert reporter.say("answer") is False
    assert counters["unsent"] == 1


@pytest.mark.parametrize("data", [
    {}, {"kind": "HostFailure", "facts": None}, {"kind": "Conflict", "facts": {"reason": "x", "noun": "y"}},
    {"kind": "NotFound", "facts": None}, {"kind": "nobody knows"},
])  # fmt: skip
def test_an_agents_fault_is_read_whatever_it_says(data: dict) -> None:
    assert isinstance(errors.from_dict(data), errors.Fault)


def test_a_busy_instance_still_refuses(cloud: LittleCloud) -> None:
    id = boot(cloud)
    assert cloud.settle()
    instances(cloud).stop(CTX, id)
    with pytest.raises(Conflict):
        instances(cloud).reboot(CTX, id)
    assert cloud.settle()


@pytest.mark.parametrize("verb", ["stop", "reboot"])
def test_what_was_never_placed_takes_no_power_order(cloud: LittleCloud, verb: str) -> None:
    """No host could answer: the order would be waited for until its deadline, and hold the instance's lock."""
    for kind in ("h1", "h2"):
        cloud.database.transact(lambda tx, kind=kind: hosts.set_enabled(tx, _host_id(tx, kind), False))
    id = boot(cloud)
    assert cloud.settle()
    assert (cloud.row("instances", id)["state"], cloud.row("instances", id)["host"]) == ("error", None)
    with pytest.raises(Conflict):
        instances(cloud).stop(CTX, id) if verb == "stop" else instances(cloud).reboot(CTX, id, soft=False)
    assert cloud.settle()


def _host_id(tx, name: str) -> str:
    row = hosts.by_name(tx, "compute", name)
    assert row is not None
    return str(row["id"])


def test_agents_that_share_an_address_are_all_heard_by_all_schedulers(cloud: LittleCloud) -> None:
    """A host's compute and network agents have one address. A scheduler that the one had reported to, before the other
    was known, dropped the other's answers until that one reported to it, too."""
    other = Reports(cloud.database, cloud.engine)
    compute = HostReport("compute", "h7", "h7", concurrency.new_id(), capacity=Capacity(1, 1, 1))
    cloud.reports.hosts(CTX, [compute], sender="h7")
    cloud.reports.flush()
    other.hosts(CTX, [HostReport("network", "h7", "h7", concurrency.new_id())], sender="h7")
    other.flush()
    assert cloud.reports._served("h7", "h7") == ("compute", "network")


def test_who_serves_a_host_for_one_kind_cannot_claim_another(cloud: LittleCloud) -> None:
    """Nor when the claim comes before the rightful agent was heard of here."""
    other = Reports(cloud.database, cloud.engine)
    cloud.reports.hosts(CTX, [HostReport("volume", "h7", "thief", concurrency.new_id())], sender="thief")
    cloud.reports.flush()
    other.hosts(CTX, [HostReport("network", "h7", "h7", concurrency.new_id())], sender="h7")
    other.flush()
    cloud.reports.hosts(CTX, [HostReport("network", "h7", "thief", concurrency.new_id())], sender="thief")
    cloud.reports.flush()
    assert (cloud.reports._served("h7", "thief"), cloud.reports.counters["refused"]) == (("volume",), 1)


def test_a_process_that_has_a_successor_is_not_believed(cloud: LittleCloud) -> None:
    """A report that it made while the guest ran is read when the guest was stopped under its successor."""
    id = boot(cloud)
    assert cloud.settle()
    cloud.report()
    (late,) = [parcel for parcel in cloud.bus if parcel.by == "compute"]
    cloud.bus.clear()
    cloud.start_agent("compute")
    assert cloud.settle()
    instances(cloud).stop(CTX, id)
    assert cloud.settle()
    for hello in (False, True):
        late.arguments["reports"][0]["hello"] = hello
        cloud.deliver(late)
        cloud.reports.flush()
        assert cloud.row("instances", id)["state"] == "stopped"


def _goes_down(cloud: LittleCloud, id: str) -> None:
    """A guest, by itself, under an agent process that is told of by a successor, for long."""
    fake.make("h1", World(cloud.path / "world", "compute"), fake.Knobs()).power.press(id)
    fake.make("h2", World(cloud.path / "world", "compute"), fake.Knobs()).power.press(id)
    cloud.start_agent("compute")
    for _ in range(12):
        cloud.report()
        assert cloud.settle()


def test_a_successor_is_believed_when_all_was_quiet_for_long(cloud: LittleCloud) -> None:
    """It has carried out no order for the guest, which went down by itself."""
    id = boot(cloud)
    assert cloud.settle()
    _goes_down(cloud, id)
    assert cloud.row("instances", id)["state"] == "stopped"


@pytest.mark.parametrize("state", ["rescued", "resized"])
def test_what_waits_for_its_user_waits_on_when_its_guest_goes_down(cloud: LittleCloud, state: str) -> None:
    """It is told that it is down (seed 600: a rescued one whose machine had lost its power was said to run)."""
    id = boot(cloud)
    assert cloud.settle()
    with cloud.database.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE instances SET state = '{state}'")
    _goes_down(cloud, id)
    row = cloud.row("instances", id)
    assert (row["state"], row["power"]) == (state, "shutdown")


def test_a_delete_that_is_asked_to_follow_itself_ends(cloud: LittleCloud) -> None:
    id = boot(cloud)
    assert cloud.settle()
    instances(cloud).delete(CTX, id)
    with cloud.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE flows SET \"then\" = 'delete', cancel = 1 WHERE kind = 'delete'")
    assert cloud.settle(rounds=20)
    kinds = sorted(flow["kind"] for flow in cloud.database.read(lambda tx: _history(tx, id)))
    assert (kinds, cloud.wrongs()) == (["boot", "delete"], [])


def test_a_flow_whose_row_is_gone_rests_between_tries(cloud: LittleCloud) -> None:
    """Whether a step is needed cannot be told: the flow is shown as in trouble, and not looked at in every sweep."""
    id = boot(cloud)
    assert cloud.settle()
    instances(cloud).delete(CTX, id)
    with cloud.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE instances SET state = 'deleted'")
    cloud.let_pass(8.0)
    flow = next(flow for flow in cloud.database.read(lambda tx: _history(tx, id)) if flow["kind"] == "delete")
    assert "could not be found" in flow["facts"]["trouble"]
    assert flow["due_at"] > cloud.clock.seconds + 10.0


def test_a_purge_whose_tombstone_is_gone_ends(cloud: LittleCloud) -> None:
    id = boot(cloud)
    assert cloud.settle()
    host = cloud.row("instances", id)["host"]
    cloud.cut_off(host)
    instances(cloud).delete(CTX, id)
    cloud.let_pass(12.0)
    with cloud.database.engine.begin() as connection:
        assert connection.exec_driver_sql("DELETE FROM tombstones").rowcount == 1
    cloud.bring_back(host)
    assert cloud.settle(rounds=20)
