"""[volume]: the agent of a storage back end."""

from oslo_config import cfg

GROUP = "volume"
OPTIONS = [
    cfg.StrOpt("driver", choices=["file", "fake"], default="file", help="What keeps the volumes."),
    cfg.StrOpt("path", default="", help="Directory of the file driver; empty: <state_path>/volumes."),
    cfg.FloatOpt("overcommit_ratio", default=1.0, min=0.01, help="Bytes promised for each byte of the file system."),
    cfg.IntOpt("reserved_gib", default=1, min=0, help="Free space that no new volume may eat into."),
]


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)
