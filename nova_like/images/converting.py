"""Makes qcow2 of the disks of other makers, for a host's image cache, and raw disks of both, for volumes: format named,
no shell, bounded in memory, time and size, ended when nobody wants it any more. What comes out is looked at as strictly
as an upload."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nova_like import concurrency, logs
from nova_like.images import bounded, qcow2
from nova_like.model.errors import Conflict, Fault, HostFailure
from nova_like.model.image_formats import CONVERTED
from nova_like.model.orders import ImageLink

LOG = logs.get(__name__)
LOOK_SECONDS = 0.2  # between looks whether anybody wants it still
SLACK = 64 << 20  # bytes of tables, over those of the disk
MOST_WORDS = 2000  # of what qemu-img says, in the log
_OPTIONS = {"vhd": ",force_size_calc=current_size"}  # its geometry would cut the disk, or pad it


@dataclass(frozen=True)
class Limits:
    """Of one conversion: seconds by clock and by processor, MiB of memory."""

    seconds: int = 1800
    memory_mib: int = 1024


def convert(image: ImageLink, source: Path, target: Path, limits: Limits, cancelled: Callable[[], bool]) -> None:
    """Write `source`, an image that was inspected at upload, to `target` as qcow2. Raises HostFailure, Conflict when
    called off."""
    driver = CONVERTED.get(image.disk_format)
    if driver is None:
        raise HostFailure("an image of unknown format", "image", retry=False)
    options = f"driver={driver}{_OPTIONS.get(image.disk_format, '')},{named('file', source)}"
    run(limits, image.virtual_size_bytes, cancelled, "convert", "-q", "--image-opts", "-O", "qcow2", "--", options,
         str(target))  # fmt: skip
    check(target, image.virtual_size_bytes)


def to_raw(source: Path, disk_format: str, target: Path, size_bytes: int, limits: Limits,
           cancelled: Callable[[], bool]) -> None:  # fmt: skip
    """Write `source`, raw or qcow2 (as inspected) and `size_bytes` large when laid out, to `target` as a sparse raw
    disk. Raises as `convert`."""
    if disk_format not in ("raw", "qcow2"):
        raise HostFailure("an image of unknown format", "image", retry=False)
    run(limits, size_bytes, cancelled, "convert", "-q", "--image-opts", "-O", "raw", "--",
        f"driver={disk_format},{named('file', source)}", str(target))  # fmt: skip
    if target.stat().st_size != size_bytes:
        raise HostFailure("the converted image is not what it should be", "image", retry=False)


def named(node: str, path: Path) -> str:
    """Options of a block driver that stands on this file."""
    return f"{node}.driver=file,{node}.filename={str(path).replace(',', ',,')}"


def run(limits: Limits, size_bytes: int, cancelled: Callable[[], bool], *arguments: str) -> None:
    """qemu-img, which writes a disk of `size_bytes` at the most. Raises HostFailure, Conflict."""
    most = size_bytes + size_bytes // 64 + SLACK
    more = (f"--fsize={most}", "--core=0")
    try:
        process = subprocess.Popen(
            bounded.qemu_img(limits.memory_mib, limits.seconds, *arguments, limits=more), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=bounded.ENVIRONMENT,
        )  # fmt: skip
    except OSError as error:
        raise HostFailure(f"qemu-img cannot be run: {error.strerror}", "image", retry=True) from None
    with process:
        try:
            said = _wait(process, concurrency.monotonic() + limits.seconds, cancelled)
        finally:
            process.kill()
    if process.returncode:
        LOG.warning("qemu-img failed: %s", said.decode(errors="replace")[:MOST_WORDS])
        raise HostFailure("the image could not be converted", "image", retry=False)


def _wait(process: "subprocess.Popen[bytes]", deadline: float, cancelled: Callable[[], bool]) -> bytes:
    while True:
        try:
            return process.communicate(timeout=LOOK_SECONDS)[1]
        except subprocess.TimeoutExpired:
            if cancelled():
                raise Conflict("converting the image was called off", "image", code="cancelled") from None
            if concurrency.monotonic() > deadline:
                raise HostFailure("converting the image took too long", "image", retry=False) from None


def check(target: Path, size_bytes: int) -> None:
    """What came out is a qcow2 that rests on nothing, of the size that it should have. Raises HostFailure."""
    try:
        with target.open("rb") as file:
            found = qcow2.parse(file.read(1 << 20)).virtual_size_bytes
    except (Fault, OSError):
        found = -1
    if found != size_bytes:
        raise HostFailure("the converted image is not what it should be", "image", retry=False)
