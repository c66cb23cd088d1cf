"""Sixty seeds, and that a seed is all that a run depends on."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.run import play

SEEDS, PARTS = 60, 6
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_lost_stuck_leaked_or_doubled(part: int) -> None:
    """Each part plays every sixth seed. `tools/simulate --seed N` replays one that fails."""
    reached: set[str] = set()
    for seed in range(part + 1, SEEDS + 1, PARTS):
        outcome = play(seed)
        assert outcome.wrongs == [], f"seed {seed}\n" + "\n".join(outcome.tail[-60:])
        assert outcome.operations.total() >= 50, f"seed {seed} did nothing"
        reached |= set(outcome.faults)
    assert len(reached) >= 12, f"hardly anything went wrong: {sorted(reached)}"


def test_a_seed_replays_in_another_process() -> None:
    """Whatever the order of sets there is."""
    code = "from nova_like import concurrency; concurrency.init('threading')\n" \
           "from tests.simulation.run import play; print(play(5, 60).fingerprint)"  # fmt: skip
    prints = {
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={"PYTHONHASHSEED": salt, "PYTHONPATH": str(ROOT)},
                       capture_output=True, text=True, check=True).stdout
        for salt in ("1", "2")
    }  # fmt: skip
    assert prints == {play(5, 60).fingerprint + "\n"}


def test_another_seed_is_another_run() -> None:
    assert play(5, 20).fingerprint != play(6, 20).fingerprint
