"""More requests than the API's program can answer, on both back ends: those admitted end well, the rest is told when to
come again, version documents are answered, memory stays flat, and afterwards all is as before."""

import json
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.functional.api_process import ApiProcess, running
from tests.functional.test_api_process import BACKENDS, LOGIN, login

LIMITS = "max_requests = 2\nmax_waiting = 4\nmax_wait_seconds = 2\n"


def ask(api: ApiProcess, answers: list[tuple[int, str]]) -> None:
    """A login, which takes a fifth of a second of a processor; the status, and the header that a refusal has."""
    request = urllib.request.Request(
        f"{api.url}/identity/v3/auth/tokens", json.dumps(LOGIN).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            answers.append((answer.status, ""))
    except urllib.error.HTTPError as error:
        assert json.load(error)["error"]["code"] == error.code
        answers.append((error.code, error.headers["Retry-After"]))


def rss_mib(pids: list[int]) -> float:
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids) * 4096 / (1 << 20)


def flood(api: ApiProcess, number: int) -> list[tuple[int, str]]:
    answers: list[tuple[int, str]] = []
    threads = [threading.Thread(target=ask, args=(api, answers)) for _ in range(number)]
    for thread in threads:
        thread.start()
    with urllib.request.urlopen(f"{api.url}/compute/v2.1/", timeout=60) as document:
        assert document.status == 200
    for thread in threads:
        thread.join(120)
    return answers


@pytest.mark.parametrize("backend", BACKENDS)
def test_overload(tmp_path: Path, backend: str) -> None:
    with running(tmp_path, backend, password_rounds=12, more_api=LIMITS) as api:
        answers: list[Any] = flood(api, 60)
        before = rss_mib(api.workers())
        for _ in range(3):
            answers += flood(api, 60)
        assert len(answers) == 240
        good = [answer for answer in answers if answer[0] == 201]
        refused = [answer for answer in answers if answer[0] == 503]
        assert len(good) >= 4 and len(refused) >= 40 and len(good) + len(refused) == 240
        assert {after for _, after in refused} == {"2"}
        assert rss_mib(api.workers()) - before < 16
        assert login(api.url)[0] == 201
