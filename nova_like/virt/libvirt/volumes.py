"""Volumes of guests: network disks of QEMU's own NBD client, each known by its serial, which is the volume's id.

A volume is in the guest's definition and, while it is up, in its run; each is looked at and made right by itself.
"""

from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

import libvirt

from nova_like import logs
from nova_like.model.orders import Guest
from nova_like.virt.libvirt.connection import Connection
from nova_like.virt.libvirt.power import find, is_up
from nova_like.virt.libvirt.xml import volume_disk

LOG = logs.get(__name__)


class Volumes:
    """`virt.base.Volumes`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def fit(self, guest: Guest, cause: str) -> bool:
        def action(conn: Any) -> bool:
            domain = find(conn, guest.id)
            if domain is None:
                return True
            for flag in _sides(domain):
                _fit(domain, guest, flag)
            return _fits(domain, guest)

        return self._connection.run("change the guest's volumes", action)

    def fits(self, guest: Guest) -> bool:
        def action(conn: Any) -> bool:
            domain = find(conn, guest.id)
            return domain is None or _fits(domain, guest)

        return self._connection.run("look at the guest's volumes", action)


def _sides(domain: Any) -> list[int]:
    """Of a guest: its definition, and its run if it is up."""
    return [libvirt.VIR_DOMAIN_AFFECT_CONFIG, *([libvirt.VIR_DOMAIN_AFFECT_LIVE] if is_up(domain) else [])]


def _fit(domain: Any, guest: Guest, flag: int) -> None:
    there = _present(domain, flag)
    wanted = {_mark(volume_disk(volume)): volume for volume in guest.volumes}
    for mark, element in there.items():
        if mark not in wanted:
            _let_go(domain, element, flag)
    there = _present(domain, flag)
    taken = {_device(element) for element in there.values()}
    for mark, volume in wanted.items():
        if mark not in there and volume.device not in taken:  # what had its place is still on its way out
            domain.attachDeviceFlags(tostring(volume_disk(volume), encoding="unicode"), flag)


def _let_go(domain: Any, element: Element, flag: int) -> None:
    try:
        domain.detachDeviceFlags(tostring(element, encoding="unicode"), flag)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_DEVICE_MISSING:
            return
        if flag == libvirt.VIR_DOMAIN_AFFECT_LIVE and error.get_error_code() == libvirt.VIR_ERR_OPERATION_FAILED:
            LOG.info("the guest was asked before: %s", error)  # it has not answered yet
            return
        raise


def _fits(domain: Any, guest: Guest) -> bool:
    wanted = {_mark(volume_disk(volume)) for volume in guest.volumes}
    return all(set(_present(domain, flag)) == wanted for flag in _sides(domain))


def _present(domain: Any, flag: int) -> dict[tuple[str, ...], Element]:
    """Its volumes: what names each, and its element."""
    inactive = libvirt.VIR_DOMAIN_XML_INACTIVE if flag == libvirt.VIR_DOMAIN_AFFECT_CONFIG else 0
    tree = fromstring(domain.XMLDesc(inactive))  # noqa: S314 - libvirt wrote it
    disks = [element for element in tree.iterfind("devices/disk[@type='network']")
             if element.find("source[@protocol='nbd']") is not None]  # fmt: skip
    return {_mark(element): element for element in disks}


def _mark(element: Element) -> tuple[str, ...]:
    """What tells one volume from another, and from itself at another place."""
    source, host = element.find("source"), element.find("source/host")
    assert source is not None and host is not None
    parts = (source.get("name"), host.get("name"), host.get("port"), _device(element))
    return tuple(str(part) for part in (element.findtext("serial"), *parts))


def _device(element: Element) -> str:
    target = element.find("target")
    return "" if target is None else str(target.get("dev"))
