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
    """Check a configuration file: unknown groups and keys, and values that do not parse."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("file")
        return parser

    def work(self, args: Any) -> int:
        found = problems(args.file)
        for line in found:
            self.app.stdout.write(f"{args.file}: {line}\n")
        return 1 if found else 0


def problems(path: str) -> list[str]:
    """What is wrong with a file, as sentences. Raises Invalid when it cannot be read."""
    from nova_like import conf as configuration
    from nova_like import logs
    from nova_like.cmd.manage.sample import known
    from nova_like.cmd.manage.trust import weaknesses

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
    found += configuration.unreadable(conf, configuration.GROUPS)
    return found + list(weaknesses(conf))
