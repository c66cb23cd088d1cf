"""What became of each test of a suite: counted, grouped by service, printed. It runs nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
_STATUS = {"success": PASSED, "skip": SKIPPED, "xfail": SKIPPED}
_WHOLE_CLASS = re.compile(r"(?:setUpClass|tearDownClass) \((.+)\)$")


@dataclass
class Outcome:
    """One test; `words` are the reason of a skip or the end of a traceback."""

    test: str
    status: str
    words: str = ""

    @property
    def service(self) -> str:
        """`identity` of tempest.api.identity.v3.test_tokens..., `scenario` of tempest.scenario..., `personas` of a
        plugin's."""
        parts = self.test.split(".")
        if parts[0] != "tempest":
            return "personas"
        return parts[2] if parts[1] == "api" else parts[1]

    @property
    def last_line(self) -> str:
        """The shortest useful part of the words."""
        return self.words.strip().splitlines()[-1].strip() if self.words.strip() else ""


def plain(test: str) -> str:
    """The name without its attributes: tempest.api.x.TestY.test_z[id-...,smoke] becomes tempest.api.x.TestY.test_z."""
    return test.partition("[")[0]


def judge(listed: Iterable[str], reported: Iterable[tuple[str, str, str]]) -> list[Outcome]:
    """One outcome for each listed test. A class that could not be set up, or was skipped as a whole, speaks for all of
    its tests; a test of which nobody said anything has failed."""
    classes: dict[str, tuple[str, str]] = {}
    tests: dict[str, tuple[str, str]] = {}
    for test, status, words in reported:
        told = (_STATUS.get(status, FAILED), words)
        whole = _WHOLE_CLASS.match(test)
        if whole:
            classes.setdefault(whole.group(1), told)
        else:
            tests[plain(test)] = told
    found = []
    for test in sorted({plain(test) for test in listed}):
        told = tests.get(test) or classes.get(test.rpartition(".")[0]) or (FAILED, "it did not run")
        found.append(Outcome(test, *told))
    return found


def totals(outcomes: Iterable[Outcome]) -> dict[str, Counter[str]]:
    """Passed, failed and skipped of each service."""
    counted: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        counted.setdefault(outcome.service, Counter())[outcome.status] += 1
    return counted


def as_json(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    return [asdict(outcome) for outcome in outcomes]


def text(outcomes: list[Outcome]) -> str:
    """Those that did not pass, by name, then the figures."""
    lines = []
    for outcome in outcomes:
        if outcome.status != PASSED:
            lines.append(f"{outcome.status:8} {outcome.test}\n         {outcome.last_line[:200]}")
    lines.append(f"{'service':16} {'tests':>6} {PASSED:>7} {FAILED:>7} {SKIPPED:>8}")
    for service, count in sorted(totals(outcomes).items()):
        row = f"{service:16} {count.total():6} {count[PASSED]:7} {count[FAILED]:7} {count[SKIPPED]:8}"
        lines.append(row)
    return "\n".join(lines)
