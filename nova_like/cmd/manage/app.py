"""The application: global options, and which module has which command. A command's module is loaded when it is run."""

import importlib
import sys
from typing import Any

from cliff.app import App
from cliff.commandmanager import CommandManager

from nova_like import concurrency

COMMANDS = {
    "db sync": "db:Sync",
    "bootstrap": "bootstrap:Bootstrap",
    "backup": "keeping:Backup",
    "restore": "keeping:Restore",
    "network create": "network:Create",
    "host list": "host:List",
    "host show": "host:Show",
    "host enable": "host:Enable",
    "host disable": "host:Disable",
    "host drain": "host:Drain",
    "host evacuate": "evacuation:Evacuate",
    "host return": "host:Return",
    "host down": "host:Down",
    "host fence": "host:Fence",
    "host add": "join:Add",
    "host remove": "removal:Remove",
    "flow list": "flow:List",
    "flow show": "flow:Show",
    "flow retry": "flow:Retry",
    "flow cancel": "flow:Cancel",
    "quota set": "quota:Set",
    "quota show": "quota:Show",
    "user grant": "users:Grant",
    "user revoke": "users:Revoke",
    "audit": "audit:Audit",
    "doctor": "doctor:Doctor",
    "bus agent-key": "bus:AgentKey",
    "bus permissions": "bus:Permissions",
    "bus queues": "bus:Queues",
    "config sample": "config:Sample",
    "config check": "config:Check",
    "completion": "completion:Completion",
}


def things() -> dict[str, str]:
    """The commands that nouns.py is a table of."""
    from nova_like.cmd.manage.nouns import NOUNS

    return {f"{name} {verb}": f"things:{name}.{verb}" for name, noun in NOUNS.items() for verb in noun.verbs}


class Lazy:
    """An entry point in cliff's eyes: the class of a command, imported when it is asked for."""

    def __init__(self, name: str, target: str) -> None:
        self.name, self._target = name, target

    def load(self, require: bool = False) -> Any:
        module, _, attribute = self._target.partition(":")
        found = importlib.import_module(f"nova_like.cmd.manage.{module}")
        return found.command(attribute) if module == "things" else getattr(found, attribute)


class Commands(CommandManager):
    def load_commands(self, namespace: str) -> None:
        for name, target in {**COMMANDS, **things()}.items():
            self.commands[name] = Lazy(name, target)  # type: ignore[assignment]


class Manage(App):
    """Everything goes through `conf`, made when a command first asks for it."""

    def __init__(self) -> None:
        super().__init__("Operate a nova_like cloud.", "0.1", Commands("nova_like"), deferred_help=True)

    def build_option_parser(self, description: Any, version: Any, argparse_kwargs: Any = None) -> Any:
        parser = super().build_option_parser(description, version, argparse_kwargs)
        parser.add_argument("--config-file", action="append", default=[], metavar="FILE", help="configuration")
        return parser

    def configure_logging(self) -> None:
        """oslo.log is for daemons; a command prints."""
        import logging

        logging.basicConfig(level=logging.DEBUG if self.options.verbose_level > 1 else logging.WARNING,
                            format="%(levelname)s %(message)s", stream=sys.stderr)  # fmt: skip

    @property
    def conf(self) -> Any:
        if not hasattr(self, "_conf"):
            from nova_like import conf as configuration
            from nova_like import logs
            from nova_like.conf import inline

            made = configuration.new()
            logs.register(made)
            made([f"--config-file={path}" for path in self.options.config_file], project="nova-like",
                 prog="nova-like-manage", default_config_files=[])  # fmt: skip
            inline.settle(made)
            self._conf = made
        return self._conf

    @property
    def database(self) -> Any:
        from nova_like.db import engine

        return engine.from_conf(self.conf)


def main(argv: list[str] | None = None) -> None:
    """Run one command and end the process with its status."""
    concurrency.init("threading")
    sys.exit(Manage().run(sys.argv[1:] if argv is None else argv))
