"""[fake]: the world of the fake drivers (compute, network, volume) and its knobs."""

from oslo_config import cfg

GROUP = "fake"
OPTIONS = [
    cfg.StrOpt("world_path", default="", help="Directory of the fake world; empty: <state_path>/fake."),
    cfg.IntOpt("hosts", default=1, min=1, max=20000, help="Hosts that one agent plays."),
    cfg.StrOpt("prefix", default="fake-", help="Hosts are called <prefix>001 and so on; [DEFAULT] host when just 1."),
    cfg.FloatOpt("delay_ms", default=0.0, min=0, help="How long each effect takes."),
    cfg.FloatOpt("failure_rate", default=0.0, min=0, max=1, help="Share of effects that fail."),
    cfg.IntOpt("vcpus", default=64, min=1, help="Processors of each host."),
    cfg.IntOpt("ram_mib", default=262144, min=1, help="Memory of each host."),
    cfg.IntOpt("disk_gib", default=4096, min=1, help="Disk of each host."),
]


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)


def world_path(conf: cfg.ConfigOpts) -> str:
    """The directory of the fake world, resolved."""
    return conf.fake.world_path or f"{conf.state_path}/fake"


def host_names(conf: cfg.ConfigOpts) -> list[str]:
    """The hosts that this process plays under one bus address."""
    if conf.fake.hosts == 1:
        return [conf.host]
    return [f"{conf.fake.prefix}{number:03}" for number in range(1, conf.fake.hosts + 1)]
