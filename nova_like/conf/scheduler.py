"""[scheduler]: placement rules and the pace of flows."""

from oslo_config import cfg

GROUP = "scheduler"
OPTIONS = [
    cfg.BoolOpt(
        "admit_new_hosts",
        default=True,
        help="Take in hosts that report for the first time. Off, once all are "
        "there, no agent that was taken over can claim a host or a kind of work that is not its own yet.",
    ),
    cfg.ListOpt("filters", default=["up", "enabled", "zone", "vcpus", "ram", "disk"], help="Filters, in order."),
    cfg.DictOpt("weighers", default={"ram": "1.0", "vcpus": "0.5"}, help="Weigher name and its multiplier."),
    cfg.FloatOpt("vcpu_ratio", default=16.0, min=0.01, help="Virtual CPUs sold for each processor of a host."),
    cfg.FloatOpt("ram_ratio", default=1.0, min=0.01, help="RAM sold for each MiB of a host."),
    cfg.FloatOpt("disk_ratio", default=1.0, min=0.01, help="Disk sold for each GiB of a host."),
    cfg.IntOpt("host_down_seconds", default=75, min=3, help="A host silent for this long gets no new work."),
    cfg.IntOpt(
        "host_deaf_seconds",
        default=45,
        min=45,
        help="So does one that answers no order for this long, though it reports. It must be longer than [bus] "
        "report_seconds and a half: only a report after the order tells one that is deaf from one that has just died, "
        "and an order that was lost goes again two or three times in this time.",
    ),
    cfg.FloatOpt("sweep_seconds", default=1.0, min=0.05, help="How often due flows are looked for."),
    cfg.FloatOpt("gather_seconds", default=1.0, min=0.05, help="How often gathered reports are written."),
    cfg.FloatOpt("resend_seconds", default=5.0, min=0.05, help="First interval after which an order is sent again."),
    cfg.IntOpt(
        "shelved_offload_seconds",
        default=0,
        min=-1,
        help="A shelved instance leaves its host when nothing was done to it for this long; 0: at once, -1: never.",
    ),
    cfg.IntOpt("threads", default=4, min=1, max=16, help="Messages handled at once."),
]


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)
