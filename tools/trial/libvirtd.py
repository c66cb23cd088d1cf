"""One independent libvirtd: a compute host of the trial cloud. It sees its own directories in place of the machine's,
in a mount namespace of its own, so that many run side by side. Guests outlive it, as on a real host."""

from __future__ import annotations

import subprocess
import uuid
from pathlib import Path

from tools.trial.netns import inside
from tools.trial.processes import Failed, Pidfile, birth, end, run, signal_all, spawn, until

_DAEMON = """\
listen_tls = 0
listen_tcp = 0
auth_unix_rw = "none"
auth_unix_ro = "none"
unix_sock_group = "root"
unix_sock_rw_perms = "0700"
host_uuid = "{host_uuid}"
log_outputs = "3:file:{log}/libvirtd.log"
"""
# cgroups are shared by all libvirtds of a machine: two guests with one name and id would take each other's
_QEMU = """\
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = []
cgroup_controllers = []
stdio_handler = "file"
set_process_name = 1
"""
# paths come as arguments, so that none is ever read as a word of the shell
_START = """\
set -e; home=$1; shift
while [ $# -gt 0 ]; do mkdir -p "$2"; mount --bind "$1" "$2"; shift 2; done
exec libvirtd -f "$home/etc/libvirtd.conf" -p "$home/run/libvirtd.pid"
"""
_PLACES = {"etc": "/etc/libvirt", "run": "/run/libvirt", "var": "/var/lib/libvirt", "cache": "/var/cache/libvirt"}
_PLACES["log"] = "/var/log/libvirt"


class Libvirtd:
    """The libvirtd whose files are in ``directory``; ``netns`` is the host's namespace, ``address`` its uplink's."""

    def __init__(self, directory: Path, netns: str | None = None, address: str | None = None) -> None:
        self.dir = Path(directory).absolute()
        self.netns = netns
        self.address = address
        self.socket = self.dir / "run" / "libvirt-sock"
        if len(str(self.socket)) > 107:
            raise Failed(f"{self.socket}: too long for a socket's path, choose a shorter state directory")
        self._daemon = Pidfile(self.dir / "libvirtd.pid")

    @property
    def uri(self) -> str:
        """What a client opens; domains must be of type qemu, as libvirt offers KVM where it does not work."""
        return f"qemu+unix:///system?socket={self.socket}"

    @property
    def pid(self) -> int | None:
        """The daemon's process, None when it does not run."""
        return self._daemon.pid()

    def start(self) -> bool:
        """Start the daemon without waiting for it; False when it runs already."""
        if self.pid:
            return False
        self._files()
        places = [(self.dir / here, there) for here, there in _PLACES.items()]
        pairs = [str(place) for pair in places for place in pair]
        argv = ["unshare", "-m", "--propagation", "private", "sh", "-c", _START, "sh", str(self.dir), *pairs]
        self._daemon.write(spawn(inside(self.netns, argv), self.dir / "log" / "out.log"))
        return True

    def wait(self, limit_s: float = 120) -> None:
        """Wait until it answers; the first time it also probes QEMU."""

        def answers() -> bool:
            if self.pid is None:
                raise Failed(f"libvirtd ended while starting: see {self.dir / 'log'}")
            return self.running()

        until(answers, limit_s, f"libvirtd of {self.dir} does not answer", every_s=0.1)

    def running(self) -> bool:
        """True when it answers a client."""
        if self.pid is None or not self.socket.exists():
            return False
        try:
            return bool(self.virsh("uri", limit_s=10))
        except Failed:
            return False

    def virsh(self, *arguments: str, limit_s: float = 60) -> str:
        """virsh on this host."""
        return run(["virsh", "-q", "-c", self.uri, *arguments], limit_s=limit_s)

    def stop(self) -> None:
        """End the daemon; its guests go on."""
        end([pid for pid in [self.pid] if pid])
        self._daemon.forget()

    def kill(self) -> None:
        """kill -9 of the daemon; its guests go on."""
        pid = self.pid
        if pid:
            signal_all([pid], 9)
            until(lambda: not birth(pid), 20, "libvirtd does not die")

    def guests(self) -> list[int]:
        """Pids of the QEMU processes of this host, also while the daemon is down."""
        found = []
        for pidfile in (self.dir / "run" / "qemu").glob("*.pid"):
            text = pidfile.read_text().strip()
            if text.isdigit() and birth(int(text)) and _is_qemu(int(text)):
                found.append(int(text))
        return found

    def end_guests(self) -> None:
        """Cut the power of every guest."""
        end(self.guests(), patience_s=3)

    def _files(self) -> None:
        for name in ("etc/qemu/networks/autostart", "etc/storage", "run", "var", "log", "cache"):
            (self.dir / name).mkdir(parents=True, exist_ok=True)
        identity = self.dir / "uuid"
        if not identity.exists():
            identity.write_text(f"{uuid.uuid4()}\n")
        daemon = _DAEMON.format(host_uuid=identity.read_text().strip(), log=self.dir / "log")
        (self.dir / "etc" / "libvirtd.conf").write_text(daemon)
        migration = f'migration_address = "{self.address}"\nmigration_host = "{self.address}"\n' if self.address else ""
        (self.dir / "etc" / "qemu.conf").write_text(_QEMU + migration)


def _is_qemu(pid: int) -> bool:
    # the pidfile may be older than the machine's last boot, and its number somebody else's
    done = subprocess.run(["readlink", f"/proc/{pid}/exe"], capture_output=True, text=True)
    return "qemu-system" in done.stdout
