"""The Fernet keys of identity: read from `[identity] key_repository`, made there by the bootstrap.

One file a key, named by number; the highest is used for new tokens, the others still open old ones.
"""

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from nova_like.model.errors import Unauthenticated, Unavailable


class Keys:
    """`seal`, `open`, `marks` by the keys of a directory, read when first needed (Unavailable if there are none)."""

    def __init__(self, directory: str) -> None:
        self._directory = Path(directory)
        self._box: MultiFernet | None = None
        self._read: list[bytes] = []

    def seal(self, data: bytes) -> str:
        """URL-safe text without padding."""
        return self._keys().encrypt(data).decode().rstrip("=")

    def open(self, text: str) -> bytes:
        """What `seal` was given. Raises Unauthenticated for anything that these keys did not seal."""
        try:
            return self._keys().decrypt((text + "=" * (-len(text) % 4)).encode("ascii"))
        except (InvalidToken, UnicodeEncodeError, ValueError):
            raise Unauthenticated("The token is not valid.") from None

    def marks(self, purpose: str, text: str) -> tuple[str, ...]:
        """64 hex digits that nobody makes or checks without a key: one for each key, the newest first, since a mark may
        have been made before a new key came."""
        return tuple(hmac.new(key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest() for key in self._secrets())

    def _keys(self) -> MultiFernet:
        if self._box is None:
            self._box = MultiFernet([Fernet(key) for key in self._secrets()])
        return self._box

    def _secrets(self) -> list[bytes]:
        if not self._read:
            self._read = [path.read_bytes().strip() for path in _files(self._directory)]
        return self._read


def _files(directory: Path) -> list[Path]:
    """Key files, the newest first."""
    if not directory.is_dir() or not (names := [path for path in directory.iterdir() if path.name.isdigit()]):
        raise Unavailable(f"There are no Fernet keys in {directory}: run nova-like-manage bootstrap.")
    return sorted(names, key=lambda path: -int(path.name))


def make_keys(directory: str) -> bool:
    """Make the directory (0700) and a first key (0600) unless there is one; whether it was made."""
    path = Path(directory)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(entry.name.isdigit() for entry in path.iterdir()):
        return False
    handle = os.open(path / "1", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(Fernet.generate_key())
    return True
