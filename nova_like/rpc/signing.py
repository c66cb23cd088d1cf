"""HMAC-SHA256 signatures of what agents report, so that no agent speaks for another's hosts. Never logs a key.

An agent's key is HMAC(master key, address): controllers hold only the master key, an agent only its own.
"""

import hashlib
import hmac
from pathlib import Path
from typing import Any

from nova_like.model import wire
from nova_like.model.errors import Forbidden

MIN_KEY_BYTES = 16


def read_key(path: str) -> bytes:
    """The key in a file: its text without surrounding blanks. ValueError when it is too short to be one."""
    key = Path(path).read_bytes().strip()
    if len(key) < MIN_KEY_BYTES:
        raise ValueError(f"{path}: a key has at least {MIN_KEY_BYTES} characters")
    return key


def agent_key(master: bytes, address: str) -> bytes:
    """The key of the agent at this bus address, 64 hexadecimal digits, as its key file holds it."""
    return hmac.new(master, b"agent:" + address.encode(), hashlib.sha256).hexdigest().encode()


class Signer:
    """Signs an agent's messages. Without a key it only names the sender (local bus, one process)."""

    def __init__(self, address: str, key: bytes = b"") -> None:
        self._address, self._key = address, key

    def sign(self, method: str, arguments: dict[str, Any]) -> dict[str, str]:
        """What to add to the envelope: `sender`, `signature` (hexadecimal; absent without a key)."""
        if not self._key:
            return {"sender": self._address}
        return {"sender": self._address, "signature": _digest(self._key, self._address, method, arguments)}


class Verifier:
    """Checks the envelopes of agents' messages. Without a master key it trusts the sender's name (local bus)."""

    def __init__(self, master: bytes = b"") -> None:
        self._master = master

    def sender(self, envelope: dict[str, Any], method: str, arguments: Any) -> str:
        """The authenticated address of the sender. Raises Forbidden."""
        sender, signature = envelope.get("sender"), envelope.get("signature")
        if not isinstance(sender, str) or not sender:
            raise Forbidden("a report without a sender")
        if self._master:
            expected = _digest(agent_key(self._master, sender), sender, method, arguments)
            if not isinstance(signature, str) or not hmac.compare_digest(expected.encode(), signature.encode()):
                raise Forbidden(f"bad signature of a report in the name of {sender!r}")
        return sender


def _digest(key: bytes, sender: str, method: str, arguments: Any) -> str:
    return hmac.new(key, wire.encode([sender, method, arguments]), hashlib.sha256).hexdigest()


def signer(conf: Any, address: str) -> Signer:
    """The signer of [bus] agent_key_file. ValueError when the bus is not local and there is no key."""
    return Signer(address, _key(conf, conf.bus.agent_key_file, "agent_key_file"))


def verifier(conf: Any) -> Verifier:
    """The verifier of [bus] master_key_file. ValueError when the bus is not local and there is no key."""
    return Verifier(_key(conf, conf.bus.master_key_file, "master_key_file"))


def _key(conf: Any, path: str | None, option: str) -> bytes:
    if path:
        return read_key(path)
    if conf.bus.url.startswith("local:"):
        return b""
    raise ValueError(f"[bus] {option} is needed with a RabbitMQ bus")
