"""A real systemd as PID 1 on a throw-away overlay of this machine, in namespaces of its own, with the units and the
programs installed as docs/install.rst says. Nothing of it is on the machine, and all of it ends with its PID 1.

Run as a program (`unshare ... python systemd_lab.py PLACE`) it makes the overlay and becomes that PID 1.
"""

import contextlib
import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = "opt/nova-like"  # where the units look for the programs
# a control group of its own, where its namespace begins: what another lab left in a group of the same name would hold
_GROUP = """
set -e; groups=$1 name=$2; shift 2
mount -t cgroup2 none "$groups"; mkdir "$groups/$name"; echo $$ > "$groups/$name/cgroup.procs"
exec "$@"
"""
_UNGROUP = 'mount -t cgroup2 none "$1" && find "$1/$2" -depth -type d -exec rmdir {} +'
_PRIVATE = ["unshare", "--mount", "sh", "-c"]
UNSHARE = ["unshare", "--mount", "--pid", "--cgroup", "--net", "--uts", "--ipc", "--fork", "--kill-child"]
TARGET = "test.target"
PROGRAMS = ("api", "scheduler", "compute", "console", "network", "volume", "manage")
# what comes with a whole boot (udev, tmpfiles, logins) is not wanted here
_BARE = "[Unit]\nDefaultDependencies=no\n"
_SAID = "/run/daemons.log"  # there is no journal
# an interpreter that was built elsewhere looks for its library there
_SERVICE = f"""
[Service]
StandardOutput=append:{_SAID}
StandardError=inherit
Environment=LD_LIBRARY_PATH=/{HOME}/python/lib
"""
_PROGRAM = """\
#!/{home}/python/bin/python3
import sys
sys.path[:0] = ["/{home}/source", "/{home}/packages"]
from nova_like.cmd.{module} import main
main()
"""


class Machine:
    """A booted one; `root` is its file system as it was before the boot, at the same paths as inside."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._group = (str(place / "groups"), f"nlt-{secrets.token_hex(4)}")
        self._boot: subprocess.Popen[bytes] | None = None

    def boot(self, units: Sequence[str], files: dict[str, str]) -> None:
        """Start with these units of ours, and files of these texts, readable by the daemons' user."""
        for name, text in files.items():
            path = self.place / "files" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (self.place / "units").write_text("\n".join(units))
        with (self.place / "log").open("wb") as log:
            (self.place / "groups").mkdir()
            argv = [*_PRIVATE, _GROUP, "sh", *self._group]
            argv += [*UNSHARE, sys.executable, str(Path(__file__).resolve()), str(self.place)]
            self._boot = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    @property
    def init(self) -> int:
        """The pid of its PID 1, as this machine counts. LookupError while there is none."""
        assert self._boot is not None
        children = Path(f"/proc/{self._boot.pid}/task/{self._boot.pid}/children").read_text().split()
        if not children:
            raise LookupError("systemd does not run")
        return int(children[0])

    def run(self, *argv: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """A command inside; `text` is its standard input."""
        inside = ["nsenter", "-t", str(self.init), "-m", "-p", "-n", "-C", "-i", "-u", "-r", "-w", *argv]
        return subprocess.run(inside, input=text, capture_output=True, text=True, timeout=60)

    def show(self, unit: str, name: str) -> str:
        """A property of a unit; empty before systemd answers."""
        try:
            return self.run("systemctl", "show", "-P", name, unit).stdout.strip()
        except LookupError:
            return ""

    def log(self) -> str:
        """What systemd and the daemons said last."""
        said = (self.place / "log").read_text(errors="replace")[-2000:]
        with contextlib.suppress(LookupError):
            said += self.run("tail", "-n", "40", _SAID).stdout
        return said

    def off(self) -> None:
        """End PID 1, and with it everything inside."""
        if self._boot is not None:
            with contextlib.suppress(LookupError, FileNotFoundError, ProcessLookupError):
                os.kill(self.init, signal.SIGKILL)
            self._boot.wait(30)
            subprocess.run([*_PRIVATE, _UNGROUP, "sh", *self._group], check=True, timeout=30)


@contextlib.contextmanager
def machine(place: Path) -> Iterator[Machine]:
    """One that is off at the end."""
    made = Machine(place)
    try:
        yield made
    finally:
        made.off()


def _become_init(place: Path) -> None:
    root = _overlay(place)
    _install(root)
    wanted = (place / "units").read_text().split()
    (root / "etc" / "systemd" / "system" / TARGET).write_text(f"{_BARE}Wants={' '.join(wanted)}\n")
    shutil.copytree(place / "files", root, dirs_exist_ok=True)
    os.environ["container"] = "test"  # noqa: SIM112 - so systemd spells it
    os.chroot(root)
    os.chdir("/")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["systemd-sysusers", "/etc/nova-like/sysusers.conf"], check=True)
    keys = Path("/etc/nova-like/fernet-keys")
    keys.mkdir(exist_ok=True)
    shutil.chown(keys, "nova-like")
    os.execv("/lib/systemd/systemd", ["systemd", "--system", f"--unit={TARGET}", "--log-target=console"])


def _overlay(place: Path) -> Path:
    """A new root over the machine's own, which stays as it is."""
    _mount("--make-rprivate", "/")
    base = place / "overlay"
    base.mkdir()
    _mount("-t", "tmpfs", "tmpfs", str(base))
    upper, work, root = (base / name for name in ("upper", "work", "root"))
    for path in (upper, work, root):
        path.mkdir()
    _mount("-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={upper},workdir={work}", str(root))
    _mount("-t", "proc", "proc", str(root / "proc"))
    for name in ("run", "tmp"):
        _mount("-t", "tmpfs", "tmpfs", str(root / name))
    _mount("-t", "sysfs", "sysfs", str(root / "sys"))
    _mount("--rbind", "/dev", str(root / "dev"))
    _mount("-t", "cgroup2", "none", str(root / "sys" / "fs" / "cgroup"))
    return root


def _install(root: Path) -> None:
    """Units, user and programs; the interpreter and its packages where their user may read them."""
    home, system = root / HOME, root / "etc" / "systemd" / "system"
    shutil.rmtree(system)
    shutil.copytree(ROOT / "etc" / "systemd", system)
    for name in ("nova-like-.service.d/99-test.conf", "nova-like-.socket.d/99-test.conf"):
        (system / name).parent.mkdir(exist_ok=True)
        (system / name).write_text(_BARE + (_SERVICE if "service" in name else ""))
    (root / "etc" / "nova-like").mkdir(exist_ok=True)
    shutil.copy(ROOT / "etc" / "systemd" / "nova-like.sysusers", root / "etc" / "nova-like" / "sysusers.conf")
    shown = {"python": sys.base_prefix, "source": str(ROOT), "packages": sysconfig.get_path("purelib")}
    for name, path in shown.items():
        (home / name).mkdir(parents=True)
        _mount("--bind", path, str(home / name))
    for name in PROGRAMS:
        program = home / "bin" / f"nova-like-{name}"
        program.parent.mkdir(exist_ok=True)
        program.write_text(_PROGRAM.format(home=HOME, module=name))
        program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


if __name__ == "__main__":
    _become_init(Path(sys.argv[1]))
