"""The readiness protocol never holds up a daemon, whatever its supervisor does."""

import socket
import time

from nova_like.cmd import notify


def test_words_arrive(tmp_path, monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        notify.ready("serving")
        notify.watchdog()
        assert [ear.recv(99), ear.recv(99)] == [b"READY=1\nSTATUS=serving", b"WATCHDOG=1"]


def test_a_supervisor_that_does_not_read(tmp_path, monkeypatch):
    """The API's parent once hung in its watchdog message, and could not be ended any more."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setattr(notify, "PATIENCE_SECONDS", 0.01)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        begun = time.monotonic()
        for _ in range(600):
            notify.watchdog()
        assert time.monotonic() - begun < 30


def test_without_a_supervisor(tmp_path, monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify.ready()
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    notify.ready()
