"""An operator's hand on flows: retry makes one due now, cancel turns one round; both refuse what they cannot do."""

import pytest

from nova_like.db import flows
from nova_like.flows import steering
from nova_like.flows.catalog import RECIPES
from nova_like.model.errors import Conflict, HostFailure, NotFound
from nova_like.rpc.agent import Agent
from tests.flows.cloud import LittleCloud
from tests.flows.scenarios import SCENARIOS, Scenario, boot, instances

CANCELLABLE = [s for s in SCENARIOS if RECIPES[s.kind].cancellable]
FORWARD_ONLY = [s for s in SCENARIOS if not RECIPES[s.kind].cancellable and RECIPES[s.kind].resource != "tombstone"]
EACH_STEP = [pytest.param(s, step.name, id=f"{s.name or s.kind}-{step.name}") for s in CANCELLABLE
             for step in RECIPES[s.kind].steps if step.where != "local" and step.name not in s.without]  # fmt: skip


def _newest(cloud: LittleCloud, id: str):
    return cloud.database.read(lambda tx: steering.find(tx, id))


def _stuck_at(cloud: LittleCloud, scenario: Scenario, step: str) -> str:
    """A flow whose order for this step never arrives."""
    id = scenario.prepare(cloud)
    scenario.act(cloud, id)
    cloud.settle(lambda bus: [p for p in bus if _step(p) != step], rounds=3)
    assert _newest(cloud, id)["step_name"] == step
    return id


def _step(parcel) -> str:
    return parcel.arguments["order"]["step"] if "order" in parcel.arguments else ""


@pytest.mark.parametrize(("scenario", "step"), EACH_STEP)
def test_a_cancelled_flow_unwinds_and_leaves_its_resource_as_failed(cloud, scenario, step) -> None:
    id = _stuck_at(cloud, scenario, step)
    cloud.database.transact(lambda tx: steering.cancel(tx, id))
    with pytest.raises(Conflict, match="on its way back already"):
        cloud.database.transact(lambda tx: steering.cancel(tx, id))
    assert cloud.settle()
    flow = _newest(cloud, id)
    assert (flow["state"], flow["fault"]["reason"]) == ("cancelled", "The operation was cancelled by an operator.")
    cloud.mending.mend()  # what its host was not told, it is by the clock
    assert cloud.settle()
    assert (cloud.row(scenario.table, id)["state"], cloud.wrongs()) == (scenario.broken, [])


@pytest.mark.parametrize("scenario", FORWARD_ONLY, ids=lambda s: s.kind)
def test_what_only_goes_forward_is_not_cancelled(cloud, scenario) -> None:
    id = scenario.prepare(cloud)
    scenario.act(cloud, id)
    with pytest.raises(Conflict, match=f"A {scenario.asked or scenario.kind} only goes forward"):
        cloud.database.transact(lambda tx: steering.cancel(tx, id))
    assert cloud.settle()
    assert cloud.row(scenario.table, id)["state"] == scenario.ends


def test_a_delete_after_a_cancel_is_what_counts(cloud) -> None:
    id = _stuck_at(cloud, SCENARIOS[0], "spawn")
    cloud.database.transact(lambda tx: steering.cancel(tx, id))
    from tests.flows.cloud import CTX

    instances(cloud).delete(CTX, id)
    assert cloud.settle()
    assert (cloud.row("instances", id)["state"], cloud.wrongs()) == ("deleted", [])


def _parked(cloud: LittleCloud, monkeypatch) -> tuple[str, list[int]]:
    """A boot whose spawn fails for good, and whose unplug fails as long as the list says so."""
    id, run, broken = boot(cloud), Agent._run, [1]

    def failing(self, work):
        if (work.order.step, work.order.undo) == ("spawn", False) or (work.order.undo and broken):

            def verb(work, **payload):
                raise HostFailure("told to fail")

            work.verb = verb
        return run(self, work)

    monkeypatch.setattr(Agent, "_run", failing)
    assert not cloud.settle(rounds=6)
    assert _newest(cloud, id)["state"] == "parked"
    return id, broken


def test_a_parked_flow_is_tried_when_it_is_asked_for(cloud, monkeypatch) -> None:
    id, broken = _parked(cloud, monkeypatch)
    broken.clear()
    before = cloud.clock.seconds
    cloud.clockwork.sweep()
    assert _newest(cloud, id)["state"] == "parked"  # its rest is not over
    cloud.database.transact(lambda tx: steering.retry(tx, id))
    cloud.clockwork.sweep()
    while cloud.bus:
        cloud.deliver(cloud.bus.pop(0))
    assert (cloud.row("instances", id)["state"], cloud.clock.seconds) == ("error", before)
    assert cloud.wrongs() == []
    events = [entry["event"] for entry in cloud.database.read(lambda tx: flows.timeline(tx, _newest(cloud, id)["id"]))]
    assert "retry asked for by the operator" in events


def test_a_flow_that_waits_for_a_host_is_sent_again_at_its_first_pace(cloud) -> None:
    id = boot(cloud)
    cloud.settle(lambda bus: [p for p in bus if p.to != "compute"], rounds=8)
    assert _newest(cloud, id)["attempts"] > 2
    cloud.bus.clear()
    cloud.database.transact(lambda tx: steering.retry(tx, id))
    cloud.clockwork.sweep()
    assert [parcel.to for parcel in cloud.bus] == ["compute"]
    assert _newest(cloud, id)["attempts"] == 2
    assert cloud.settle()
    assert (cloud.row("instances", id)["state"], cloud.wrongs()) == ("active", [])


@pytest.mark.parametrize("ask", [steering.retry, steering.cancel])
def test_ended_and_unknown_flows_are_refused(cloud, ask) -> None:
    id = boot(cloud)
    assert cloud.settle()
    with pytest.raises(Conflict, match=r"has ended \(done\)"):
        cloud.database.transact(lambda tx: ask(tx, id))
    with pytest.raises(NotFound, match="flow list --all"):
        cloud.database.transact(lambda tx: ask(tx, "nobody"))
