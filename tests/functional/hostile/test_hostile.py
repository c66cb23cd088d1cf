"""The hostile inputs S1 to S11, S16 to S30, S41 and S42, each proven to be found when its guard is gone. `-k S18` runs
one."""

import pytest

from tests.functional.hostile.catalog import ELSEWHERE, EXPECTED, TRIES, Try
from tests.functional.hostile.guards import Guard
from tests.functional.sweep_world import World

GUARDED = [(one, guard) for one in TRIES for guard in one.guards]


@pytest.mark.parametrize("one", TRIES, ids=str)
def test_refused(tenants: World, one: Try) -> None:
    assert one.check(tenants) == []


@pytest.mark.parametrize(("one", "guard"), GUARDED, ids=[f"{one}-without-{guard.__name__}" for one, guard in GUARDED])
def test_found_when_its_guard_is_gone(tenants: World, one: Try, guard: Guard) -> None:
    with guard(tenants):
        found = one.check(tenants)
    assert found, f"{one} does not miss {guard.__name__}"


def test_none_is_forgotten() -> None:
    tried = {one.number for one in TRIES}
    assert tried | ELSEWHERE.keys() == EXPECTED and not tried & ELSEWHERE.keys()
