"""Options of instances in their rows."""

import dataclasses

import pytest

from nova_like.model import options
from nova_like.model.options import Options


def test_the_usual_keeps_nothing() -> None:
    assert options.to_row(Options()) is None
    assert options.of_row({"options": None}) == options.of_row({}) == Options()


@pytest.mark.parametrize("change", [{"protected": True}, {"metadata_served": False}, {"token_hops": 3}])
def test_a_row_keeps_what_differs(change: dict) -> None:
    chosen = dataclasses.replace(Options(), **change)
    assert options.to_row(chosen) == change
    assert options.of_row({"options": change}) == chosen


@pytest.mark.parametrize("said, agent", [("yes", True), ("True", True), ("1", True), ("no", False), ("", False)])
def test_what_an_image_says_of_itself(said: str, agent: bool) -> None:
    for before in (Options(), Options(guest_agent=True, protected=True)):
        after = options.with_image(before, {"hw_qemu_guest_agent": said})
        assert (after.guest_agent, after.protected) == (agent, before.protected)
    assert options.with_image(Options(), None) == Options()
