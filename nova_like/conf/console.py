"""[console]: the proxy between browsers and the consoles of guests."""

from urllib.parse import urlsplit

from oslo_config import cfg, types


class Origin(types.ConfigType):
    """An origin (scheme, host and perhaps a port), as text. ValueError for anything else."""

    def __init__(self) -> None:
        super().__init__(type_name="origin")

    def __call__(self, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or value != f"{parts.scheme}://{parts.netloc}":
            raise ValueError(f"{value} is not an origin such as https://cloud.example.org")
        return value

    def _formatter(self, value: str) -> str:
        return value


GROUP = "console"
OPTIONS = [
    cfg.StrOpt("bind_host", default="127.0.0.1", help="Address to listen on."),
    cfg.PortOpt("bind_port", default=6080, help="Port of nova-like-console; 0 takes a free one."),
    cfg.URIOpt("public_url", schemes=["http", "https"],
               help="URL under which browsers reach nova-like-console; without it there are no consoles."),
    cfg.URIOpt("agent_url", schemes=["http", "https"],
               help="URL of this very nova-like-console as hosts reach it; empty: public_url."),
    cfg.StrOpt("ssl_cert_file", help="Certificate (PEM) of the proxy, then its chain: the port speaks TLS only."),
    cfg.StrOpt("ssl_key_file", help="Key of the certificate in PEM, without a passphrase."),
    cfg.StrOpt("pages_path", default="/usr/share/novnc", help="Directory of noVNC's pages (Debian: package novnc)."),
    cfg.ListOpt("allowed_origins", item_type=Origin(), default=[],
                help="Further origins (https://cloud.example.org) whose pages may open consoles."),
    cfg.IntOpt("token_ttl_seconds", default=600, min=10, max=86400, help="How long a console's address may be used."),
    cfg.IntOpt("session_seconds", default=43200, min=60, help="How long one opened console lasts at the most."),
    cfg.IntOpt("max_sessions", default=200, min=1, help="Consoles open at once; one more is told 503."),
]  # fmt: skip


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)
