"""A private libvirtd in namespaces of its own, and guests of one boot sector: what the libvirt tests run against."""

import contextlib
import ctypes
import os
import shutil
import signal
import struct
import subprocess
import time
import uuid
from pathlib import Path

CLONE_NEWNET = 0x40000000
_DIRECTORIES = {"etc": "/etc/libvirt", "run": "/run/libvirt", "var": "/var/lib/libvirt", "cache": "/var/cache/libvirt",
                "log": "/var/log/libvirt"}  # fmt: skip
_LIBVIRTD = """
listen_tls = 0
listen_tcp = 0
auth_unix_rw = "none"
auth_unix_ro = "none"
unix_sock_group = "root"
unix_sock_rw_perms = "0700"
host_uuid = "{uuid}"
log_outputs = "3:file:{root}/log/libvirtd.log"
"""
_QEMU = """
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = []
stdio_handler = "file"
cgroup_controllers = []
"""


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


class Libvirtd:
    """One libvirtd with all of its state below `root`. Made inside `own_network`, it lives in that namespace."""

    def __init__(self, root: Path):
        self.root = root
        self.uri = f"qemu+unix:///system?socket={root}/run/libvirt-sock"
        for name in (*_DIRECTORIES, "etc/qemu/networks/autostart", "etc/storage"):
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "etc/libvirtd.conf").write_text(_LIBVIRTD.format(uuid=uuid.uuid4(), root=root))
        (root / "etc/qemu.conf").write_text(_QEMU)
        self.process = None

    def start(self, seconds=60):
        for path in _DIRECTORIES.values():
            Path(path).mkdir(parents=True, exist_ok=True)
        binds = "".join(f"mount --bind {self.root}/{name} {path} && " for name, path in _DIRECTORIES.items())
        command = f"{binds}exec libvirtd -f {self.root}/etc/libvirtd.conf -p {self.root}/run/libvirtd.pid"
        with (self.root / "log/out.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["unshare", "-m", "--propagation", "private", "sh", "-c", command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        wait_for(self._answers, seconds)

    def kill(self):
        """kill -9."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    def stop(self):
        """End libvirtd, and the guests that a test left behind."""
        for pid in self.guest_pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def guest_pids(self):
        """Process ids of this libvirtd's guests, as libvirt's pid files name them."""
        found = []
        for path in (self.root / "run/qemu").glob("*.pid"):
            with contextlib.suppress(OSError, ValueError):
                pid = int(path.read_text())
                if b"qemu" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(pid)
        return found

    def _answers(self):
        done = subprocess.run(["virsh", "-c", self.uri, "uri"], capture_output=True, timeout=60)
        return done.returncode == 0


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
