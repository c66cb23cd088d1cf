"""[database]: opened by api, scheduler and manage only."""

from oslo_config import cfg

GROUP = "database"
OPTIONS = [
    cfg.StrOpt(
        "url",
        secret=True,
        default="sqlite:////var/lib/nova-like/nova-like.sqlite",
        help="postgresql+psycopg2://user@host/name, or sqlite:///PATH where one process owns it.",
    ),
    cfg.IntOpt("pool_size", default=16, min=1, help="Connections that one process keeps at the most."),
    cfg.IntOpt("wait_seconds", default=8, min=1, help="How long a request waits for the database before 503."),
    cfg.BoolOpt(
        "prepared_statements",
        default=True,
        help="Have PostgreSQL prepare what it is asked often. Off behind a pooler that gives each transaction another "
        "connection.",
    ),
    cfg.IntOpt("retain_flows_hours", default=72, min=1, help="Ended flows and their journals are kept for so long."),
    cfg.IntOpt(
        "retain_deleted_hours",
        default=72,
        min=1,
        help="Rows of deleted instances and volumes are kept for so long. Not below an hour: EC2 shows terminated "
        "instances for that time.",
    ),
]


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)
