"""Passwords: bcrypt over SHA-256 (bcrypt itself reads 72 bytes only). Keeps no password and logs none."""

import base64
import hashlib

import bcrypt

from nova_like import concurrency

# of no password that anybody knows: an unknown user costs the same time as a known one
_NOBODY: dict[int, bytes] = {}


def hashed(password: str, rounds: int) -> str:
    """The bcrypt hash to store; `rounds` is its cost, as a power of two."""
    return concurrency.call_native(bcrypt.hashpw, _short(password), bcrypt.gensalt(rounds)).decode()


def matches(password: str, stored: str | None, rounds: int) -> bool:
    """Whether this is the password; with `stored` None as slow as with one, and false."""
    known = stored.encode() if stored else _nobody(rounds)
    same = concurrency.call_native(bcrypt.checkpw, _short(password), known)
    return bool(same) and stored is not None


def _nobody(rounds: int) -> bytes:
    if rounds not in _NOBODY:
        _NOBODY[rounds] = hashed(concurrency.secret(), rounds).encode()
    return _NOBODY[rounds]


def _short(password: str) -> bytes:
    return base64.b64encode(hashlib.sha256(password.encode("utf-8", "surrogatepass")).digest())
