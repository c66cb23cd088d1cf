"""[metrics]: numbers for Prometheus, of each daemon."""

from oslo_config import cfg

GROUP = "metrics"
OPTIONS = [
    cfg.StrOpt("bind_host", default="127.0.0.1", help="Address to show metrics on; whoever reaches it may read them."),
    cfg.PortOpt(
        "port",
        default=0,
        help="Port of /metrics; 0: none. Worker processes of one API take this port and the following ones, one each.",
    ),
    cfg.FloatOpt("gather_seconds", default=15.0, min=1, help="How often a scheduler counts flows, hosts and queues."),
]


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)
