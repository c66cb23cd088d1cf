"""What tools/simulate prints."""

import json
from collections import Counter
from pathlib import Path

from tests.simulation.run import Outcome, play

TAIL = 60  # events shown of a seed that fails


def numbers(seeds: str) -> range:
    """`A-B` or `A`."""
    first, _, last = seeds.partition("-")
    return range(int(first), int(last or first) + 1)


def one(seed: int, operations: int, events: int = 1000) -> int:
    """A seed and what happened in it."""
    outcome = play(seed, operations)
    print("\n".join(outcome.tail[-events:]))
    _print(outcome)
    _counted("operations", outcome.operations)
    _counted("faults", outcome.faults)
    return 1 if outcome.wrongs else 0


def many(seeds: str, operations: int, file: Path | None = None) -> int:
    """Each seed in a line, then the totals."""
    done, failed, ends = Counter[str](), Counter[str](), Counter[str]()
    wrong: dict[int, list[str]] = {}
    seconds = slowest = 0.0
    for seed in numbers(seeds):
        outcome = play(seed, operations)
        _print(outcome)
        if outcome.wrongs:
            wrong[seed] = outcome.wrongs
            print("\n".join(outcome.tail[-TAIL:]), flush=True)
        done, failed, ends = done + outcome.operations, failed + outcome.faults, ends + outcome.ends
        seconds, slowest = seconds + outcome.cpu_seconds, max(slowest, outcome.settled_seconds)
    _counted("operations", done)
    _counted("faults", failed)
    _counted("instances in the end", ends)
    count = len(numbers(seeds))
    print(f"{count} seeds in {seconds:.0f} s of a processor, {len(wrong)} failed: {sorted(wrong)}; the slowest came to "
          f"rest {slowest:.0f} s after the last fault")  # fmt: skip
    if file:
        report = {"seeds": count, "operations": done.total(), "faults": failed.total(), "failed": sorted(wrong),
                  "breaks": sum(map(len, wrong.values())), "slowest_rest_s": slowest, "seconds": round(seconds, 1),
                  "operations_by_kind": done, "faults_by_kind": failed}  # fmt: skip
        file.write_text(json.dumps(report, indent=1) + "\n")
    return 1 if wrong else 0


def _print(outcome: Outcome) -> None:
    verdict = "WRONG" if outcome.wrongs else "ok"
    print(f"seed {outcome.seed}: {verdict}, {outcome.operations.total()} requests, {outcome.faults.total()} faults, "
          f"{outcome.virtual_seconds:.0f} s of its own time in {outcome.cpu_seconds:.1f} s of a processor, "
          f"at rest after {outcome.settled_seconds:.0f} s, {outcome.fingerprint[:12]}", flush=True)  # fmt: skip
    for line in outcome.wrongs:
        print(f"  {line}")


def _counted(what: str, counter: Counter[str]) -> None:
    print(f"{what}:")
    for name, count in sorted(counter.items()):
        print(f"  {count:6} {name}")


def mutant(name: str, seeds: str, operations: int) -> int:
    """Seed by seed with a rule switched off, until one is found to be wrong."""
    found = hunt(name, seeds, operations)
    if found is None:
        print(f"{name}: NOT FOUND in seeds {seeds}")
        return 1
    print(f"{name}: seed {found.seed}: {found.wrongs[0]}")
    return 0


def hunt(name: str, seeds: str, operations: int) -> Outcome | None:
    """The first outcome that is wrong with this rule switched off."""
    from tests.simulation.mutants import MUTANTS

    for seed in numbers(seeds):
        with MUTANTS[name]():
            outcome = play(seed, operations)
        if outcome.wrongs:
            return outcome
    return None


def mutants(seeds: str, operations: int, file: Path | None = None) -> int:
    """The table: rule, first seed, what was found wrong."""
    from tests.simulation.mutants import MUTANTS

    found = {name: hunt(name, seeds, operations) for name in MUTANTS}
    for name, outcome in found.items():
        told = f"seed {outcome.seed:4}  {outcome.wrongs[0][:150]}" if outcome else "NOT FOUND"
        print(f"{name:28} {told}", flush=True)
    if file:
        table = {name: {"seed": one.seed, "found": one.wrongs} if one else None for name, one in found.items()}
        file.write_text(json.dumps(table, indent=1) + "\n")
    return 0 if all(found.values()) else 1
