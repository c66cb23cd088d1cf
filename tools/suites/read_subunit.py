"""Runs inside a suite's environment, which has the subunit package: a stream on standard input becomes a JSON list of
[test id, status, last words] on standard output. It imports nothing of this project."""

import json
import sys

import subunit  # type: ignore[import-not-found]
from testtools import StreamToDict  # type: ignore[import-not-found]

KEPT = 1500  # characters of what a test said last


def words(test: dict) -> str:
    """The reason of a skip, or the end of the traceback."""
    for name in ("reason", "traceback"):
        for key, detail in test["details"].items():
            if key.startswith(name):
                return detail.as_text().strip()[-KEPT:]
    return ""


def main() -> None:
    found = []

    def on_test(test: dict) -> None:
        if test["status"] != "exists":  # the list that stands before the run
            found.append([test["id"], test["status"], words(test)])

    result = StreamToDict(on_test)
    result.startTestRun()
    subunit.ByteStreamToStreamResult(sys.stdin.buffer, non_subunit_name="stdout").run(result)
    result.stopTestRun()
    json.dump(found, sys.stdout)


main()
