"""Descriptors of a running guest's display and serial port. Nothing listens anywhere for them: QEMU is handed one end
of a socket for VNC, and the serial port is a pty of this host. Carries no byte."""

import os
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import libvirt

from nova_like.model.errors import Conflict, HostFailure, NotFound
from nova_like.virt.base import SERIAL, VNC
from nova_like.virt.libvirt.power import find, is_up


def line(conn: Any, instance_id: str, kind: str) -> int:
    """See `virt.base.Console.open`."""
    domain = find(conn, instance_id)
    if domain is None:
        raise NotFound("instance", instance_id)
    if not is_up(domain):
        raise Conflict("the guest does not run", "instance", code="power", id=instance_id)
    opened = {VNC: _display, SERIAL: _pty}[kind](domain)
    if opened is None:
        raise Conflict(f"the guest has no {kind} console", "instance", code="console", id=instance_id)
    return opened


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
