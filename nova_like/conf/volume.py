"""[volume]: the agent of a storage back end."""

from oslo_config import cfg

GROUP = "volume"
OPTIONS = [
    cfg.StrOpt("driver", choices=["file", "fake"], default="file", help="What keeps the volumes."),
    cfg.StrOpt("path", default="", help="Directory of the file driver; empty: <state_path>/volumes."),
    cfg.StrOpt("image_cache_path", default="",
               help="Directory of the images that volumes are made of; empty: <state_path>/volume-images. They are "
                    "fetched as [compute] fetch_* say."),
    cfg.IntOpt("image_cache_gib", default=20, min=1, help="Images not used lately are dropped above this size."),
    cfg.FloatOpt("overcommit_ratio", default=1.0, min=0.01, help="Bytes promised for each byte of the file system."),
    cfg.StrOpt("nbd_address", default="127.0.0.1",
               help="Address of this host where the file driver exports volumes by NBD. Hypervisors must reach it, and "
                    "nobody else: an export is protected by its secret name alone, and is not encrypted."),
    cfg.PortOpt("nbd_first_port", default=10810, help="The first port of exports; each volume in use has one."),
    cfg.PortOpt("nbd_last_port", default=14905, help="The last one."),
    cfg.IntOpt("reserved_gib", default=1, min=0, help="Free space that no new volume may eat into."),
]  # fmt: skip


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)
