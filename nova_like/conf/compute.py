"""[compute]: the agent of a hypervisor host."""

from oslo_config import cfg

from nova_like.model.orders import FETCH_SECONDS

GROUP = "compute"
OPTIONS = [
    cfg.StrOpt("hypervisor", choices=["libvirt", "fake"], default="libvirt", help="What runs the guests."),
    cfg.StrOpt("instances_path", default="", help="Directory of guests' disks; empty: <state_path>/instances."),
    cfg.StrOpt("image_cache_path", default="", help="Directory of fetched images; empty: <state_path>/image-cache."),
    cfg.IntOpt("image_cache_gib", default=100, min=1, help="Images no guest rests on are dropped above this size."),
    cfg.FloatOpt("fetch_idle_seconds", default=20.0, min=0.1, help="An image download silent for this long fails."),
    cfg.FloatOpt(
        "fetch_seconds", default=FETCH_SECONDS, min=1, max=FETCH_SECONDS, help="Time limit of one image download."
    ),
    cfg.StrOpt(
        "fetch_ca_file",
        default="",
        help="Authority of the https of image links and console proxies; empty: the system's.",
    ),
    cfg.StrOpt("fetch_ca", help="The authority itself in PEM, as a join file holds it."),
    cfg.IntOpt("reserved_ram_mib", default=512, min=0, help="Memory of the host that is not for guests."),
    cfg.IntOpt("reserved_disk_gib", default=1, min=0, help="Disk of the host that is not for guests."),
]


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)
