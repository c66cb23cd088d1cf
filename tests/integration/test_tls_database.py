"""S43: TLS to a real PostgreSQL as [database] url asks for it: who is believed; what `config check` says of less."""

import os
import shutil
import socket
import ssl
import struct
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from nova_like.cmd.manage.config import problems
from nova_like.db.engine import Database
from nova_like.model.errors import Unavailable
from tests.authority import Authority
from tools.trial.postgres import USER, Postgres

pytestmark = [pytest.mark.skipif(not Path("/usr/lib/postgresql").is_dir(), reason="PostgreSQL is not installed"),
              pytest.mark.timeout(120)]  # fmt: skip


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Postgres(tmp_path_factory.mktemp("pg") / "cluster")
    made.start()
    made.wait()
    yield made
    made.stop()
    made.wipe()


def present(server, pair):
    """Let the server show this certificate from now on."""
    for option, path in (("ssl_cert_file", pair.certificate), ("ssl_key_file", pair.key)):
        target = server.data / path.name
        shutil.copy(path, target)
        target.chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(target, "postgres", "postgres")
        server.query(f"ALTER SYSTEM SET {option} = '{target.name}'")
    server.query("ALTER SYSTEM SET ssl = on")
    server.query("SELECT pg_reload_conf()")


def url(server, authority, host="127.0.0.1"):
    return (
        f"postgresql+psycopg2://{USER}@{host}:{server.port}/nova_like?sslmode=verify-full&sslrootcert={authority.file}"
    )


def version(address):
    """The protocol of a connection. Raises Unavailable; its cause says why."""
    database = Database(address, wait_seconds=1)
    try:
        return database.read(lambda tx: tx.scalar(_SQL))
    finally:
        database.dispose()


_SQL = sa.text("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")


def until_shown(server, authority, pair):
    """A reload takes a moment; the certificate's serial number tells."""

    wanted = ssl.PEM_cert_to_DER_cert(pair.certificate.read_text())
    deadline = time.monotonic() + 30
    while _shown(server) != wanted:
        assert time.monotonic() < deadline


def _shown(server):

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as link:
        link.sendall(struct.pack("!ii", 8, 80877103))  # SSLRequest
        if link.recv(1) != b"S":
            return b""
        with context.wrap_socket(link) as secured:
            return secured.getpeercert(binary_form=True)


def refusal(address):
    with pytest.raises(Unavailable) as refused:
        version(address)
    return str(refused.value.__cause__)


def test_S43_only_the_right_authority_name_and_time_work(server, authority, tmp_path):
    pair = authority.issue("127.0.0.1")
    present(server, pair)
    until_shown(server, authority, pair)
    assert version(url(server, authority)) == "TLSv1.3"
    assert "certificate verify failed" in refusal(url(server, Authority(tmp_path)))
    assert 'does not match host name "localhost"' in refusal(url(server, authority, "localhost"))
    other = authority.issue("127.0.0.1", days=-1)
    present(server, other)
    until_shown(server, authority, other)
    assert "expired" in refusal(url(server, authority)) or "verify failed" in refusal(url(server, authority))


CHECKED = [
    ("postgresql+psycopg2://u@db.test/n", True),
    ("postgresql+psycopg2://u@db.test/n?sslmode=require", True),
    ("postgresql+psycopg2://u@db.test/n?sslmode=verify-ca&sslrootcert=CA", True),
    ("postgresql+psycopg2://u@db.test/n?sslmode=verify-full&sslrootcert=CA", False),
    ("postgresql+psycopg2://u@127.0.0.1/n", False),
    ("postgresql+psycopg2://u@[::1]/n", False),
    ("postgresql+psycopg2://u@localhost/n", False),
    ("postgresql+psycopg2:///n?host=/run/postgresql", False),
    ("sqlite:////var/lib/nova-like/x", False),
]


@pytest.mark.parametrize(("address", "warned"), CHECKED)
def test_S43_a_remote_database_without_verification_is_said(tmp_path, authority, address, warned):
    path = tmp_path / "nova-like.conf"
    path.write_text(f"[database]\nurl = {address}\n".replace("CA", str(authority.file)))
    said = [line for line in problems(str(path)) if "[database] url" in line]
    assert bool(said) == warned
    assert not warned or "sslmode=verify-full" in said[0]


@pytest.mark.parametrize(
    ("lines", "warned"),
    [
        ("url = rabbit://u:p@mq.test:5672/v", True),
        ("url = rabbit://u:p@127.0.0.1:5672/v", False),
        ("url = rabbit://u:p@127.0.0.1:5672,u:p@mq.test:5672/v", True),
        ("url = rabbit://u:p@mq.test:5671/v\nssl = true", True),
        ("url = rabbit://u:p@mq.test:5671/v\nssl = true\nssl_ca_file = CA", False),
    ],
)
def test_S43_a_remote_bus_without_tls_is_said(tmp_path, authority, lines, warned):
    path = tmp_path / "nova-like.conf"
    path.write_text(f"[bus]\n{lines}\n".replace("CA", str(authority.file)))
    said = [line for line in problems(str(path)) if "[bus]" in line]
    assert bool(said) == warned, said
    assert all("u:p" not in line for line in said)
