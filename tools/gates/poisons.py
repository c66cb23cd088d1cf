"""Message bodies that no daemon of ours would send, and how to publish them: straight through kombu."""

import json
import os
import pickle
import random
import string
from collections.abc import Iterator
from typing import Any

JSON = "application/json"
LARGE = 1_500_000
METHODS = {
    "flows": ["wake"], "reports": ["answer", "hosts"], "compute": ["spawn", "destroy", "start", "stop", "reboot"],
    "network": ["plug", "unplug"], "volume": ["create", "delete"],
}  # fmt: skip
NAMES = ["order", "guest", "plug", "volume", "power", "answer", "reports", "flows", "host", "generation", "flow",
         "step", "resource", "boot_id"]  # fmt: skip
JUNK: list[Any] = [None, True, 0, -1, 2**70, 1e308, "", "x", "\u0000", "\ud800", [], {}, [[]], {"a": {}}, "a" * 70000]


class Evil:
    """Run by whoever unpickles it."""

    def __reduce__(self) -> Any:
        return os.system, ("touch /tmp/nova-like-poisoned",)


def bodies(queue: str, count: int, chance: random.Random) -> Iterator[tuple[bytes, str, str, dict[str, Any]]]:
    """(body, content type, content encoding, headers) of `count` poisons for this queue; each kind comes up."""
    kinds = [_not_json, _not_an_object, _unknown_method, _other_version, _wrong_arguments, _cut, _deep, _pickle, _large,
             _mislabelled, _strange_envelope, _call_without_reply]  # fmt: skip
    for number in range(count):
        made = kinds[number % len(kinds)](queue, chance)
        yield made if isinstance(made, tuple) else (made, JSON, "utf-8", {})


def _message(queue: str, chance: random.Random, **other: Any) -> dict[str, Any]:
    """A message as ours are, with arguments of any kind."""
    method = chance.choice(METHODS.get(queue.partition(".")[0], ["wake"]))
    message = {"method": method, "args": {}, "version": "1.0", "_unique_id": f"{chance.getrandbits(128):032x}",
               "_context_request_id": "req-poison", "_msg_id": None}  # fmt: skip
    return {key: value for key, value in {**message, **other}.items() if value is not None}


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


def _junk(chance: random.Random, depth: int = 2) -> Any:
    if depth and chance.random() < 0.5:
        names = [*NAMES, chance.choice(string.ascii_letters)]
        if chance.random() < 0.3:
            return [_junk(chance, depth - 1) for _ in range(chance.randrange(4))]
        return {chance.choice(names): _junk(chance, depth - 1) for _ in range(chance.randrange(6))}
    return chance.choice(JUNK)


def _not_json(queue: str, chance: random.Random) -> bytes:
    return chance.randbytes(chance.randrange(200))


def _not_an_object(queue: str, chance: random.Random) -> bytes:
    return _bytes(chance.choice(JUNK))


def _unknown_method(queue: str, chance: random.Random) -> bytes:
    return _bytes(
        _message(queue, chance, method=chance.choice(["__class__", "_read", "spawn2", "", 7, ["wake"], "x" * 9000]))
    )


def _other_version(queue: str, chance: random.Random) -> bytes:
    return _bytes(_message(queue, chance, version=chance.choice(["2.0", "0.9", "99", "one", [1], -1, "1" * 5000])))


def _wrong_arguments(queue: str, chance: random.Random) -> bytes:
    return _bytes(_message(queue, chance, args=_junk(chance, 4)))


def _cut(queue: str, chance: random.Random) -> bytes:
    body = _bytes(_message(queue, chance, args=_junk(chance)))
    return body[: chance.randrange(len(body))]


def _deep(queue: str, chance: random.Random) -> bytes:
    depth = chance.choice([500, 20_000])
    return b'{"method": "wake", "args": ' + b"[" * depth + b"]" * depth + b"}"


def _pickle(queue: str, chance: random.Random) -> tuple[bytes, str, str, dict[str, Any]]:
    return pickle.dumps(Evil()), "application/x-python-serialize", "binary", {}


def _large(queue: str, chance: random.Random) -> bytes:
    if chance.random() < 0.8:  # a few are enough: they fill the broker
        return _wrong_arguments(queue, chance)
    return _bytes(_message(queue, chance, args={"flows": ["x" * LARGE]}))


def _mislabelled(queue: str, chance: random.Random) -> tuple[bytes, str, str, dict[str, Any]]:
    kind = chance.choice(["application/x-yaml", "text/plain", "application/x-msgpack", "", "\u00e4/\u00f6", JSON])
    coding = chance.choice(["utf-16", "binary", "us-ascii", "rot13", ""])
    headers = chance.choice(
        [{}, {"compression": "application/x-gzip"}, {"compression": "none-such"}, {"x": "y" * 5000}]
    )
    return _bytes(_message(queue, chance)), kind, coding, headers


def _strange_envelope(queue: str, chance: random.Random) -> bytes:
    fields = ["_context_request_id", "_context_sender", "_context_signature", "_context_roles", "_context_user_id",
              "_unique_id", "_reply_q", "_msg_id", "_timeout", "oslo.message", "oslo.version", "namespace"]  # fmt: skip
    return _bytes({**_message(queue, chance), **{chance.choice(fields): chance.choice(JUNK) for _ in range(3)}})


def _call_without_reply(queue: str, chance: random.Random) -> bytes:
    """A call whose caller has no queue."""
    unique = f"{chance.getrandbits(128):032x}"
    return _bytes(_message(queue, chance, _msg_id=unique, _reply_q=f"reply_{unique}", _timeout=5))
