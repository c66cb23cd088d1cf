"""[quota]: limits of a project that has none of its own; -1 is no limit."""

from oslo_config import cfg

GROUP = "quota"
DEFAULTS = {
    "instances": 10,
    "cores": 20,
    "ram": 51200,
    "volumes": 10,
    "gigabytes": 1000,
    "key_pairs": 100,
    "metadata_items": 128,
    "server_groups": 10,
    "server_group_members": 10,
    "security_groups": 10,
    "security_group_rules": 100,
}
OPTIONS = [cfg.IntOpt(name, default=value, min=-1, help=f"{name} of a project.") for name, value in DEFAULTS.items()]


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)
