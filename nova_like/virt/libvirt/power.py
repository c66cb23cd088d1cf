"""Power of guests through libvirt. Each action looks first, so it may be asked again when libvirtd went away in it."""

from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

import libvirt

from nova_like import concurrency, logs
from nova_like.model import ids
from nova_like.model.errors import Conflict, NotFound
from nova_like.model.orders import Guest
from nova_like.virt import base
from nova_like.virt.libvirt import disks, xml
from nova_like.virt.libvirt.connection import Connection
from nova_like.virt.libvirt.settings import Settings, files

LOG = logs.get(__name__)
_STATES = {
    libvirt.VIR_DOMAIN_RUNNING: base.RUNNING,
    libvirt.VIR_DOMAIN_BLOCKED: base.RUNNING,
    libvirt.VIR_DOMAIN_SHUTDOWN: base.SHUTDOWN,  # the guest is over, only its process is not yet
    libvirt.VIR_DOMAIN_PAUSED: base.PAUSED,
    libvirt.VIR_DOMAIN_PMSUSPENDED: base.PAUSED,  # it sleeps, its memory where it was
    libvirt.VIR_DOMAIN_CRASHED: base.CRASHED,
    libvirt.VIR_DOMAIN_SHUTOFF: base.SHUTDOWN,
}
_SAVED = libvirt.VIR_CONNECT_LIST_DOMAINS_INACTIVE | libvirt.VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE
_UNDEFINE = (
    libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
    | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
)


class Power:
    """`virt.base.Power`."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection, self._settings = connection, settings

    def define(self, guest: Guest, cause: str) -> None:
        where = files(self._settings, guest.id)
        text = xml.domain(guest, where, disks.drives(where, self._settings), self._settings)

        def action(conn: Any) -> None:
            domain = find(conn, guest.id)
            if domain is None or not is_up(domain):
                conn.defineXML(text)

        self._connection.run("define the guest", action)

    def start(self, instance_id: str, cause: str) -> None:
        def action(conn: Any) -> None:
            domain = _look_up(conn, instance_id)
            if not is_up(domain):
                _end(domain)
                _mark_run(domain, cause)
                domain.create()

        self._connection.run("start the guest", action)

    def press(self, instance_id: str) -> None:
        def action(conn: Any) -> None:
            domain = _look_up(conn, instance_id)
            if is_up(domain):
                _unless_down(domain, lambda: domain.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN))

        self._connection.run("shut the guest down", action)

    def stop(self, instance_id: str, cause: str) -> None:
        def action(conn: Any) -> None:
            domain = find(conn, instance_id)
            if domain is not None:
                _end(domain)
                if domain.hasManagedSaveImage():
                    domain.managedSaveRemove()

        self._connection.run("stop the guest", action)

    def pause(self, instance_id: str, cause: str) -> None:
        def action(conn: Any) -> None:
            domain = _running(conn, instance_id)
            if _power(domain) != base.PAUSED:
                domain.suspend()

        self._connection.run("pause the guest", action)

    def unpause(self, instance_id: str, cause: str) -> None:
        def action(conn: Any) -> None:
            domain = _running(conn, instance_id)
            if _power(domain) == base.PAUSED:
                domain.resume()

        self._connection.run("let the guest go on", action)

    def save(self, instance_id: str, cause: str) -> None:
        def action(conn: Any) -> None:
            domain = _look_up(conn, instance_id)
            if _power(domain) != base.SUSPENDED:
                _running(conn, instance_id).managedSave(libvirt.VIR_DOMAIN_SAVE_RUNNING)

        self._connection.run("suspend the guest", action)

    def undefine(self, instance_id: str, cause: str) -> None:
        def action(conn: Any) -> None:
            domain = find(conn, instance_id)
            if domain is not None:
                domain.undefineFlags(_UNDEFINE)

        self._connection.run("remove the guest", action)

    def state(self, instance_id: str) -> str | None:
        def action(conn: Any) -> str | None:
            domain = find(conn, instance_id)
            return None if domain is None else _power(domain)

        return self._connection.run("look at the guest", action)

    def states(self) -> dict[str, str]:
        def action(conn: Any) -> dict[str, str]:
            found = {}
            for domain, facts in conn.getAllDomainStats(libvirt.VIR_DOMAIN_STATS_STATE, 0):
                id = domain.name().removeprefix(xml.PREFIX)
                if domain.name().startswith(xml.PREFIX) and ids.is_uuid(id):
                    found[id] = _state(facts["state.state"], facts["state.reason"])
            for domain in conn.listAllDomains(_SAVED):
                if found.get(id := domain.UUIDString()) == base.SHUTDOWN:
                    found[id] = base.SUSPENDED
            return found

        return self._connection.run("look at the guests", action, patience=0)

    def run_id(self, instance_id: str) -> str | None:
        def action(conn: Any) -> str | None:
            domain = find(conn, instance_id)
            return _run_mark(domain) if domain is not None and is_up(domain) else None

        return self._connection.run("look at the guest", action)


def find(conn: Any, instance_id: str) -> Any:
    """The domain, None when there is none."""
    try:
        return conn.lookupByUUIDString(instance_id)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return None
        raise


def _look_up(conn: Any, instance_id: str) -> Any:
    domain = find(conn, instance_id)
    if domain is None:
        raise NotFound("instance", instance_id)
    return domain


def _state(state: int, reason: int) -> str:
    if state == libvirt.VIR_DOMAIN_SHUTOFF and reason == libvirt.VIR_DOMAIN_SHUTOFF_CRASHED:
        return base.CRASHED
    return _STATES.get(state, base.SHUTDOWN)


def _power(domain: Any) -> str:
    """Its power state; one that is down with its memory saved is suspended."""
    state = _state(*domain.state()[:2])
    return base.SUSPENDED if state == base.SHUTDOWN and domain.hasManagedSaveImage() else state


def _running(conn: Any, instance_id: str) -> Any:
    """The domain, which runs or is paused. Raises NotFound, Conflict."""
    domain = _look_up(conn, instance_id)
    if not is_up(domain):
        raise Conflict(f"the guest is {_power(domain)}", "instance", code="power", id=instance_id)
    return domain


def is_up(domain: Any) -> bool:
    """Whether the guest runs (or is paused): more than that its process is there."""
    return _state(*domain.state()[:2]) not in (base.SHUTDOWN, base.CRASHED)


def _end(domain: Any) -> None:
    """Make its process gone, however far the guest is on its own way out."""
    if domain.isActive():
        _unless_down(domain, domain.destroy)


def _unless_down(domain: Any, act: Any) -> None:
    try:
        act()
    except libvirt.libvirtError:
        if domain.isActive():  # it went down by itself in between: that was the wish
            raise


def _mark_run(domain: Any, cause: str) -> None:
    """Name the run that begins now. libvirt's own ids begin anew when it restarts, so they name nothing for long."""
    mark = Element("run", id=concurrency.secret(16), cause=cause)
    text = tostring(mark, encoding="unicode")
    domain.setMetadata(
        libvirt.VIR_DOMAIN_METADATA_ELEMENT, text, "run", xml.NAMESPACE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
    )


def _run_mark(domain: Any) -> str | None:
    try:
        text = domain.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, xml.NAMESPACE, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    except libvirt.libvirtError as error:
        if not is_up(domain):
            return None  # it went down while we looked
        if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN_METADATA:
            raise
        return f"id-{domain.ID()}"  # started by hand
    return str(fromstring(text).get("id"))  # noqa: S314 - libvirt wrote it
