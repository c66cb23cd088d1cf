"""TLS to the broker: what [bus] says, as the options that kombu and amqp take. Always verifies, chain and name."""

import ssl
from typing import Any


class Options(dict[str, Any]):
    """kombu puts the name of the broker that it connects to into `server_hostname` where it finds None, once and for
    all: the next of several brokers would be held against the first one's name. Here it always finds None."""

    def __getitem__(self, key: str) -> Any:
        return None if key == "server_hostname" else super().__getitem__(key)


def options(bus: Any) -> Options | bool:
    """For kombu's `ssl`; False without [bus] ssl. ValueError for TLS that would verify nobody, or half a client
    certificate, or files that cannot be read."""
    if not bus.ssl:
        return False
    if not bus.ssl_ca_file:
        raise ValueError("[bus] ssl needs ssl_ca_file: without it the broker would not be verified")
    if bool(bus.ssl_cert_file) != bool(bus.ssl_key_file):
        raise ValueError("[bus] ssl_cert_file and ssl_key_file are needed together")
    found = Options(ca_certs=bus.ssl_ca_file, cert_reqs=ssl.CERT_REQUIRED, server_hostname=None)
    if bus.ssl_cert_file:
        found.update(certfile=bus.ssl_cert_file, keyfile=bus.ssl_key_file)
    for path in (bus.ssl_ca_file, bus.ssl_cert_file, bus.ssl_key_file):
        _read(path)
    return found


def _read(path: str | None) -> None:
    if path:
        try:
            with open(path, "rb"):
                pass
        except OSError as error:
            raise ValueError(f"[bus] {path}: {error.strerror}") from None
