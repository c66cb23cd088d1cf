"""An undo that fails is parked: shown with its fault, tried again by itself, and in nobody's way."""

import pytest

from nova_like.db import flows, tombstones
from nova_like.model.errors import HostFailure
from nova_like.rpc.agent import Agent
from tests.flows.cloud import CTX, LittleCloud
from tests.flows.scenarios import boot, instances


@pytest.fixture
def broken(monkeypatch) -> set[tuple[str, str, bool]]:
    """(resource, step, undo) of verbs that fail as long as they are in here."""
    run, failing = Agent._run, set()

    def told(self, work):
        if (work.order.resource, work.order.step, work.order.undo) in failing:

            def raising(work, **payload):
                raise HostFailure("the cable is stuck")

            work.verb = raising
        return run(self, work)

    monkeypatch.setattr(Agent, "_run", told)
    return failing


def _parked(cloud: LittleCloud, broken: set) -> str:
    """A boot whose spawn fails for good and whose unplug does not work."""
    id = boot(cloud)
    broken |= {(id, "spawn", False), (id, "plug", True)}
    cloud.let_pass(20.0)
    assert _flow(cloud, id)["state"] == "parked"
    return id


def _flow(cloud: LittleCloud, id: str) -> dict:
    return cloud.database.read(lambda tx: flows.history(tx, id))[0]


def _listed(cloud: LittleCloud) -> list[tuple]:
    from nova_like.cmd.manage.flow import _line

    return [_line(row) for row in cloud.database.read(lambda tx: flows.list_flows(tx, ("parked",)))]


def test_it_is_shown_with_the_fault_of_the_undo(cloud: LittleCloud, broken: set) -> None:
    id = _parked(cloud, broken)
    ((flow, kind, resource, state, step, *_, fault),) = _listed(cloud)
    assert (kind, resource, state, step, fault) == ("boot", id, "parked", "plug", "the cable is stuck")
    timeline = cloud.database.read(lambda tx: flows.timeline(tx, flow))
    told = [entry["detail"]["fault"]["reason"] for entry in timeline if "plug failed" in entry["event"]]
    assert told == ["the cable is stuck"]


def test_it_is_tried_again_at_its_pace_and_ends_by_itself(cloud: LittleCloud, broken: set) -> None:
    id = _parked(cloud, broken)
    tries = len([line for line in cloud.log if line.endswith("plug undo")])
    cloud.let_pass(300.0)
    more = len([line for line in cloud.log if line.endswith("plug undo")]) - tries
    assert 7 <= more <= 11
    broken.clear()
    assert cloud.settle()
    assert (cloud.row("instances", id)["state"], cloud.wrongs(), _listed(cloud)) == ("error", [], [])


def test_it_blocks_no_other_flow(cloud: LittleCloud, broken: set) -> None:
    id = _parked(cloud, broken)
    others = [boot(cloud) for _ in range(4)]
    cloud.let_pass(12.0)
    assert {cloud.row("instances", other)["state"] for other in others} == {"active"}
    for other in others:
        instances(cloud).delete(CTX, other)
    cloud.let_pass(12.0)
    assert {cloud.row("instances", other)["state"] for other in others} == {"deleted"}
    assert _flow(cloud, id)["state"] == "parked"


def test_it_does_not_block_a_delete(cloud: LittleCloud, broken: set) -> None:
    """The user is rid of the instance; a tombstone holds what may be left until the host has done it."""
    id = _parked(cloud, broken)
    broken.add((id, "unplug", False))
    instances(cloud).delete(CTX, id)
    cloud.let_pass(12.0)
    assert cloud.row("instances", id)["state"] == "deleted"
    stones = [stone for host in ("h1", "h2") for stone in cloud.database.read(lambda tx, h=host: _on(tx, h))]
    assert [stone["resource_id"] for stone in stones] == [id]
    cloud.let_pass(60.0)
    (purge,) = cloud.database.read(lambda tx: flows.history(tx, stones[0]["id"]))
    assert (purge["state"], purge["facts"]["trouble"]) == ("running", "the cable is stuck")
    broken.clear()
    assert cloud.settle()
    assert cloud.wrongs() == []


def _on(tx, host: str) -> list[dict]:
    return tombstones.on_host(tx, host)


def test_a_local_undo_that_raises_says_why(cloud: LittleCloud, broken: set, monkeypatch) -> None:
    import dataclasses

    id = boot(cloud)
    broken.add((id, "spawn", False))
    recipe = cloud.engine.recipes["boot"]

    def raising(work):
        raise HostFailure("no such row")

    steps = (dataclasses.replace(recipe.steps[0], undo=raising), *recipe.steps[1:])
    cloud.engine.recipes = {**cloud.engine.recipes, "boot": dataclasses.replace(recipe, steps=steps)}
    cloud.let_pass(20.0)
    ((flow, *_, fault),) = _listed(cloud)
    assert fault == "no such row"
    timeline = cloud.database.read(lambda tx: flows.timeline(tx, flow))
    assert timeline[-1]["detail"]["fault"]["reason"] == "no such row"
