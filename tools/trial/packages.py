"""What must be on the machine: Debian packages and the project's virtual environment. It never starts a service."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from tools.trial.processes import Failed, run

# one package and the file that proves it: asking dpkg for each would accept a package whose files are elsewhere
DEBIAN = {
    "rabbitmq-server": "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "postgresql": "/usr/lib/postgresql/*/bin/postgres",
    "qemu-system-x86": "/usr/bin/qemu-system-x86_64",
    "qemu-utils": "/usr/bin/qemu-img",
    "qemu-block-extra": "/usr/share/doc/qemu-block-extra",
    "libvirt-daemon": "/usr/sbin/libvirtd",
    "libvirt-daemon-driver-qemu": "/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so",
    "libvirt-clients": "/usr/bin/virsh",
    "libvirt-dev": "/usr/include/libvirt/libvirt.h",
    "nftables": "/usr/sbin/nft",
    "dnsmasq-base": "/usr/sbin/dnsmasq",
    "conntrack": "/usr/sbin/conntrack",
    "iptables": "/usr/sbin/iptables",
    "extlinux": "/usr/bin/extlinux",
    "syslinux-common": "/usr/lib/syslinux/mbr/mbr.bin",
    "busybox-static": "/bin/busybox",
    "cpio": "/bin/cpio",
    "e2fsprogs": "/sbin/mke2fs",
    "iputils-ping": "/bin/ping",
    "iproute2": "/sbin/ip",
    "openssh-client": "/usr/bin/ssh",
    "pkg-config": "/usr/bin/pkg-config",
    "gcc": "/usr/bin/gcc",
    "libc6-dev": "/usr/include/stdio.h",
    "procps": "/usr/bin/ps",
    "systemd": "/usr/bin/systemd-analyze",  # checks our units; a test runs one under it, on an overlay
}
_APT = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]


def missing() -> list[str]:
    """Debian packages of the list that are not installed."""
    wanted = [package for package, proof in DEBIAN.items() if not any(Path("/").glob(proof.lstrip("/")))]
    if not _has_venv():
        wanted.append("python3-venv")
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        wanted.append("python3-dev")  # libvirt-python comes as source only
    return wanted


def install(packages: Sequence[str] | None = None) -> list[str]:
    """Install what is missing and make the system user that libvirt wants; returns the newly installed packages."""
    wanted = missing() if packages is None else list(packages)
    if wanted:
        refresh()
        _apt(["install", "-y", "--no-install-recommends", *wanted])
    still = missing() if packages is None else []
    if still:
        raise Failed(f"apt installed {wanted}, but {still} are still missing")
    _libvirt_user()
    return wanted


def refresh() -> None:
    """Bring apt's lists up to date."""
    _apt(["update"])


def environment(root: Path, extras: str = "libvirt,test") -> bool:
    """Make or renew the checkout's .venv; False when its stamp says that it has all of this already."""
    venv = root / ".venv"
    stamp = venv / "trial-stamp"
    wanted, there = set(extras.split(",")) - {""}, _stamped(stamp, root)
    if there is not None and wanted <= there:
        return False
    if not (venv / "bin" / "python").exists():
        run([sys.executable, "-m", "venv", str(venv)], limit_s=300)
    wanted |= there or set()  # what another command needed stays as current as the rest
    constraints = ["-c", "constraints.txt"] if (root / "constraints.txt").exists() else []
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", *constraints]
    run([*pip, "-e", f".[{','.join(sorted(wanted))}]" if wanted else "."], cwd=root, limit_s=1200)
    stamp.write_text(json.dumps({"made_of": _fingerprint(root), "extras": sorted(wanted)}))
    return True


def enter(root: Path, extras: str, debian: bool = True) -> None:
    """Have the program that runs run in the checkout's .venv, which is made or renewed before, as are the packages."""
    if Path(sys.prefix) != root / ".venv":
        if debian:
            install()
        environment(root, extras)
        python = str(root / ".venv" / "bin" / "python")
        os.execv(python, [python, *sys.argv])


def _stamped(stamp: Path, root: Path) -> set[str] | None:
    """The extras that the environment was made with; None when it is missing or made of something else."""
    try:
        content = json.loads(stamp.read_text())
        return set(content["extras"]) if content["made_of"] == _fingerprint(root) else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _fingerprint(root: Path) -> str:
    digest = hashlib.sha256(f"{sys.version_info[:2]} {root}".encode())
    for name in ("setup.cfg", "setup.py", "constraints.txt"):
        path = root / name
        digest.update(path.read_bytes() if path.exists() else b"-")
    return digest.hexdigest()


def _has_venv() -> bool:
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return False
    return True


def _apt(arguments: Sequence[str]) -> None:
    # services must not start by themselves: dpkg asks this program before each start
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    with _no_service_starts():
        run([*_APT, *arguments], env=quiet, limit_s=900)


class _no_service_starts:  # noqa: N801 - used as a verb in a with statement
    """Deny service starts while apt works, as Debian's policy-rc.d asks; an existing policy stays untouched."""

    path = Path("/usr/sbin/policy-rc.d")

    def __enter__(self) -> None:
        self.made = not self.path.exists()
        if self.made:
            self.path.write_text("#!/bin/sh\nexit 101\n")
            self.path.chmod(0o755)

    def __exit__(self, *error: object) -> None:
        if self.made:
            self.path.unlink(missing_ok=True)


def _libvirt_user() -> None:
    # without libvirt-daemon-system nobody makes it, and libvirtd refuses to start its QEMU driver
    if shutil.which("useradd") and subprocess.run(["id", "-u", "libvirt-qemu"], capture_output=True).returncode:
        run(["groupadd", "-r", "-f", "libvirt-qemu"])
        run(["useradd", "-r", "-g", "libvirt-qemu", "-d", "/nonexistent", "-s", "/usr/sbin/nologin", "libvirt-qemu"])
