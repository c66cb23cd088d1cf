"""What a configuration names outside itself: files, and servers when asked to. Each wrong is a sentence with the
option in it. Changes nothing."""

import ssl
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit


def _readable(path: str) -> None:
    with Path(path).open("rb") as file:
        file.read(1)


def _authority(path: str) -> None:
    if not ssl.create_default_context(cafile=path).get_ca_certs():
        raise ValueError("holds no certificate of an authority")


def _key(path: str) -> None:
    from nova_like.rpc.signing import read_key

    read_key(path)


# group, option, what its file must be
FILES: tuple[tuple[str, str, Callable[[str], None]], ...] = (
    ("api", "paste_config", _readable),
    ("api", "policy_file", _readable),
    ("bus", "master_key_file", _key),
    ("bus", "agent_key_file", _key),
    ("bus", "ssl_ca_file", _authority),
    ("compute", "fetch_ca_file", _authority),
)
PAIRS = (("api", "ssl_cert_file", "ssl_key_file"), ("bus", "ssl_cert_file", "ssl_key_file"))


def files(conf: Any) -> Iterator[str]:
    """Files that are not there, or not what they should be. A certificate must fit its key."""
    for group, option, check in FILES:
        path = conf[group][option]
        if path:
            yield from _tried(f"[{group}] {option} {path}", partial(check, path))
    for group, certificate, key in PAIRS:
        names = conf[group][certificate], conf[group][key]
        if all(names):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            what = f"[{group}] {certificate} {names[0]}, {key} {names[1]}"
            yield from _tried(what, partial(context.load_cert_chain, *names))
    for path in parse_qs(urlsplit(conf.database.url).query).get("sslrootcert", []):
        yield from _tried(f"[database] url: sslrootcert {path}", partial(_authority, path))


def servers(conf: Any) -> Iterator[str]:
    """Broker and database that do not let us in. An agent's configuration has no database of its own."""
    if not conf.bus.url.startswith("local:"):
        from nova_like.rpc.inspect import depths

        yield from _tried("[bus] url", lambda: depths(conf, []))
    if not conf.bus.agent_key_file:
        from nova_like.db import engine, listening

        base = engine.from_conf(conf)
        yield from _tried("[database] url", lambda: base.read(listening.listened))
        base.dispose()


def _tried(what: str, check: Callable[[], Any]) -> Iterator[str]:
    try:
        check()
    except Exception as error:  # kombu's, amqp's, psycopg2's and the socket's have no common ancestor
        said = str(error.__cause__ or error).strip().split("\n")[0]
        yield f"{what}: {said or type(error).__name__}"
