"""Makes a disk of its own of one that rests on a cached base."""

from collections.abc import Callable
from pathlib import Path

from nova_like.images import converting
from nova_like.virt.base import Base


def flatten(source: Path, base: Base | None, target: Path, size_bytes: int, limits: converting.Limits,
            cancelled: Callable[[], bool]) -> None:  # fmt: skip
    """Write `source`, a qcow2 of ours that rests on `base`, to `target` as a qcow2 of its own. Raises as
    `converting.convert`."""
    options = f"driver=qcow2,{converting.named('file', source)}"
    if base is not None:
        options += f",backing.driver={base.disk_format},{converting.named('backing.file', Path(base.path))}"
    converting.run(limits, size_bytes, cancelled, "convert", "-q", "--image-opts", "-O", "qcow2", "--", options,
                   str(target))  # fmt: skip
    converting.check(target, size_bytes)
