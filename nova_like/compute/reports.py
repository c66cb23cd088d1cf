"""What is reported of a hypervisor host: its capacity, its facts, and the power of every guest it knows."""

from nova_like.model.errors import Unavailable
from nova_like.model.orders import HostReport
from nova_like.virt.base import SHUTDOWN, Hypervisor


def describe(host: Hypervisor) -> HostReport:
    """The report of one host; `powers` is None while the hypervisor cannot be asked."""
    powers: dict[str, str] | None
    try:
        # Files without a guest are reported too, or nobody would ever find out that they leaked
        powers = dict.fromkeys(host.disks.instances(), SHUTDOWN) | host.power.states()
    except Unavailable:
        powers = None
    return HostReport(
        kind="compute",
        host=host.name,
        address="",
        boot_id="",
        capacity=host.facts.capacity(),
        facts=host.facts.facts(),
        powers=powers,
    )
