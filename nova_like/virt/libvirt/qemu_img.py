"""Runs qemu-img, bounded in memory, time and privilege of guessing: every format is named, no shell, no probing."""

import subprocess
from pathlib import Path

from nova_like import logs
from nova_like.images import bounded
from nova_like.model.errors import HostFailure
from nova_like.virt.base import Base
from nova_like.virt.libvirt.settings import Settings

LOG = logs.get(__name__)
FORMATS = ("raw", "qcow2")


def create_overlay(target: Path, base: Base, size_bytes: int, settings: Settings) -> None:
    """A qcow2 of `size_bytes` over the base. Raises HostFailure."""
    if base.disk_format not in FORMATS:
        raise HostFailure("an image of unknown format", "image", retry=False)
    _run(
        settings, "create", "-q", "-f", "qcow2", "-F", base.disk_format, "-b", base.path, "--", str(target),
        str(size_bytes),
    )  # fmt: skip


def create_blank(target: Path, size_bytes: int, settings: Settings) -> None:
    """An empty qcow2 of `size_bytes`. Raises HostFailure."""
    _run(settings, "create", "-q", "-f", "qcow2", "--", str(target), str(size_bytes))


def enlarge(target: Path, size_bytes: int, settings: Settings) -> None:
    """Make a qcow2 that large. Raises HostFailure."""
    _run(settings, "resize", "-q", "-f", "qcow2", "--", str(target), str(size_bytes))


def _run(settings: Settings, *arguments: str) -> None:
    try:
        subprocess.run(
            bounded.qemu_img(settings.qemu_img_memory_mib, settings.qemu_img_seconds, *arguments),
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=settings.qemu_img_seconds,
            env=bounded.ENVIRONMENT,
        )
    except subprocess.TimeoutExpired:
        raise HostFailure("making the disk took too long", "disk", retry=True) from None
    except subprocess.CalledProcessError as error:
        LOG.warning("qemu-img failed: %s", error.stderr.decode(errors="replace")[:2000])
        raise HostFailure("the disk could not be made", "disk", retry=True) from None
    except OSError as error:
        raise HostFailure(f"qemu-img cannot be run: {error.strerror}", "disk", retry=True) from None


def virtual_size(disk: Path) -> int:
    """Bytes of the disk that a qcow2 of ours holds, out of its header. Raises OSError."""
    with disk.open("rb") as file:
        return int.from_bytes(file.read(32)[24:], "big")
