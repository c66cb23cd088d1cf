"""Consoles: a guest's lines, and its log, which QEMU writes: reading its end, and keeping it short, for a guest may
write for ever."""

import os
from functools import partial
from typing import Any

from nova_like import concurrency, logs
from nova_like.virt import pictures
from nova_like.virt.libvirt import lines
from nova_like.virt.libvirt.connection import Connection
from nova_like.virt.libvirt.disks import Disks
from nova_like.virt.libvirt.settings import Settings, files

LOG = logs.get(__name__)
LIMIT_BYTES = 4 << 20
KEEP_BYTES = 1 << 20
TRIM_SECONDS = 5.0
OPEN_SECONDS = 3.0  # who asked waits for five


class Console:
    """`virt.base.Console`."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection, self._settings = connection, settings

    def open(self, instance_id: str, kind: str) -> int:
        action = partial(lines.line, instance_id=instance_id, kind=kind)
        return self._connection.run("open the console", action, OPEN_SECONDS)

    def picture(self, instance_id: str, wake: bool) -> bytes:
        action = partial(lines.picture, instance_id=instance_id, wake=wake)
        return pictures.png(self._connection.run("look at the display", action, OPEN_SECONDS))

    def tail(self, instance_id: str, max_bytes: int) -> bytes:
        if max_bytes <= 0:
            return b""
        try:
            with files(self._settings, instance_id).console.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(0, size - max_bytes))
                return log.read(max_bytes)
        except FileNotFoundError:
            return b""

    def trim(self, instance_id: str) -> None:
        """Cut a log that has grown over the limit down to its end; QEMU appends, so it goes on after that."""
        path = files(self._settings, instance_id).console
        try:
            if path.stat().st_size > LIMIT_BYTES:
                end = self.tail(instance_id, KEEP_BYTES)
                with path.open("r+b") as log:
                    log.truncate(0)
                    log.write(end)
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                LOG.warning("console log of %s cannot be cut: %s", instance_id, error)

    def keep_short(self, disks: Disks, stop: Any) -> None:
        """Trim all logs every few seconds until the event `stop` is set; the caller's thread."""
        with concurrency.every(TRIM_SECONDS, stop) as ticks:
            for _ in ticks:
                for id in disks.instances():
                    self.trim(id)
