"""Prints flow x step x variant when the harness has run: which of them passed."""

from collections import defaultdict

_seen: dict[str, dict[str, str]] = defaultdict(dict)


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
