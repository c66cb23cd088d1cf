"""Keeps docs/compatibility.rst current: between two marks of a service stand its figures and each test that does not
pass, by cause. What stands outside the marks is written by people."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from tools.suites.causes import CAUSES, WORDS
from tools.suites.outcome import FAILED, PASSED, SKIPPED, Outcome

MARKS = ".. begin {0}\n", ".. end {0}\n"
OTHER = "not looked into yet"


def write(path: Path, outcomes: list[Outcome]) -> None:
    """Renew the sections of the services that the outcomes speak of."""
    text = path.read_text()
    for service in sorted({outcome.service for outcome in outcomes}):
        begin, end = (mark.format(service) for mark in MARKS)
        section = f"{begin}\n{_section([one for one in outcomes if one.service == service])}\n{end}"
        if begin in text:
            before, after = text.partition(begin)[0], text.partition(end)[2]
            text = f"{before}{section}{after}"
        else:
            text = f"{text.rstrip()}\n\n{service}\n{'-' * len(service)}\n\n{section}"
    path.write_text(text)


def _section(outcomes: list[Outcome]) -> str:
    count = Counter(outcome.status for outcome in outcomes)
    first = (
        f"{len(outcomes)} tests: {count[PASSED]} passed, {count[FAILED]} failed, {count[SKIPPED]} were skipped by "
        "tempest."
    )
    return "\n".join([first, "", *_by_cause(outcomes)])


def _by_cause(outcomes: list[Outcome]) -> list[str]:
    causes: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.status != PASSED:
            causes.setdefault(cause(outcome), []).append(outcome.test)
    lines = []
    for why, tests in sorted(causes.items(), key=lambda item: (-len(item[1]), item[0])):
        lines += [f"* {why} ({len(tests)}):", "", *(f"  * ``{_short(test)}``" for test in sorted(tests)), ""]
    return lines


def cause(outcome: Outcome) -> str:
    """The cause that the table knows; of a skip else its own reason."""
    known = next((why for pattern, why in CAUSES if re.search(pattern, outcome.test)), "")
    if known:
        return known
    if outcome.status == SKIPPED:
        return f"tempest skips it: {outcome.last_line.rstrip('.')}"
    return next((why for pattern, why in WORDS if re.search(pattern, outcome.last_line)), OTHER)


def _short(test: str) -> str:
    return test.removeprefix("tempest.api.")
