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
