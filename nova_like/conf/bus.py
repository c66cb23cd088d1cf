"""[bus]: where the message bus is and how it is used."""

from oslo_config import cfg

GROUP = "bus"
OPTIONS = [
    cfg.StrOpt(
        "url",
        default="local://main",
        secret=True,
        help="rabbit://user:password@host:port/vhost (several hosts separated by commas), or local://NAME inside "
        "one process.",
    ),
    cfg.StrOpt(
        "queue_type",
        choices=["quorum", "classic_durable", "transient"],
        default="quorum",
        help="Kind of queue on RabbitMQ. Changing it needs a new virtual host. quorum is for clusters; on a single "
        "node classic_durable is as safe, and 3.10 may lose the use of a quorum queue that was made within seconds of "
        "a crash. RabbitMQ 4.3 and later refuse transient.",
    ),
    cfg.IntOpt("heartbeat_seconds", default=30, min=2, help="A broker silent for this long is given up."),
    cfg.IntOpt("publish_retries", default=1, min=0, max=5, help="How often a failed publish is tried again."),
    cfg.IntOpt("publish_timeout_seconds", default=5, min=1, help="How long a publish may wait for the broker."),
    cfg.IntOpt("cast_ttl_seconds", default=300, min=1, help="A message nobody took for this long is dropped."),
    cfg.IntOpt("queue_ttl_seconds", default=3600, min=60, help="An agent's queue unused for this long is removed."),
    cfg.IntOpt("prefetch", default=100, min=1, help="Messages the broker sends ahead to one consumer."),
    cfg.IntOpt("connections", default=4, min=1, help="Connections kept for publishing, at most."),
    cfg.IntOpt(
        "threads",
        default=16,
        min=1,
        max=256,
        help="Messages an agent handles at once. One that serves many hosts wants more.",
    ),
    cfg.FloatOpt("report_seconds", default=30.0, min=0.05, help="How often an agent reports each of its hosts."),
    cfg.StrOpt("master_key_file", help="File with the key that agent keys are derived from (controllers only)."),
    cfg.StrOpt("agent_key_file", help="File with this agent's key, as `nova-like-manage bus agent-key` prints it."),
    cfg.StrOpt("agent_key", secret=True, help="The key itself, as a join file holds it."),
    cfg.StrOpt(
        "management_url",
        default="",
        secret=True,
        help="RabbitMQ's management interface, for `nova-like-manage doctor` and `host add`: http(s)://host:port, with "
        "user:password@ where it is not the user of url; empty: port 15672 of the first broker, 15671 with ssl.",
    ),
    cfg.StrOpt(
        "rabbitmqctl",
        default="",
        help="Command that manages the broker's users, for `nova-like-manage host add` and `host remove`, such as "
        "rabbitmqctl; empty: the management interface.",
    ),
    cfg.BoolOpt("ssl", default=False, help="Speak TLS to the broker."),
    cfg.StrOpt("ssl_ca_file", help="Certificate authority of the broker; needed with ssl."),
    cfg.StrOpt("ssl_ca", help="The authority itself in PEM, as a join file holds it."),
    cfg.StrOpt("ssl_cert_file", help="Client certificate."),
    cfg.StrOpt("ssl_key_file", help="Key of the client certificate."),
]


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)
