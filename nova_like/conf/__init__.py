"""Configuration: one object made in `cmd/` and passed down. Each module here declares one group of options."""

import importlib
import resource
from collections.abc import Iterable, Iterator, Sequence

from oslo_config import cfg

GROUPS = (
    "default",
    "api",
    "bus",
    "compute",
    "console",
    "database",
    "fake",
    "identity",
    "images",
    "libvirt",
    "metrics",
    "network",
    "notifications",
    "quota",
    "scheduler",
    "volume",
)


def new(groups: Iterable[str] = GROUPS) -> cfg.ConfigOpts:
    """An empty configuration with the named groups declared (all of them unless told)."""
    conf = cfg.ConfigOpts()
    for name in groups:
        importlib.import_module(f"nova_like.conf.{name}").register(conf)
    return conf


def load(argv: Sequence[str], prog: str, groups: Iterable[str] = GROUPS) -> cfg.ConfigOpts:
    """Read `--config-file` and the command line of a daemon; exits with a message when they do not parse."""
    from nova_like import logs
    from nova_like.conf import inline

    conf = new(groups)
    logs.register(conf)
    conf(list(argv), project="nova-like", prog=prog, default_config_files=[])
    if wrong := list(unreadable(conf, groups)):
        raise SystemExit(f"{prog}: " + "; ".join(wrong))
    inline.settle(conf)
    logs.setup(conf, prog)
    _leave_no_core()
    return conf


def unreadable(conf: cfg.ConfigOpts, groups: Iterable[str]) -> Iterator[str]:
    """What is wrong with values of the named groups, which oslo.config looks at when somebody asks for them only."""
    for group in groups:
        section = conf if group == "default" else getattr(conf, group)
        for option in importlib.import_module(f"nova_like.conf.{group}").OPTIONS:
            try:
                getattr(section, option.dest)
            except (cfg.Error, ValueError) as error:
                yield str(error)


def _leave_no_core() -> None:
    """A daemon's memory holds its keys; a core file would, too."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
