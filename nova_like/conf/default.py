"""[DEFAULT]: what every daemon has."""

import socket

from oslo_config import cfg

OPTIONS = [
    cfg.HostnameOpt("host", default=socket.gethostname(), sample_default="<host name>", help="Name of this host."),
    cfg.StrOpt("state_path", default="/var/lib/nova-like", help="Directory of what a daemon keeps on its host."),
    cfg.StrOpt(
        "concurrency_backend",
        choices=["auto", "threading", "eventlet"],
        default="auto",
        help="Back end for threads; auto is eventlet for the API and threading for everything else. "
        "Read before anything else; NOVA_LIKE_CONCURRENCY in the environment wins.",
    ),
]


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS)
