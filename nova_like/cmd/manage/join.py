"""host add: the one file by which the agents of a new machine join, and their broker user. Opens no database."""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from nova_like import concurrency
from nova_like.cmd.manage.base import Plain
from nova_like.cmd.manage.trust import is_remote
from nova_like.model.errors import Conflict, Invalid

KINDS = ("compute", "network", "volume")
NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*\Z")
STATE = "/var/lib/nova-like-host"  # etc/systemd lets the agents write here, and the volume agent there
VOLUMES = "/var/lib/nova-like-volume"

Sections = dict[str, dict[str, str]]


def user_of(name: str) -> str:
    """The broker user of a machine."""
    return f"host-{name}"


class Add(Plain):
    """Make a machine's broker user, and write the file with which alone its agents join: copy it there as
    /etc/nova-like/join.conf. Whoever has the file can act as that host. Done again it makes a new password, and the
    old file is of no use any more."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("name", help="name of the machine, its [DEFAULT] host")
        parser.add_argument("--kind", action="append", choices=KINDS, help="agents that it has; compute and network")
        parser.add_argument("--broker", action="append", default=[], metavar="HOST:PORT",
                            help="as the machine reaches it; the brokers of [bus] url unless told")  # fmt: skip
        parser.add_argument("--images-ca-file", metavar="FILE", help="authority of the API's certificate")
        parser.add_argument("--set", action="append", default=[], metavar="GROUP.OPTION=VALUE", dest="settings",
                            help="a further option of its agents, such as network.uplink=eno1")  # fmt: skip
        parser.add_argument("--output", metavar="FILE", help="NAME.join.conf in this directory unless told")
        parser.add_argument("--force", action="store_true", help="write over a file that is there")
        return parser

    def work(self, args: Any) -> None:
        from nova_like.cmd.manage import broker
        from nova_like.rpc.permissions import permissions, topic_permissions

        path, kinds = Path(args.output or f"{args.name}.join.conf"), args.kind or ["compute", "network"]
        if path.exists() and not args.force:
            raise Conflict(f"{path} is there already. Say --force to write over it; its password ends then.")
        password = concurrency.secret()
        sections = _sections(self.app.conf, args, password)
        users = broker.of(self.app.conf)
        users.put_user(user_of(args.name), password)
        about = ("agent", args.name, ",".join(sorted(set(kinds))))
        users.permit(user_of(args.name), permissions(*about), topic_permissions(*about))
        _write(path, render(args.name, sections))
        agents = " ".join(f"nova-like-{kind}" for kind in kinds)
        self.app.stdout.write(f"{path}: copy it to {args.name} as /etc/nova-like/join.conf (mode 0640, group "
                              f"nova-like), then there: systemctl enable --now {agents}\n")  # fmt: skip


def _sections(conf: Any, args: Any, password: str) -> Sections:
    from nova_like.rpc.signing import agent_key, read_key

    if not NAME.match(args.name):
        raise Invalid(f"{args.name!r} is no host name")
    if not conf.bus.master_key_file:
        raise Invalid("[bus] master_key_file is not set: agents' keys are derived from it. Make one: "
                      "`openssl rand -hex 32 > FILE`, mode 0600, the same on all controllers")  # fmt: skip
    url = urlsplit(conf.bus.url)
    brokers = args.broker or [part.rpartition("@")[2] for part in url.netloc.split(",")]
    _check(brokers, conf.bus.ssl)
    login = f"{quote(user_of(args.name), safe='')}:{password}"
    netloc = ",".join(f"{login}@{one}" for one in brokers)
    bus = {"url": f"{url.scheme}://{netloc}{url.path}", "queue_type": conf.bus.queue_type,
           "agent_key": agent_key(read_key(conf.bus.master_key_file), args.name).decode()}  # fmt: skip
    if conf.bus.ssl:
        bus |= {"ssl": "true", "ssl_ca": _text(conf.bus.ssl_ca_file, "[bus] ssl_ca_file")}
    made: Sections = {"DEFAULT": {"host": args.name, "state_path": STATE}, "bus": bus, "volume": {"path": VOLUMES}}
    if args.images_ca_file:
        made["compute"] = {"fetch_ca": _text(args.images_ca_file, "--images-ca-file")}
    return _with(made, args.settings)


def _check(brokers: list[str], ssl: bool) -> None:
    """A password that leaves this machine must be encrypted; a broker's address must be one from outside."""
    for one in brokers:
        try:
            host = urlsplit(f"//{one}").hostname or ""
            bare = not urlsplit(f"//{one}").port
        except ValueError as error:
            raise Invalid(f"{one!r} is not HOST:PORT: {error}") from None
        if bare or not host:
            raise Invalid(f"{one!r} is not HOST:PORT")
        if not ssl and is_remote(host):
            raise Invalid(f"The broker {host} is on another machine, and [bus] ssl is off: passwords and orders would "
                          "go in clear. See docs/tls.rst")  # fmt: skip


def _with(sections: Sections, settings: list[str]) -> Sections:
    """The sections with further options. Raises Invalid for one that there is not."""
    from nova_like.cmd.manage.sample import known

    names = known()
    for text in settings:
        key, equals, value = text.partition("=")
        group, _, option = key.rpartition(".")
        group = group or "DEFAULT"
        if not equals or option not in names.get(group, ()):
            raise Invalid(f"--set {text}: not GROUP.OPTION=VALUE of an option that `config sample` shows")
        sections.setdefault(group, {})[option] = value
    return sections


def render(name: str, sections: Sections) -> str:
    """The text of a join file. A value of several lines goes on in lines that begin with a blank."""
    lines = [
        f"# Join file of {name}, by `nova-like-manage host add`. Keep it secret: it is what makes a machine {name}."
    ]
    for group, values in sections.items():
        lines += ["", f"[{group}]"]
        for option, value in values.items():
            text = "\n  ".join(line for line in value.splitlines() if line.strip())
            lines.append(f"{option} = {text}".replace("$", "$$"))  # oslo.config takes a dollar for a reference
    return "\n".join(lines) + "\n"


def _text(path: str, what: str) -> str:
    try:
        text = Path(path).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{what}: {error}") from None
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise Invalid(f"{what}: {path} holds no certificate in PEM")
    return text


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and nobody else's to read from the first moment."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    fresh.replace(path)
