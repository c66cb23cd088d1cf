"""[images]: where images are kept, and how hosts get at them."""

from oslo_config import cfg, types

GROUP = "images"
OPTIONS = [
    cfg.StrOpt("path", default="", help="Directory of the file store; empty: <state_path>/images."),
    cfg.StrOpt("cache_path", default="",
               help="Directory of this host's copies of images, for a store that is far away; empty: none."),
    cfg.StrOpt("link_key", default="", secret=True, help="Key that signs the links to images that hosts are given."),
    cfg.IntOpt("link_ttl_seconds", default=3600, min=10, help="Life of a signed link."),
    cfg.StrOpt("link_url", default="", help="URL of the API as hosts reach it; empty: [api] public_url."),
    cfg.IntOpt("max_size_gib", default=64, min=1, help="Largest upload."),
    cfg.IntOpt("max_virtual_gib", default=2048, min=1, help="Largest disk that an image may claim to be."),
    cfg.IntOpt("staged_keep_hours", default=24, min=1, help="How long staged data wait for their import."),
    cfg.IntOpt("imports_at_once", default=2, min=1, help="Imports that one API worker works at; others wait."),
    cfg.ListOpt("download_ports", default=[80, 443], item_type=types.Integer(1, 65535),
                help="Ports that web-download may reach."),
    cfg.ListOpt("download_networks", default=[],
                help="Networks (CIDR) that web-download may reach though they are not public."),
    cfg.IntOpt("download_hours", default=4, min=1, help="Time limit of one web-download."),
]  # fmt: skip


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)
