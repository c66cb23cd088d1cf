"""A cloud with or without a server. Prints flow x step x variant when the harness has run: which of them passed."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import engines
from tests.flows.cloud import LittleCloud
from tests.flows.scenarios import boot

engines.share()
tmp_path = engines.tmp_path
_seen: dict[str, dict[str, str]] = defaultdict(dict)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[LittleCloud]:
    made = LittleCloud(tmp_path)
    yield made
    made.close()


@pytest.fixture
def id(cloud: LittleCloud) -> str:
    """Of a server that runs."""
    made = boot(cloud)
    assert cloud.settle()
    return made


def pytest_runtest_logreport(report) -> None:
    if "test_harness" not in report.nodeid or not (report.when == "call" or report.failed):
        return
    variant, _, rest = report.nodeid.partition("::")[2].partition("[")
    _seen[variant.removeprefix("test_")][rest.rstrip("]")] = "ok" if report.passed else "FAILED"


def pytest_terminal_summary(terminalreporter) -> None:
    terminalreporter.section("flow harness: variant, then flow-step")
    for variant, results in sorted(_seen.items()):
        for case, outcome in sorted(results.items()):
            terminalreporter.write_line(f"{outcome:6} {variant.replace('_', ' '):45} {case}")
