"""S43: TLS to a real RabbitMQ: who is believed, for clients, servers and the inspection of queues."""

import os
import shutil
import subprocess
import sys
import threading

import pytest

from nova_like.model import errors
from nova_like.rpc import inspect
from nova_like.rpc.client import Client
from nova_like.rpc.contracts.compute import Compute
from nova_like.rpc.server import Server
from nova_like.rpc.transport import make_transport
from tests.authority import Authority
from tests.integration.private_rabbit import HOME, ROOT, Broker
from tests.integration.test_bus import CTX, Bus, Handler, config
from tools.trial import ports

pytestmark = [
    pytest.mark.skipif(not (HOME / "rabbitmq-server").exists(), reason="RabbitMQ is not installed"),
    pytest.mark.timeout(120),
]
ASK = {"host": "h", "instance_id": "i", "max_bytes": 1}
GREEN = """
import sys
from nova_like import concurrency
concurrency.init("eventlet")
from tests.integration.test_bus import CTX, config
from nova_like.rpc.client import Client
from nova_like.rpc.contracts.compute import Compute
from nova_like.rpc.transport import make_transport
conf = config(sys.argv[1], ssl=True, ssl_ca_file=sys.argv[2], queue_type="transient")
try:
    client = Client(make_transport(conf), Compute)
    print(client.call(CTX, "console_output", "a1", host="h", instance_id="i", max_bytes=1))
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def broker(tmp_path_factory, authority):
    """Its certificate is for 127.0.0.1 and not for 127.0.0.2, where it listens as well."""
    directory = tmp_path_factory.mktemp("rabbit")
    made = Broker(directory, authority.issue("127.0.0.1"))
    made.start()
    yield made
    made.remove()
    shutil.rmtree(directory)


def secured(url, authority, **options):
    return config(url, ssl=True, ssl_ca_file=str(authority.file), queue_type="transient", **options)


@pytest.fixture
def serving(broker, authority):
    bus = Bus(secured(broker.tls_url(), authority))
    bus.serve(Compute, Handler(lambda **_: "log"), "a1")
    yield bus
    bus.close()


def call(conf):
    transport = make_transport(conf)
    try:
        return Client(transport, Compute).call(CTX, "console_output", "a1", **ASK)
    finally:
        transport.cleanup()


def test_S43_the_right_authority_and_name_work(serving, broker, authority):
    assert call(serving.conf) == "log"
    assert inspect.depths(serving.conf, ["compute.a1"]) == {"compute.a1": (0, 1)}
    assert broker.ctl("list_connections", "ssl", "ssl_protocol").splitlines()[1].split() == ["true", "tlsv1.3"]


def refusal(conf, caplog):
    with pytest.raises(errors.Unavailable):
        call(conf)
    with pytest.raises(OSError) as refused:
        inspect.depths(conf, ["compute.a1"])
    text = f"{caplog.text} {refused.value}"
    caplog.clear()
    return text


def test_S43_an_unknown_authority_is_refused(broker, serving, tmp_path, caplog):
    assert "certificate verify failed" in refusal(secured(broker.tls_url(), Authority(tmp_path)), caplog)


def test_S43_a_wrong_name_is_refused(broker, serving, authority, caplog):
    assert "not valid for '127.0.0.2'" in refusal(secured(broker.tls_url("127.0.0.2"), authority), caplog)


def test_S43_an_expired_certificate_is_refused(serving, authority, caplog, monkeypatch):
    """Of another listener with the same authority: a server that only shakes hands."""
    pair = authority.issue("127.0.0.1", days=-1)
    with _shaking(pair) as port:
        assert "expired" in refusal(secured(f"rabbit://guest:guest@127.0.0.1:{port}/", authority), caplog)


def test_S43_plain_clients_get_nothing_from_the_tls_port(broker, serving):
    with pytest.raises(errors.Unavailable):
        call(config(broker.tls_url(), queue_type="transient"))


def test_S43_each_of_several_brokers_is_held_against_its_own_name(broker, serving, authority, caplog):
    """The first does not answer, or has the wrong name: the next one is tried under its own."""
    right = broker.tls_url().removeprefix("rabbit://").removesuffix("/")
    wrong = right.replace("127.0.0.1", "127.0.0.2")
    for first in (f"guest:guest@127.0.0.2:{ports.free()[0]}", wrong):
        for _ in range(4):  # oslo.messaging shuffles them
            assert call(secured(f"rabbit://{first},{right}/", authority)) == "log"
    with pytest.raises(errors.Unavailable):
        call(secured(f"rabbit://{wrong},{wrong}/", authority))


def test_S43_a_server_waits_until_its_broker_is_believed(broker, serving, tmp_path, caplog):
    server = Server(make_transport(secured(broker.tls_url(), Authority(tmp_path))), Compute, Handler(), "a9")
    thread = threading.Thread(target=server.start, daemon=True)
    thread.start()
    thread.join(3)
    assert thread.is_alive() and "certificate verify failed" in caplog.text


@pytest.mark.parametrize("trusted", [True, False])
def test_S43_the_same_under_eventlet(broker, serving, authority, tmp_path, trusted):
    ca = authority.file if trusted else Authority(tmp_path).file
    done = subprocess.run([sys.executable, "-c", GREEN, broker.tls_url(), str(ca)], cwd=ROOT, capture_output=True,
                          text=True, timeout=60, env={**os.environ, "PYTHONWARNINGS": "ignore"})  # fmt: skip
    said = done.stdout.strip().splitlines()[-1]
    assert said == "log" if trusted else said.startswith("Unavailable"), done.stderr


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({}, "needs ssl_ca_file"),
        ({"ssl_ca_file": "/nowhere/ca.pem"}, "No such file"),
        ({"ssl_ca_file": __file__, "ssl_cert_file": __file__}, "together"),
    ],
)
def test_S43_tls_that_verifies_nobody_is_a_configuration_error(options, what):
    with pytest.raises(ValueError, match=what):
        make_transport(config("rabbit://u:p@localhost:1/", ssl=True, **options))


def test_S43_the_name_check_is_what_refuses_a_wrong_name(broker, serving, authority, monkeypatch):
    """The mutant: options without `server_hostname` let any name pass, as the inspection of queues once did."""
    from nova_like.rpc import tls

    right = tls.options
    monkeypatch.setattr(tls, "options", lambda bus: {k: v for k, v in right(bus).items() if k != "server_hostname"})
    assert call(secured(broker.tls_url("127.0.0.2"), authority)) == "log"


class _shaking:  # noqa: N801
    """A port that shakes hands with a certificate and hangs up."""

    def __init__(self, pair):
        import socket
        import ssl

        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(pair.certificate, pair.key)
        self._listener = socket.create_server(("127.0.0.1", 0))

    def __enter__(self):
        threading.Thread(target=self._run, daemon=True).start()
        return self._listener.getsockname()[1]

    def _run(self):
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            try:
                self._context.wrap_socket(link, server_side=True).close()
            except OSError:
                link.close()

    def __exit__(self, *error):
        self._listener.close()
