"""What hosts say of guests while a flow is on its way is read when it is over: it is known to be late.

Between two orders of one flow a guest may be up that is to be down in the end, or the other way about."""

from typing import Any

import pytest

from nova_like.flows.catalog import RECIPES
from tests.flows.cloud import LittleCloud, Parcel
from tests.flows.scenarios import SCENARIOS, Scenario
from tests.flows.test_harness import fail_verbs, remote_steps

OURS = [scenario for scenario in SCENARIOS if scenario.table == "instances"]
EACH = [pytest.param(scenario, id=scenario.name or scenario.kind) for scenario in OURS]
EACH_STEP = [pytest.param(s, step, id=f"{s.name or s.kind}-{step}") for s in OURS for step in remote_steps(s)]


class Overheard:
    """Reports of the compute hosts from after each message; none of them has arrived."""

    def __init__(self, cloud: LittleCloud) -> None:
        self._cloud, self._deliver = cloud, cloud.deliver
        self.kept: list[Parcel] = []
        cloud.deliver = self._look  # type: ignore[method-assign]

    def _look(self, parcel: Parcel) -> None:
        self._deliver(parcel)
        if parcel.to != "reports" or parcel.method == "answer":
            before = len(self._cloud.bus)
            reporter = self._cloud.reporters["compute"]
            reporter.send(list(reporter.hosts))
            self.kept += self._cloud.bus[before:]
            del self._cloud.bus[before:]

    def check(self, id: str) -> None:
        shown = _shown(self._cloud, id)
        for parcel in self.kept:
            self._deliver(parcel)
            self._cloud.reports.flush()
            assert _shown(self._cloud, id) == shown, (parcel.arguments, self._cloud.log)


def _shown(cloud: LittleCloud, id: str) -> tuple[Any, Any]:
    row = cloud.row("instances", id)
    return row["state"], row["power"]


@pytest.mark.parametrize("scenario", EACH)
def test_when_all_goes_well(cloud: LittleCloud, scenario: Scenario) -> None:
    id = scenario.prepare(cloud)
    overheard = Overheard(cloud)
    scenario.act(cloud, id)
    assert cloud.settle()
    overheard.check(id)
    assert overheard.kept


@pytest.mark.parametrize(("scenario", "step"), EACH_STEP)
def test_when_a_step_fails(cloud: LittleCloud, scenario: Scenario, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    id = scenario.prepare(cloud)
    overheard = Overheard(cloud)
    failures = {(step, False)}
    fail_verbs(monkeypatch, failures)
    scenario.act(cloud, id)
    assert cloud.settle() and not failures and step in {each.name for each in RECIPES[scenario.kind].steps}
    overheard.check(id)
