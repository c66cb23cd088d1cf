"""[DEFAULT]: what every daemon has."""

import socket

from oslo_config import cfg

OPTIONS = [
    cfg.HostnameOpt("host", default=socket.gethostname(), sample_default="<host name>", help="Name of this host."),
    cfg.StrOpt("state_path", default="/var/lib/nova-like", help="Directory of what a daemon keeps on its host."),
    cfg.IntOpt(
        "reclaim_instance_interval",
        default=0,
        min=0,
        help="Seconds for which a server that its user deletes stays SOFT_DELETED: it is down then, counts for no "
        "quota, and can be restored. 0: what is deleted is gone at once. The same in all of API and schedulers. What "
        "Amazon's dialect terminates is gone at once in any case.",
    ),
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
