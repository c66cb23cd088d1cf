"""A step's own function raises, on the way forth or back: the flow ends, or is parked and goes on when it can."""

import dataclasses

import pytest
import sqlalchemy as sa

from nova_like.flows.recipe import Recipe
from nova_like.model.errors import HostFailure, NotFound
from tests.flows.cloud import IMAGE, LittleCloud
from tests.flows.scenarios import SCENARIOS, Scenario, boot


def _with(cloud: LittleCloud, kind: str, number: int, side: str, times: list[Exception]) -> None:
    """Replace one step's function by one that raises as long as `times` has something to raise."""
    recipe: Recipe = cloud.engine.recipes[kind]
    step = recipe.steps[number]
    real = getattr(step, side)

    def raising(work):
        if times:
            raise times.pop()
        return real(work)

    steps = (*recipe.steps[:number], dataclasses.replace(step, **{side: raising}), *recipe.steps[number + 1 :])
    cloud.engine.recipes = {**cloud.engine.recipes, kind: dataclasses.replace(recipe, steps=steps)}


def _cases(side: str):
    for scenario in SCENARIOS:
        from nova_like.flows.catalog import RECIPES

        for number, step in enumerate(RECIPES[scenario.kind].steps):
            if getattr(step, side) is not None and step.name not in scenario.without:
                yield pytest.param(scenario, number, id=f"{scenario.name or scenario.kind}-{step.name}")


POWER = ("start", "stop", "pause", "unpause", "suspend", "resume")


@pytest.mark.parametrize(("scenario", "number"), list(_cases("do")))
@pytest.mark.parametrize("error", [NotFound("thing"), ZeroDivisionError("a bug")], ids=["fault", "bug"])
def test_forth(cloud: LittleCloud, scenario: Scenario, number: int, error: Exception) -> None:
    id = scenario.prepare(cloud)
    _with(cloud, scenario.kind, number, "do", [error])
    scenario.act(cloud, id)
    assert cloud.settle()
    cloud.report()  # a power order that was carried out and not written is found by the next report
    cloud.mending.mend()  # and what a host was not told, by the clock
    assert cloud.settle()
    assert cloud.wrongs() == []
    recovers = not cloud.engine.recipes[scenario.kind].cancellable
    allowed = {scenario.ends} if recovers else {scenario.broken}
    if scenario.late and number == len(cloud.engine.recipes[scenario.kind].steps) - 1:
        allowed = {scenario.late}
    if scenario.kind in POWER and number == 1:
        allowed = {scenario.ends}
    assert cloud.row(scenario.table, id)["state"] in allowed


@pytest.mark.parametrize(("scenario", "number"), list(_cases("undo")))
def test_back(cloud: LittleCloud, scenario: Scenario, number: int) -> None:
    """Everything up to the last step is undone; one undo raises twice before it works."""
    id = scenario.prepare(cloud)
    steps = cloud.engine.recipes[scenario.kind].steps
    last = max(place for place, step in enumerate(steps) if step.name not in scenario.without)
    undo_faults: list[Exception] = [HostFailure("not yet"), ZeroDivisionError("a bug")]
    _with(cloud, scenario.kind, last, "do", [HostFailure("at the end")])
    _with(cloud, scenario.kind, number, "undo", undo_faults)
    scenario.act(cloud, id)
    assert cloud.settle()
    cloud.report()
    assert cloud.settle()
    assert undo_faults == []
    assert cloud.wrongs() == []
    assert cloud.row(scenario.table, id)["state"] == (scenario.late or scenario.broken)


def test_an_image_that_goes_while_its_instance_boots(cloud: LittleCloud) -> None:
    id = boot(cloud)
    with cloud.database.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM images WHERE id = :id"), {"id": IMAGE})
    assert cloud.settle()
    assert cloud.row("instances", id)["state"] == "error"
    assert cloud.wrongs() == []
