"""A plugin of pytest that notes, for each test that passes, the actions that it called, with which parameters and
filters, and the codes of errors that it was answered. What a test got before it failed is not noted."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from nova_like.api.ec2 import app, errors
from nova_like.api.ec2.call import Call
from nova_like.model.errors import Fault

WHERE = "EC2_ACTIONS_FILE"
Notes = dict[str, dict[str, set[str]]]


def notes() -> Notes:
    """{action: {parameters, filters, codes, tests, answered: names}}; `answered` are the tests that got a 200."""
    return defaultdict(
        lambda: {"parameters": set(), "filters": set(), "codes": set(), "tests": set(), "answered": set()}
    )


def merge(into: Notes, new: Notes) -> None:
    """Add what `new` holds."""
    for action, kinds in new.items():
        for kind, names in kinds.items():
            into[action][kind] |= names


def together(found: Iterable[dict[str, dict[str, list[str]]]]) -> dict[str, dict[str, list[str]]]:
    """The notes of several runs as one."""
    all_of_them = notes()
    for each in found:
        merge(
            all_of_them, {action: {kind: set(names) for kind, names in kinds.items()} for action, kinds in each.items()}
        )
    return plain(all_of_them)


def plain(found: Notes) -> dict[str, dict[str, list[str]]]:
    """As JSON can hold it, in order."""
    return {action: {kind: sorted(names) for kind, names in kinds.items()} for action, kinds in sorted(found.items())}


class Recorder:
    """`kept` is of tests that passed, `now` of the one that runs."""

    def __init__(self) -> None:
        self.kept, self.now, self.test = notes(), notes(), ""
        self._run = app._run

    def run(self, call: Call) -> Any:
        """In place of the application's own: the same, noted."""
        mine = self.now[call.action]
        mine["tests"].add(self.test)
        try:
            answer = self._run(call)
        except Fault as fault:
            mine["codes"].add(errors.answer(fault)[0])
            raise
        given = {name for name, value in call.params.items() if value is not None}
        mine["answered"].add(self.test)
        mine["parameters"] |= given - {"Filters"}
        mine["filters"] |= {each["Name"] for each in call.params.get("Filters") or () if each.get("Name")}
        return answer

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.now, self.test = notes(), item.nodeid.partition("[")[0]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            merge(self.kept, self.now)

    def pytest_sessionfinish(self) -> None:
        Path(os.environ[WHERE]).write_text(json.dumps(plain(self.kept)) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    recorder = Recorder()
    app._run = recorder.run
    config.pluginmanager.register(recorder, "ec2-actions")
