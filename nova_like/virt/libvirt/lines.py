"""Descriptors of a running guest's display and serial port, and a picture of what it shows. Nothing listens anywhere
for them: QEMU is handed one end of a socket for VNC, and the serial port is a pty of this host."""

import contextlib
import os
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import libvirt

from nova_like.model.errors import Conflict, HostFailure, NotFound
from nova_like.virt.base import SERIAL, VNC
from nova_like.virt.libvirt.power import find, is_up
from nova_like.virt.pictures import MOST_PIXELS

SHIFT, PRESSED_MS = 42, 50  # a key of Linux that writes nothing
MOST_BYTES = 3 * MOST_PIXELS + 64


def line(conn: Any, instance_id: str, kind: str) -> int:
    """See `virt.base.Console.open`."""
    opened = {VNC: _display, SERIAL: _pty}[kind](running(conn, instance_id))
    if opened is None:
        raise _none(instance_id, kind)
    return opened


def picture(conn: Any, instance_id: str, wake: bool) -> bytes:
    """What the display shows, in the form that QEMU gives it."""
    domain = running(conn, instance_id)
    if _device(domain, "graphics[@type='vnc']") is None:
        raise _none(instance_id, VNC)
    if wake:
        domain.sendKey(libvirt.VIR_KEYCODE_SET_LINUX, PRESSED_MS, [SHIFT], 1, 0)
    stream = conn.newStream()
    try:
        domain.screenshot(stream, 0)
        data = _all(stream)
        stream.finish()
    except BaseException:
        with contextlib.suppress(libvirt.libvirtError):
            stream.abort()
        raise
    return data


def _all(stream: Any) -> bytes:
    parts, size = [], 0
    while part := stream.recv(1 << 18):
        size += len(part)
        if size > MOST_BYTES:
            raise HostFailure("the picture is too large", "instance", retry=False)
        parts.append(part)
    return b"".join(parts)


def running(conn: Any, instance_id: str) -> Any:
    """The guest's domain. Raises NotFound, Conflict when it does not run."""
    domain = find(conn, instance_id)
    if domain is None:
        raise NotFound("instance", instance_id)
    if not is_up(domain):
        raise Conflict("the guest does not run", "instance", code="power", id=instance_id)
    return domain


def _none(instance_id: str, kind: str) -> Conflict:
    return Conflict(f"the guest has no {kind} console", "instance", code="console", id=instance_id)


def _display(domain: Any) -> int | None:
    if _device(domain, "graphics[@type='vnc']") is None:
        return None
    opened: int = domain.openGraphicsFD(0, libvirt.VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH)
    return opened


def _pty(domain: Any) -> int | None:
    """A path may be another guest's as soon as this one ended, so it is looked up again once the pty is open: had it
    passed to another in between, this guest would have ended, and its next run would have another."""
    path, run = _serial(domain), domain.ID()
    if path is None:
        return None
    try:
        opened = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise HostFailure(f"the guest's console cannot be opened: {error.strerror}", "instance", retry=True) from None
    if run < 0 or (_serial(domain), domain.ID()) != (path, run):
        os.close(opened)
        raise HostFailure("the guest ended while its console was opened", "instance", retry=True)
    return opened


def _serial(domain: Any) -> str | None:
    source = _device(domain, "serial[@type='pty']/source")
    return None if source is None else source.get("path")


def _device(domain: Any, path: str) -> Element | None:
    return fromstring(domain.XMLDesc()).find(f"devices/{path}")  # noqa: S314 - libvirt's own
