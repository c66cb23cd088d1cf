"""Real exports of real volumes: what is written is there again, by its own name only, as the raw bytes that it is."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from nova_like import concurrency
from nova_like.model.errors import HostFailure
from nova_like.model.orders import Export, Volume
from nova_like.volume.drivers.file import FileBackend
from nova_like.volume.drivers.nbd import Server
from tests.integration import libvirt_lab as lab

HOST = "v1"
GIB = 1 << 30


@pytest.fixture
def backend(tmp_path):
    made = FileBackend(tmp_path / "volumes", reserved_gib=0, overcommit_ratio=100.0)
    made.start(HOST)
    yield made
    _close_all(made)


def _close_all(backend):
    for volume, attachment in backend.exports(HOST).items():
        backend.unexport(HOST, Export(attachment, Volume(volume, "", 1)))


def _exported(backend):
    volume = Volume(concurrency.new_id(), concurrency.new_id(), 1)
    backend.create(HOST, volume)
    export = Export(concurrency.new_id(), volume)
    return export, backend.export(HOST, export)


def _io(reached, command, name=None):
    """qemu-io's exit status; it also fails when a pattern that is read is not there."""
    url = f"nbd://{reached.address}:{reached.port}/{name or reached.name}"
    done = subprocess.run(["qemu-io", "-f", "raw", "-c", command, url], capture_output=True, text=True, timeout=120)
    return done.returncode == 0 and "failed" not in done.stdout + done.stderr


def _pid(tmp_path, export):
    return int((tmp_path / "volumes" / f"{export.volume.id}.pid").read_text())


def _ended(pid):
    """Gone, or a zombie that nobody has asked after."""
    try:
        return not Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True


def test_what_is_written_is_there_for_the_next_attachment(backend):
    export, reached = _exported(backend)
    assert _io(reached, "write -P 0x5a 1M 64k")
    assert not _io(reached, "read 0 512", name="another"), "an export was reached without its name"
    backend.unexport(HOST, export)
    assert not _io(reached, "read 0 512"), "it was closed"
    again = backend.export(HOST, Export(concurrency.new_id(), export.volume))
    assert again.name != reached.name
    assert _io(again, "read -P 0x5a 1M 64k") and not _io(again, "read -P 0x5b 1M 64k")


def test_one_that_fell_over_comes_back_where_it_was(backend, tmp_path):
    export, reached = _exported(backend)
    assert _io(reached, "write -P 0x33 0 4k")
    pid = _pid(tmp_path, export)
    os.kill(pid, signal.SIGKILL)
    lab.wait_for(lambda: _ended(pid))
    backend.keep(HOST)
    assert _io(reached, "read -P 0x33 0 4k")
    assert backend.export(HOST, export) == reached


def test_an_export_outlives_whoever_made_it_and_ends_with_its_volume(backend, tmp_path):
    export, _ = _exported(backend)
    pid = _pid(tmp_path, export)
    assert os.getpgid(pid) != os.getpgrp(), "it would die with its agent's group"
    backend.delete(HOST, export.volume)
    lab.wait_for(lambda: _ended(pid))
    assert not list((tmp_path / "volumes").iterdir())


def test_what_a_guest_writes_is_never_taken_for_a_format(backend, tmp_path):
    """A volume that its guest has made look like a qcow2 over a file of the host is raw bytes as before."""
    export, reached = _exported(backend)
    disguise = tmp_path / "disguise"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", "/etc/passwd", "-F", "raw", str(disguise),
                    "1M"], check=True)  # fmt: skip
    assert _io(reached, f"write -s {disguise} 0 64k")
    backend.unexport(HOST, export)
    again = backend.export(HOST, Export(concurrency.new_id(), export.volume))
    assert _io(again, "read -P 0x51 0 1") and not _io(again, "read -P 0x52 0 1")  # the Q of its magic
    assert _io(again, f"write -P 0x11 {GIB - 512} 512"), "it is as large as it was"


def test_a_port_that_somebody_has_is_passed_over(tmp_path):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        one = FileBackend(tmp_path / "one", 100.0, 0, Server("127.0.0.1", port, port))
        one.start(HOST)
        with pytest.raises(HostFailure):
            _exported(one)
        assert one.exports(HOST) == {}
        more = FileBackend(tmp_path / "more", 100.0, 0, Server("127.0.0.1", port, min(port + 19, 65535)))
        more.start(HOST)
        try:
            _, reached = _exported(more)
            assert reached.port != port and _io(reached, "read 0 512")
        finally:
            _close_all(more)
