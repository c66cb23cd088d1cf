"""[network]: the agent of a host's datapath."""

from oslo_config import cfg

GROUP = "network"
OPTIONS = [
    cfg.StrOpt("driver", choices=["linux", "fake"], default="linux", help="What makes the datapath."),
    cfg.StrOpt("uplink", default="eth0", help="Device to the outside, for SNAT; empty: any but our bridges."),
    cfg.ListOpt("protected_cidrs", default=[], help="Addresses that no guest may reach (controller, bus, database)."),
    cfg.StrOpt("dnsmasq_user", default="root", help="User that dnsmasq runs as; it must be able to read state_path."),
    cfg.IntOpt("lease_seconds", default=86400, min=120, help="Length of a DHCP lease."),
    cfg.FloatOpt("command_seconds", default=20.0, min=1, help="Time limit of one external command (ip, nft, dnsmasq)."),
    cfg.IntOpt("metadata_threads", default=8, min=1, max=16, help="Metadata requests answered at once."),
    cfg.BoolOpt("metadata_token_required", default=False, help="Whether guests must use IMDSv2 tokens (EC2 tree)."),
]


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)
