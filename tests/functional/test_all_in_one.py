"""nova-like-all: told to end it finishes what it has in hand, and it does not go on without its API."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from nova_like import concurrency
from nova_like.cmd.all_in_one import Http
from tests.functional.api_process import ENVIRONMENT, PATIENCE
from tests.functional.test_api_process import LOGIN
from tests.functional.test_metrics import free_ports, scrape


class Cloud:
    """One process; `url` of its API, `metrics` the port of its numbers. A login takes it seconds."""

    def __init__(self, state: Path) -> None:
        port = free_ports(2)
        self.url, self.metrics, config = f"http://127.0.0.1:{port}", port + 1, state / "all.conf"
        config.write_text(
            f"[DEFAULT]\nstate_path = {state}\nlog_file = {state}/all.log\n[api]\nbind_port = {port}\n"
            f"public_url = {self.url}\n[database]\nurl = sqlite:///{state}/db.sqlite\n[compute]\nhypervisor = fake\n"
            f"[identity]\nkey_repository = {state}/keys\npassword_rounds = 14\n[images]\nlink_key = {'k' * 32}\n"
            f"[network]\ndriver = fake\n[volume]\ndriver = fake\n[metrics]\nport = {self.metrics}\n"
        )
        (state / "password").write_text("secret-of-admin\n")
        words = ["--config-file", str(config)]
        for verb in (["db", "sync"], ["bootstrap", "--admin-password-file", str(state / "password"),
                                      "--public-url", self.url]):  # fmt: skip
            manage = [sys.executable, "-m", "nova_like.cmd.manage", *words, *verb]
            subprocess.run(manage, env=ENVIRONMENT, check=True, timeout=PATIENCE, cwd=state, capture_output=True)
        with (state / "all.out").open("wb") as out, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.bind(str(state / "notify"))
            ear.settimeout(PATIENCE)
            command = [sys.executable, "-m", "nova_like.cmd.all_in_one", *words]
            environment = {**ENVIRONMENT, "NOTIFY_SOCKET": str(state / "notify")}
            self.process = subprocess.Popen(command, env=environment, cwd=state, stdout=out, stderr=subprocess.STDOUT)
            assert b"READY=1" in ear.recv(4096)  # who asks a free port before may reach himself

    def in_hand(self) -> float:
        """Requests that it is answering."""
        return scrape(self.metrics)["nova_like_requests_in_hand"][()]


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    made = Cloud(tmp_path)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait(PATIENCE)


def test_a_request_in_hand_is_answered_after_sigterm(cloud: Cloud) -> None:
    answers: list[int] = []

    def login() -> None:
        body, kind = json.dumps(LOGIN).encode(), {"Content-Type": "application/json"}
        asked = urllib.request.Request(f"{cloud.url}/identity/v3/auth/tokens", body, kind)
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            answers.append(answer.status)

    deadline = time.monotonic() + PATIENCE
    client = threading.Thread(target=login)
    client.start()
    while cloud.in_hand() < 1.0:
        assert time.monotonic() < deadline
    cloud.process.send_signal(signal.SIGTERM)
    client.join(PATIENCE)
    assert answers == [201]
    assert cloud.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("fault", [None, RuntimeError("it broke")])
def test_without_its_api_it_does_not_go_on(fault: Exception | None) -> None:
    def serve() -> None:
        if fault is not None:
            raise fault

    stop = concurrency.Event()
    http = Http(serve, stop)
    assert concurrency.wait(stop, PATIENCE) and http.ended.is_set() and http.failed


def test_an_api_that_was_told_to_end_has_not_failed() -> None:
    stop = concurrency.Event()
    stop.set()
    http = Http(lambda: None, stop)
    assert concurrency.wait(http.ended, PATIENCE) and not http.failed
