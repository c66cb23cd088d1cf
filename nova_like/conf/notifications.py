"""[notifications]: who is told of what happens to instances. The API and the schedulers need the same values."""

from oslo_config import cfg

GROUP = "notifications"
OPTIONS = [
    cfg.BoolOpt(
        "bus",
        default=False,
        help="Publish OpenStack's versioned notifications (instance.create.end and so on) on the bus. Each costs a row "
        "when an operation begins and one when it ends.",
    ),
    cfg.StrOpt("exchange", default="nova", help="Topic exchange that notifications are published to."),
    cfg.BoolOpt("exchange_durable", default=False, help="Whether that exchange is durable, as its listeners expect."),
    cfg.StrOpt("topic", default="versioned_notifications", help="Their routing key, before the priority."),
    cfg.StrOpt(
        "webhook_key",
        default="",
        secret=True,
        help="Key that the secrets of webhooks are made from, 32 characters or more; another key makes them all "
        "others. Empty: there are no webhooks.",
    ),
    cfg.ListOpt("webhook_ports", default=["443"], item_type=cfg.types.Integer(1, 65535), help="Ports of webhooks."),
    cfg.ListOpt("webhook_networks", default=[], help="Networks that webhooks may lie in though they are not public."),
    cfg.FloatOpt("webhook_seconds", default=10.0, min=0.1, help="How long a webhook may take to answer."),
    cfg.FloatOpt("webhook_keep_hours", default=24.0, min=0.01, help="How long a delivery is tried again."),
]


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)
