"""What a trial cloud has made of the machine, as lists that can be compared: before ``tools/up`` and after
``tools/down`` the outside of the state directory must be the same. It only looks."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from tools.trial.netns import Namespaces, identity
from tools.trial.processes import birth, every_pid

Census = dict[str, list[str]]


def take(state: Path) -> Census:
    """The machine as it concerns the trial cloud of that state directory: sorted lines for people, by kind."""
    state = Path(state).absolute()
    spaces = Namespaces(state)
    return {
        "processes": sorted(f"{pid} {' '.join(argv)}" for pid, argv in ours(state).items()),
        "namespaces": _lines(["ip", "netns", "list"]),
        "links": _links(),
        "routes": _routes() + _lines(["ip", "rule"]),
        "rules": _lines(["nft", "-s", "list", "ruleset"], keep_order=True),
        "mounts": sorted(line.split(" - ")[0].split(" ", 3)[3] for line in _mountinfo()),
        "loops": _lines(["losetup", "-n", "-O", "NAME,BACK-FILE"]),
        "inside": [f"{name} {identity(name)}" for name in spaces.existing()],
    }


def _routes() -> list[str]:
    """All routes, without the seconds that some have left."""
    return [re.sub(r" expires \d+sec", "", line) for line in _lines(["ip", "route", "show", "table", "all"])]


def compare(before: Census, after: Census) -> list[str]:
    """What is more (+) or less (-) in the second census, one line each; empty when they are the same."""
    changes = []
    for kind in before:
        old, new = before[kind], after.get(kind, [])
        changes += [f"{kind}: + {line}" for line in new if line not in old]
        changes += [f"{kind}: - {line}" for line in old if line not in new]
    return changes


def ours(state: Path) -> dict[int, list[str]]:
    """pid and command line of each process in one of our namespaces, or that names them or the state directory."""
    state = Path(state).absolute()
    spaces = Namespaces(state)
    inside = set(spaces.pids())
    found = {}
    for pid in every_pid():
        argv = command_line(pid)
        named = any(_names(word, state) or word.startswith(spaces.prefix) for word in argv) or _under(pid, "cwd", state)
        if argv and (pid in inside or named) and birth(pid):
            found[pid] = argv
    return found


def command_line(pid: int) -> list[str]:
    """argv of a process; empty for kernel threads and for those that are gone."""
    try:
        return [word for word in Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0") if word]
    except OSError:
        return []


def _names(word: str, state: Path) -> bool:
    return f"{state}/" in word or word.endswith(str(state))


def _under(pid: int, what: str, state: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/{what}").readlink().is_relative_to(state)
    except OSError:
        return False


def _links() -> list[str]:
    shown = json.loads(_output(["ip", "-j", "link"]) or "[]")
    return sorted(f"{link['ifname']} {link.get('link_type', '')} {link.get('master', '')}" for link in shown)


def _mountinfo() -> list[str]:
    # one mount per namespace, of whomever: "namespaces" counts those
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line for line in lines if " /run/netns/" not in line]


def _lines(argv: list[str], keep_order: bool = False) -> list[str]:
    lines = [line.rstrip() for line in _output(argv).splitlines() if line.strip()]
    return lines if keep_order else sorted(lines)


def _output(argv: list[str]) -> str:
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=30).stdout
    except FileNotFoundError:
        return ""
