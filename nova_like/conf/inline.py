"""Texts that stand in a configuration file itself instead of in a file that it names: so a join file is all that an
agent needs. Elsewhere only the names of files are known."""

import os

from oslo_config import cfg

# group, option with the text, option with the name of a file
TEXTS = (
    ("bus", "ssl_ca", "ssl_ca_file"),
    ("bus", "agent_key", "agent_key_file"),
    ("compute", "fetch_ca", "fetch_ca_file"),
)


def settle(conf: cfg.ConfigOpts) -> None:
    """Make files of the texts, in memory only, that this process can read by name. Ends it when both are given."""
    for group, text, file in TEXTS:
        if group not in conf or not conf[group][text]:
            continue
        if conf[group][file]:
            raise SystemExit(f"[{group}] {text} and {file} are both set: keep one")
        conf.set_override(file, _in_memory(text, conf[group][text]), group)


def _in_memory(name: str, text: str) -> str:
    """Each opening by this name reads from the start; nothing is on a disk."""
    number = os.memfd_create(name)
    os.write(number, f"{text}\n".encode())
    return f"/proc/self/fd/{number}"
