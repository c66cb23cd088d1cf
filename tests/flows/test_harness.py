"""Every flow under every fault: fail, twice, crash, cancel, drop, shuffle. Prints flow x step x variant at the end."""

import random

import pytest

from nova_like.flows.catalog import RECIPES
from nova_like.model.errors import HostFailure
from tests.flows.cloud import CTX, Crash, LittleCloud
from tests.flows.scenarios import SCENARIOS, Scenario

LOCAL_COMMITS = 40  # no flow here writes more often than this


def test_every_recipe_has_a_scenario() -> None:
    assert {scenario.kind for scenario in SCENARIOS} == set(RECIPES)


def remote_steps(scenario: Scenario) -> list[str]:
    steps = (step for step in RECIPES[scenario.kind].steps if step.where != "local")
    return [step.name for step in steps if step.name not in scenario.without]


EACH = [pytest.param(scenario, id=scenario.name or scenario.kind) for scenario in SCENARIOS]
EACH_STEP = [pytest.param(s, step, id=f"{s.name or s.kind}-{step}") for s in SCENARIOS for step in remote_steps(s)]


def _run(cloud: LittleCloud, scenario: Scenario) -> str:
    id = scenario.prepare(cloud)
    scenario.act(cloud, id)
    return id


def _check(cloud: LittleCloud, scenario: Scenario, id: str, *allowed: str) -> None:
    assert cloud.wrongs() == [], cloud.log
    assert cloud.row(scenario.table, id)["state"] in allowed


@pytest.mark.parametrize("scenario", EACH)
def test_nothing_fails(cloud: LittleCloud, scenario: Scenario) -> None:
    id = _run(cloud, scenario)
    assert cloud.settle()
    _check(cloud, scenario, id, scenario.ends)


@pytest.mark.parametrize(("scenario", "step"), EACH_STEP)
@pytest.mark.parametrize("again", [False, True], ids=["fail", "fail-and-undo-fails-once"])
def test_step_fails(cloud: LittleCloud, scenario: Scenario, step: str, again: bool, monkeypatch) -> None:
    """The agent's verb raises once before it does anything; perhaps its undo does, too."""
    failures = {(step, False)} | ({(step, True)} if again else set())
    id = scenario.prepare(cloud) if scenario.kind in ("boot", "volume_create") else None
    if id is None:
        id = scenario.prepare(cloud)
    fail_verbs(monkeypatch, failures)
    scenario.act(cloud, id)
    assert cloud.settle()
    assert not any(key == (step, False) for key in failures), "the step was never tried"
    recipe = RECIPES[scenario.kind]
    recovers = not recipe.cancellable or any(each.name == step and each.retries for each in recipe.steps)
    _check(cloud, scenario, id, scenario.ends if recovers else scenario.broken)


def fail_verbs(monkeypatch, failures: set[tuple[str, bool]]) -> None:
    from nova_like.rpc.agent import Agent

    run = Agent._run

    def failing(self, work):
        key = (work.order.step, work.order.undo)
        if key in failures:
            failures.discard(key)

            def raising(work, **payload):
                raise HostFailure("told to fail")

            work.verb = raising
        return run(self, work)

    monkeypatch.setattr(Agent, "_run", failing)


@pytest.mark.parametrize("scenario", EACH)
def test_every_message_twice(cloud: LittleCloud, scenario: Scenario) -> None:
    id = scenario.prepare(cloud)
    scenario.act(cloud, id)
    assert cloud.settle(lambda bus: [parcel for parcel in bus for _ in range(2)])
    _check(cloud, scenario, id, scenario.ends)


@pytest.mark.parametrize(("scenario", "step"), EACH_STEP)
@pytest.mark.parametrize("phase", ["before", "after"])
def test_agent_dies_around_its_effect(cloud: LittleCloud, scenario: Scenario, step: str, phase: str) -> None:
    id = scenario.prepare(cloud)
    deaths = []

    def die(kind: str, name: str, undo: bool, when: str) -> None:
        if name == step and when == phase and not deaths:
            deaths.append(name)
            raise Crash

    cloud.on_effect = die
    scenario.act(cloud, id)
    assert cloud.settle()
    assert deaths, "the step was never reached"
    _check(cloud, scenario, id, scenario.ends)


@pytest.mark.parametrize("scenario", EACH)
@pytest.mark.parametrize("phase", ["before", "after"])
def test_scheduler_dies_around_every_commit(tmp_path, scenario: Scenario, phase: str) -> None:
    """One run for each commit that the flow makes: the scheduler dies there."""
    number = reached = 0
    while number == reached:
        number += 1
        path = tmp_path / f"{number}"
        path.mkdir()
        cloud = LittleCloud(path)
        id = scenario.prepare(cloud)
        scenario.act(cloud, id)
        first, died = cloud.commits, []

        def die(commit: int, when: str, first=first, number=number, died=died) -> None:
            if when == phase and commit - first == number and not died:
                died.append(commit)
                raise Crash

        try:
            cloud.on_commit = die
            assert cloud.settle()
            _check(cloud, scenario, id, scenario.ends)
        finally:
            cloud.close()
        reached += bool(died)
    assert number > 2


@pytest.mark.parametrize("scenario", EACH)
def test_delete_at_every_point(tmp_path, scenario: Scenario) -> None:
    """One run for each message of the flow: the delete comes just before it."""
    point, came = 0, True
    while came:
        path = tmp_path / f"{point}"
        path.mkdir()
        cloud = LittleCloud(path)
        try:
            came = _delete_before(cloud, scenario, point)
        finally:
            cloud.close()
        point += 1
    assert point > 2


def _delete_before(cloud: LittleCloud, scenario: Scenario, point: int) -> bool:
    id = scenario.prepare(cloud)
    scenario.act(cloud, id)
    seen, came = [0], [False]
    deliver = cloud.deliver

    def counting(parcel) -> None:
        if seen[0] == point and not came[0]:
            came[0] = True
            scenario.cancel(cloud, id)
        seen[0] += 1
        deliver(parcel)

    cloud.deliver = counting  # type: ignore[method-assign]
    assert cloud.settle()
    if not came[0]:
        scenario.cancel(cloud, id)
        assert cloud.settle()
    if scenario.lasts:
        cloud.let_pass(scenario.lasts)
        assert cloud.settle()
    _check(cloud, scenario, id, "deleted")
    return came[0]


@pytest.mark.parametrize("scenario", EACH)
@pytest.mark.parametrize("seed", range(6))
def test_dropped_doubled_shuffled(tmp_path, scenario: Scenario, seed: int) -> None:
    """A third of all messages lost, some doubled, some kept back and delivered much later, all out of order."""
    cloud = LittleCloud(tmp_path, seed)
    chance, kept = random.Random(seed), []

    def carry(bus):
        kept.extend(parcel for parcel in bus if chance.random() < 0.2)
        arriving = [parcel for parcel in bus if chance.random() > 0.33]
        arriving += [parcel for parcel in bus if chance.random() < 0.2]
        while kept and chance.random() < 0.3:
            arriving.append(kept.pop(chance.randrange(len(kept))))
        chance.shuffle(arriving)
        return arriving

    try:
        id = scenario.prepare(cloud)
        scenario.act(cloud, id)
        assert cloud.settle(carry)
        for parcel in kept:  # what was kept back comes when all is over
            cloud.deliver(parcel)
        assert cloud.settle()
        _check(cloud, scenario, id, scenario.ends)
    finally:
        cloud.close()


def test_context_of_scenarios_is_a_member() -> None:
    assert "member" in CTX.roles
