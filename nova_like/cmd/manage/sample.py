"""The sample configuration file, made from the option declarations."""

import importlib
import textwrap
from typing import Any

from nova_like import conf as configuration

HEADER = "# Sample configuration of nova_like; made by `nova-like-manage config sample`.\n"


def groups() -> dict[str, list[Any]]:
    """{group: its options}."""
    found = {}
    for name in configuration.GROUPS:
        module = importlib.import_module(f"nova_like.conf.{name}")
        found["DEFAULT" if name == "default" else name] = list(module.OPTIONS)
    return found


def known() -> dict[str, set[str]]:
    """{group: names that it may hold}, oslo.log's and oslo.messaging's options included."""
    from oslo_config import cfg
    from oslo_messaging._drivers import amqp, impl_rabbit

    from nova_like import logs

    names = {group: {option.dest for option in options} for group, options in groups().items()}
    log = cfg.ConfigOpts()
    logs.register(log)
    names["DEFAULT"] |= set(log._opts)
    names["oslo_messaging_rabbit"] = {option.dest for option in (*impl_rabbit.rabbit_opts, *amqp.amqp_opts)}
    return names


def sample() -> str:
    """The whole file as text."""
    return HEADER + "".join(_group(name, options) for name, options in groups().items())


def _group(name: str, options: list[Any]) -> str:
    return f"\n[{name}]\n" + "".join(_option(option) for option in options)


def _option(option: Any) -> str:
    help = "".join(f"# {line}\n" for line in textwrap.wrap(option.help or "", 100))
    default = option.sample_default if option.sample_default is not None else option.default
    return f"\n{help}#{option.dest} = {_shown(default)}\n"


def _shown(value: Any) -> str:
    if value is None:
        return "<none>"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, dict):
        return ",".join(f"{key}:{item}" for key, item in value.items())
    return str(value)
