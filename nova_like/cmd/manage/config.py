"""config sample, check: the generated sample file, and unknown keys refused."""

import configparser
from typing import Any

from nova_like.cmd.manage.base import Plain
from nova_like.model.errors import Invalid


class Sample(Plain):
    """Print the sample configuration: every option with its help and default."""

    def work(self, args: Any) -> None:
        from nova_like.cmd.manage.sample import sample

        self.app.stdout.write(sample())


class Check(Plain):
    """Check a configuration file: unknown groups and keys, values that do not parse, files that are not what they
    should be; and whether broker and database let us in, if asked to. Says nothing when all is well."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("file")
        parser.add_argument("--connect", action="store_true", help="connect to broker and database, too")
        return parser

    def work(self, args: Any) -> int:
        found = problems(args.file, args.connect)
        for line in found:
            self.app.stdout.write(f"{args.file}: {line}\n")
        return 1 if found else 0


def problems(path: str, connect: bool = False) -> list[str]:
    """What is wrong with a file, as sentences. Raises Invalid when it cannot be read."""
    from nova_like import conf as configuration
    from nova_like import logs
    from nova_like.cmd.manage import named
    from nova_like.cmd.manage.sample import known
    from nova_like.cmd.manage.trust import weaknesses
    from nova_like.conf import inline

    parser = configparser.ConfigParser(interpolation=None, strict=False, default_section="no such section")
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
    except (OSError, configparser.Error, UnicodeDecodeError) as error:
        raise Invalid(f"{path}: {error}") from None
    names = known()
    found = [f"unknown group [{group}]" for group in parser.sections() if group not in names]
    found += [f"unknown option [{group}] {key}" for group in parser.sections() if group in names
              for key in parser[group] if key.replace("-", "_") not in names[group]]  # fmt: skip
    conf = configuration.new()
    logs.register(conf)
    conf([f"--config-file={path}"], project="nova-like", prog="check", default_config_files=[])
    if wrong := list(configuration.unreadable(conf, configuration.GROUPS)):
        return found + wrong
    inline.settle(conf)
    found += [*weaknesses(conf), *named.files(conf)]
    return found + list(named.servers(conf)) if connect else found
