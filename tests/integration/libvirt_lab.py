"""A private libvirtd in namespaces of its own, and guests of one boot sector: what the libvirt tests run against."""

import contextlib
import ctypes
import os
import shutil
import struct
import subprocess
import time
from pathlib import Path

from tools.trial import libvirtd

CLONE_NEWNET = 0x40000000


def missing():
    """Why the libvirt tests cannot run here, or an empty text."""
    if os.geteuid():
        return "needs root"
    for program in ("libvirtd", "qemu-system-x86_64", "qemu-img", "unshare", "ip"):
        if not shutil.which(program):
            return f"needs {program}"
    return ""


@contextlib.contextmanager
def own_network():
    """This thread, and what it starts, in a new network namespace that vanishes with them."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as before:
        if libc.unshare(CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "unshare")
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            yield
        finally:
            libc.setns(before.fileno(), CLONE_NEWNET)


@contextlib.contextmanager
def machines_network():
    """This thread, and what it starts, back in the network that the test began in: for downloads."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as own, open(f"/proc/{os.getppid()}/ns/net") as machine:
        libc.setns(machine.fileno(), CLONE_NEWNET)
        try:
            yield
        finally:
            libc.setns(own.fileno(), CLONE_NEWNET)


class Libvirtd:
    """One libvirtd with all of its state below `root`. Made inside `own_network`, it lives in that namespace."""

    def __init__(self, root: Path):
        self._daemon = libvirtd.Libvirtd(root)
        self.uri = self._daemon.uri

    def start(self):
        self._daemon.start()
        self._daemon.wait()

    def kill(self):
        """kill -9."""
        self._daemon.kill()

    def stop(self):
        """End libvirtd, and the guests that a test left behind."""
        self._daemon.end_guests()
        self._daemon.stop()

    def guest_pids(self):
        return self._daemon.guests()


def wait_for(condition, seconds=60):
    """Until `condition()` is true, and what it returned; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return value


def tiny_guest(text=b"TINY UP\r\n", polite=False, size=1 << 20):
    """A raw disk whose boot sector writes `text` on the serial port and halts; a polite one obeys the power button."""
    start = bytes.fromhex("fbfc31c08ed8be0000baf803ac84c07403eeebf8")
    if polite:  # enable the button (PM1 at 0x600 on machine pc), wait for it, then S5
        end = bytes.fromhex("ba0206b80001eff4ba0006edf6c40174f6ba0406b80020eff4ebfd")
    else:
        end = bytes.fromhex("f4ebfd")
    code = bytearray(start + end)
    struct.pack_into("<H", code, 7, 0x7C00 + len(code))
    sector = (bytes(code) + text + b"\0").ljust(510, b"\0") + b"\x55\xaa"
    return sector.ljust(size, b"\0")


def writing_guest(text=b"FIRST UP\r\n", size=1 << 20):
    """As `tiny_guest`, but it then writes an X over the text's first letter on its disk, and says `!`."""
    show = bytes.fromhex("fbfc31c08ed88ec0be0000baf803ac84c07403eeebf8")
    write = bytes.fromhex("c606000058b80103bb007cb90100ba8000cd13baf803b021eef4ebfd")
    code = bytearray(show + write)
    where = 0x7C00 + len(code)
    struct.pack_into("<H", code, 9, where)
    struct.pack_into("<H", code, len(show) + 2, where)
    sector = (bytes(code) + text + b"\0").ljust(510, b"\0") + b"\x55\xaa"
    return sector.ljust(size, b"\0")
