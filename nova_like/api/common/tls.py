"""TLS of a port: what [api], or another group, says of certificate and key, as a context for the servers. Shakes no
hands (they do)."""

import contextlib
import socket
import ssl
from typing import Any

ESTABLISHED = 1  # tcp(7), the first byte of struct tcp_info


def context(conf: Any, group: str = "api") -> ssl.SSLContext | None:
    """For the server's side, TLS 1.2 and later; None where the group names no certificate. ValueError when its files
    are not a certificate with its key. Made after `concurrency.init`, whose back end it is of."""
    certificate, key = conf[group].ssl_cert_file, conf[group].ssl_key_file
    if not certificate and not key:
        return None
    if not certificate or not key:
        raise ValueError(f"[{group}] ssl_cert_file and ssl_key_file are needed together")
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        made.load_cert_chain(certificate, key)
    except OSError as error:
        raise ValueError(f"[{group}] ssl_cert_file {certificate}, ssl_key_file {key}: {error}") from None
    return made


def has_hung_up(sock: Any) -> bool:
    """Whether the other side has closed its half: the kernel's word, since one cannot peek into TLS."""
    return bool(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != ESTABLISHED)


def say_goodbye(sock: Any) -> None:
    """Send the close that tells an end from a cut, and wait for no answer. `sock` does not block."""
    with contextlib.suppress(OSError, ValueError):
        sock.unwrap()
