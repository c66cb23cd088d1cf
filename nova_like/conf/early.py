"""One option out of `--config-file`, read before oslo.config may be imported. Knows nothing of what options mean."""

import configparser
from collections.abc import Sequence


def read(argv: Sequence[str], section: str, option: str) -> str | None:
    """The option's value in the last file that has it; None when none has."""
    value = None
    for path in _files(argv):
        parser = configparser.ConfigParser(interpolation=None, strict=False, default_section="no such section")
        try:
            parser.read(path)
        except configparser.Error:
            continue  # the real parse will say what is wrong
        value = parser.get(section, option, fallback=value)
    return value


def _files(argv: Sequence[str]) -> list[str]:
    files = [word.partition("=")[2] for word in argv if word.startswith("--config-file=")]
    files += [argv[index + 1] for index, word in enumerate(argv[:-1]) if word == "--config-file"]
    return files
