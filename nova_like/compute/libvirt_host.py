"""Makes the libvirt host of this agent, and the way its spawns get their images, out of the configuration."""

from collections.abc import Callable
from pathlib import Path

from oslo_config import cfg

from nova_like.compute.spawning import Fetch
from nova_like.images import converting
from nova_like.images.cache import Cache
from nova_like.images.fetch import Limits
from nova_like.model.errors import Invalid
from nova_like.model.image_formats import ON_HOST
from nova_like.model.orders import Guest, ImageLink
from nova_like.rpc.work import Work
from nova_like.virt import libvirt
from nova_like.virt.base import Base, Hypervisor

GIB = 1 << 30
_SAME_NAME = ("uri", "virt_type", "machine", "cpu_mode", "emulator", "tb_cache_mib", "disk_cache", "vnc",
              "qemu_img_seconds", "qemu_img_memory_mib", "convert_seconds")  # fmt: skip


def fill(
    conf: cfg.ConfigOpts, hosts: dict[str, Hypervisor], changed: Callable[[], None]
) -> tuple[Fetch, Callable[[], None]]:
    """Put the host into `hosts`; returns how images are fetched, and what closes the host."""
    host, close = libvirt.make(conf.host, settings(conf), changed)
    hosts[conf.host] = host
    limits = Limits(conf.compute.fetch_idle_seconds, conf.compute.fetch_seconds, conf.compute.fetch_ca_file)
    path = Path(conf.compute.image_cache_path or f"{conf.state_path}/image-cache").resolve()
    bounds = converting.Limits(conf.libvirt.convert_seconds, conf.libvirt.qemu_img_memory_mib)

    def convert(image: ImageLink, source: Path, target: Path, cancelled: Callable[[], bool]) -> None:
        converting.convert(image, source, target, bounds, cancelled)

    cache = Cache(path, limits, conf.compute.image_cache_gib * GIB, host.disks.bases, convert)
    return fetcher(cache), close


def settings(conf: cfg.ConfigOpts) -> libvirt.Settings:
    """[libvirt] and [compute] as the driver takes them."""
    return libvirt.Settings(
        instances=Path(conf.compute.instances_path or f"{conf.state_path}/instances").resolve(),
        reserved_ram_mib=conf.compute.reserved_ram_mib,
        reserved_disk_gib=conf.compute.reserved_disk_gib,
        **{name: getattr(conf.libvirt, name) for name in _SAME_NAME},
    )


def fetcher(cache: Cache) -> Fetch:
    """How a spawn gets its base: out of the cache, in the format that was found at upload."""

    def fetch(guest: Guest, work: Work) -> Base:
        if guest.image is None:
            raise Invalid("a guest without an image", "image")
        path = cache.get(guest.image, work.cancelled)
        return Base(str(path), ON_HOST[guest.image.disk_format], guest.image.virtual_size_bytes)

    return fetch
