"""R11: a disk is full: the image store's, the hosts', the logs', the broker's."""

import contextlib
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tools.gates.backlog import Backlog
from tools.gates.gate import Load, say
from tools.gates.judge import judge, within
from tools.load.api import Refused
from tools.load.trial import Trial

RECOVERED_S = 15.0
LIMITS = {"world": 35.0}  # an undo that failed for want of room rests for half a minute before it is tried again
PAGE = 4096
MOUNTS = {"images": "32m", "logs": "16m", "world": "16m", "postgres": "320m"}


def full(cloud: Trial, sizes: SimpleNamespace) -> dict[str, Any]:
    """Disks are full for a while, one after the other: clear errors, nothing half-written, well again by itself."""
    pids = {name: cloud.pid(name) for name in cloud.daemon_names()}
    disks = {name: Disk(cloud.state / name) for name in MOUNTS}
    recovered, breaches = {}, []
    phases: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "images": (disks["images"].fill, disks["images"].empty),
        "broker": (lambda: _alarm(cloud, "1000000000000"), lambda: _alarm(cloud, "50000000")),
        "logs": (lambda: disks["logs"].fill("*.log"), disks["logs"].empty),
        "world": (lambda: disks["world"].fill("*/*.log"), disks["world"].empty),
        "postgres": (disks["postgres"].fill, lambda: _room_for_the_database(cloud, disks["postgres"])),
    }  # fmt: skip
    with Load(cloud, sizes.boots, (sizes.full_s + 12) * len(phases)) as load:
        for name, (fill, empty) in phases.items():
            time.sleep(2)
            say(f"no room for {name}, {load.unfinished} flows unfinished")
            fill()
            breaches += _upload(cloud) if name == "images" else []
            time.sleep(sizes.full_s)
            empty()
            back, backlog = time.monotonic(), Backlog(load.churn)
            recovered[name] = backlog.wait(3 * RECOVERED_S)
            say(f"room for {name} again; what was owed is done after {recovered[name]} s")
    report = judge(cloud, load.churn, back)
    report |= {"kills": 0, "recovered_s": max(recovered.values()), "recovered": recovered} | _told(cloud, report)
    felt = {name: _felt(cloud.state / "logs" / f"{name}.log") for name in ("compute", "network")}
    felt["postgres"] = _felt(cloud.postgres.dir / "postgres.log")
    report["felt"] = felt
    breaches += [f"{name} never met a full disk: the gate proves nothing" for name in felt if not felt[name]]
    breaches += [f"{name} did not live through it" for name, pid in pids.items() if cloud.ready(name) != pid]
    breaches += [f"{path.name} is left in the image store" for path in (cloud.state / "images").glob(".*")]
    report["breaches"] = [*report["breaches"], *breaches]
    for name, seconds in recovered.items():
        report |= within(report, f"recovered after {name}", seconds, LIMITS.get(name, RECOVERED_S))
    return report


class Disk:
    """A small file system below a trial cloud's state."""

    def __init__(self, path: Path) -> None:
        self._path, self._ballast = path, path / ".ballast"

    def fill(self, logs: str = "") -> None:
        """Leave no byte, not even in the last pages of `logs`: empty lines, which mean nothing to anybody."""
        with contextlib.suppress(OSError), self._ballast.open("wb", buffering=0) as out:
            while out.write(b"\0" * PAGE):
                pass
        for log in self._path.glob(logs) if logs else ():
            with log.open("ab", buffering=0) as out:
                out.write(b"\n" * (-log.stat().st_size % PAGE))

    def empty(self) -> None:
        self._ballast.unlink(missing_ok=True)


def _felt(log: Path) -> int:
    """How often somebody says that there was no room."""
    return log.read_text(errors="replace").count("No space left on device")


def _alarm(cloud: Trial, free: str) -> None:
    """The broker's own alarm: below so much free disk it blocks whoever publishes."""
    cloud.rabbit.ctl("set_disk_free_limit", free)


def _room_for_the_database(cloud: Trial, disk: Disk) -> None:
    """A PostgreSQL that could not write its log has ended, and is started again as a service manager does."""
    disk.empty()
    cloud.postgres.start()
    cloud.postgres.wait()


def _upload(cloud: Trial) -> list[str]:
    """An upload that finds no room is refused with a reason, and the image is not active."""
    made = cloud.admin.post("/image/v2/images", {"name": "large", "disk_format": "raw", "container_format": "bare"})
    path = f"/image/v2/images/{made['id']}"
    try:
        cloud.admin.upload(f"{path}/file", bytes(1 << 20))
    except Refused as error:
        status = cloud.admin.get(path)["status"]
        said = [] if error.status in (413, 503, 507) else [f"an upload without room was answered {error}"]
        return said + ([f"an image without room is {status}"] if status == "active" else [])
    return ["an upload without room was accepted"]


def _told(cloud: Trial, report: dict[str, Any]) -> dict[str, Any]:
    """Servers in ERROR that say why are no breach here: `told`; `error` keeps those that do not."""
    servers = [server for server in cloud.api.servers("&status=ERROR") if server["name"].startswith("churn-")]
    reasons = Counter(server.get("fault", {}).get("message", "") for server in servers)
    silent = reasons.pop("", 0)
    return {"error": silent, "told": sum(reasons.values()), "reasons": dict(reasons)}
