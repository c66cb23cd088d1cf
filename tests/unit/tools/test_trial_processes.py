"""The supervisor and what it stands on, with small programs in place of daemons."""

import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.trial import census, packages, ports, processes
from tools.trial.layout import ROOT, Layout
from tools.trial.processes import Failed, Pidfile, birth, end, spawn, until

READY = """import os, socket, sys, time
link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
link.connect(os.environ["NOTIFY_SOCKET"]); link.send(b"READY=1\\nSTATUS=up")
print("said", os.environ.get("WORD"), flush=True)
time.sleep(600)"""


@pytest.fixture
def layout() -> Iterator[Layout]:
    with tempfile.TemporaryDirectory(prefix="nl-") as path:
        made = Layout(Path(path))
        made.make()
        yield made
        end([pid for pid in [Pidfile(made.supervisor).pid()] if pid])
        assert census.ours(made.state) == {}


def listed(layout: Layout, **programs: dict) -> None:
    content = [{"name": name, **program} for name, program in programs.items()]
    layout.processes.write_text(json.dumps({"processes": content}))


def python(code: str, **more: object) -> dict:
    return {"argv": [sys.executable, "-c", code], **more}


def supervise(layout: Layout) -> int:
    pid = spawn([sys.executable, "-m", "tools.trial.supervise", str(layout.state)], layout.log("supervisor"), cwd=ROOT)
    Pidfile(layout.supervisor).write(pid)
    return pid


def running(layout: Layout, name: str) -> int | None:
    return Pidfile(layout.pidfile(name)).pid()


def wait_ready(layout: Layout, name: str, not_pid: int | None = None) -> int:
    def ready() -> bool:
        path = layout.run / f"{name}.ready"
        pid = running(layout, name)
        return pid not in (None, not_pid) and path.exists() and path.read_text().strip() == str(pid)

    until(ready, 30, f"{name} is not ready")
    return running(layout, name) or 0


def test_what_dies_comes_back_and_what_is_held_does_not(layout: Layout) -> None:
    listed(layout, one=python(READY, env={"WORD": "hello"}))
    supervise(layout)
    first = wait_ready(layout, "one")
    assert "said hello" in layout.log("one").read_text()
    hold = layout.run / "one.hold"
    hold.touch()
    os.kill(first, signal.SIGKILL)
    until(lambda: "one ended" in layout.log("supervisor").read_text(), 10, "the death is not noticed")
    assert running(layout, "one") is None and not (layout.run / "one.ready").exists()
    hold.unlink()
    assert wait_ready(layout, "one", first) != first


def test_the_list_is_read_again_and_the_unchanged_stay(layout: Layout) -> None:
    listed(layout, one=python(READY), two=python(READY), three=python(READY, fingerprint="a"))
    pid = supervise(layout)
    before = {name: wait_ready(layout, name) for name in ("one", "two", "three")}
    listed(layout, one=python(READY), three=python(READY, fingerprint="b"), four=python(READY))
    os.kill(pid, signal.SIGHUP)
    wait_ready(layout, "four")
    assert running(layout, "one") == before["one"] and running(layout, "two") is None
    assert wait_ready(layout, "three", before["three"]) != before["three"]


def test_a_new_supervisor_adopts_and_then_ends_all(layout: Layout) -> None:
    listed(layout, one=python(READY), stubborn=python("import signal; signal.signal(15, signal.SIG_IGN); " + READY))
    pid = supervise(layout)
    one, stubborn = wait_ready(layout, "one"), wait_ready(layout, "stubborn")
    os.kill(pid, signal.SIGKILL)
    until(lambda: not birth(pid), 10, "the supervisor does not die")
    pid = supervise(layout)
    os.kill(one, signal.SIGKILL)
    wait_ready(layout, "one", one)
    assert running(layout, "stubborn") == stubborn
    end([pid], patience_s=25)
    assert not birth(stubborn) and running(layout, "one") is None


def test_who_fails_at_once_waits_ever_longer(layout: Layout) -> None:
    listed(layout, bad=python("raise SystemExit(3)"))
    supervise(layout)
    log = layout.log("supervisor")
    until(lambda: "bad ended (status 3), next start in 4 s" in log.read_text(), 20, "no longer delay")
    assert "next start in 2 s" in log.read_text()


def test_a_pid_that_was_used_again_is_not_ours(tmp_path: Path) -> None:
    pidfile = Pidfile(tmp_path / "pid")
    assert pidfile.pid() is None
    pidfile.write(os.getpid())
    assert pidfile.pid() == os.getpid()
    pidfile.path.write_text(f"{os.getpid()} 1\n")
    assert pidfile.pid() is None


def test_a_zombie_counts_as_gone() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    until(lambda: birth(pid) is None, 10, "the zombie counts as alive")
    os.waitpid(pid, 0)


def test_a_failed_command_tells_why() -> None:
    with pytest.raises(Failed, match="exit 3: oh no"):
        processes.run(["sh", "-c", "echo oh no >&2; exit 3"])
    with pytest.raises(Failed, match="no such program"):
        processes.run(["there-is-no-such-program"])


def test_free_ports_are_out_of_the_range_of_outgoing_connections() -> None:
    found = ports.free(20)
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert len(set(found)) == 20 and max(found) < low
    with socket.create_server(("127.0.0.1", found[0])):
        assert ports.listening(found[0])
    assert not ports.listening(found[0])


def test_the_environment_is_renewed_only_when_it_must(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []
    monkeypatch.setattr(packages, "run", lambda argv, **_: calls.append(argv))
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").touch()
    (tmp_path / "setup.cfg").write_text("a")
    assert packages.environment(tmp_path, "test")
    assert calls[-1][-1] == ".[test]"
    assert not packages.environment(tmp_path, "test") and not packages.environment(tmp_path, "")
    assert packages.environment(tmp_path, "libvirt") and calls[-1][-1] == ".[libvirt,test]"
    (tmp_path / "setup.cfg").write_text("b")
    assert packages.environment(tmp_path, "") and len(calls) == 3


def test_the_census_names_each_difference() -> None:
    before = {"links": ["lo"], "mounts": ["/a"]}
    assert census.compare(before, before) == []
    assert census.compare(before, {"links": ["lo", "tap0"], "mounts": []}) == ["links: + tap0", "mounts: - /a"]


SILENT = """import os, socket, time
link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
link.connect(os.environ["NOTIFY_SOCKET"]); link.send(b"READY=1")
print("limit", os.environ["WATCHDOG_USEC"], flush=True)
for _ in range(int(os.environ["SIGNS"])):
    time.sleep(0.1); link.send(b"WATCHDOG=1")
time.sleep(600)"""

ANSWERS = """import os, socket
assert os.environ["LISTEN_PID"] == str(os.getpid()) and os.environ["LISTEN_FDS"] == "1"
link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
link.connect(os.environ["NOTIFY_SOCKET"]); link.send(b"READY=1")
door = socket.socket(fileno=3)
while True:
    guest = door.accept()[0]; guest.sendall(str(os.getpid()).encode()); guest.close()"""


def test_what_gives_no_sign_of_life_is_killed_even_when_it_is_stopped(layout: Layout) -> None:
    listed(layout, mute=python(SILENT, env={"SIGNS": "0"}, watchdog_s=1.0),
           talks=python(SILENT, env={"SIGNS": "6000"}, watchdog_s=1.0))  # fmt: skip
    supervise(layout)
    mute, talks = wait_ready(layout, "mute"), wait_ready(layout, "talks")
    assert "limit 1000000" in layout.log("talks").read_text()
    assert wait_ready(layout, "mute", mute) != mute
    assert "mute has given no sign of life for 1 s: killed" in layout.log("supervisor").read_text()
    assert running(layout, "talks") == talks
    os.kill(talks, signal.SIGSTOP)
    assert wait_ready(layout, "talks", talks) != talks


def test_a_socket_outlives_the_daemon_behind_it_and_serves_two(layout: Layout) -> None:
    port = ports.free()[0]

    def ask() -> int:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
            return int(link.recv(100))

    listed(layout, one=python(ANSWERS, listen=f"127.0.0.1:{port}"), two=python(ANSWERS, listen=f"127.0.0.1:{port}"))
    supervise(layout)
    pids = {wait_ready(layout, "one"), wait_ready(layout, "two")}
    assert len(pids) == 2 and ask() in pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not any(birth(pid) for pid in pids), 20, "the daemons do not die")
    assert ask() not in pids  # it waited in the socket, nobody refused it


PARENT = """import os, signal, socket, sys, time
child = os.fork()
if child == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN if os.environ["STUBBORN"] else signal.SIG_DFL)
    time.sleep(60)  # longer than the test waits for its end; those of the last round outlive the test
print("child", child, flush=True)
link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
link.connect(os.environ["NOTIFY_SOCKET"]); link.send(b"READY=1")
time.sleep(600)"""


@pytest.mark.parametrize("stubborn", ["", "1"])
def test_the_children_of_what_was_killed_are_told_to_end(layout: Layout, stubborn: str) -> None:
    listed(layout, one=python(PARENT, env={"STUBBORN": stubborn}, watchdog_s=1.0))
    supervise(layout)
    first = wait_ready(layout, "one")
    child = int(layout.log("one").read_text().split()[1])
    assert wait_ready(layout, "one", first) != first
    until(lambda: not birth(child), 30, "the child does not end")
