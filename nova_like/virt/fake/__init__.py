"""Hosts that exist as a log of effects only: for scale tests and demonstrations. `make` is the one entry."""

from nova_like.fakes import World
from nova_like.virt.base import Hypervisor
from nova_like.virt.fake.copies import Copies
from nova_like.virt.fake.host import Host, Knobs
from nova_like.virt.fake.parts import Console, Disks, Facts, Inside, Nics, Notes, Power
from nova_like.virt.fake.volumes import Volumes


def make(name: str, world: World, knobs: Knobs) -> Hypervisor:
    """The host `name` of this world, as its log left it."""
    host = Host(name, world, knobs)
    copies, volumes = Copies(host), Volumes(host)
    return Hypervisor(
        name, Power(host), Disks(host), Nics(), Console(host), Notes(host), copies, volumes, Facts(host), Inside(host)
    )  # fmt: skip
