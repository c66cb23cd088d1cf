"""Passwords for users in guests. They come sealed for this very process and are kept nowhere."""

from collections.abc import Mapping
from typing import Any

from nova_like import concurrency
from nova_like.model import ids, sealing
from nova_like.model.errors import Conflict, NotFound
from nova_like.virt.base import Hypervisor


class Passwords:
    """The key is made when somebody asks for it for the first time."""

    def __init__(self, hosts: Mapping[str, Hypervisor]) -> None:
        self._hosts = hosts
        self._lock = concurrency.Lock()
        self._key: Any = None

    def key(self, host: str) -> str:
        """The public key (PEM) to seal them with. Raises NotFound for a host that is not served here."""
        if host not in self._hosts:
            raise NotFound("host", host)
        with self._lock:
            self._key = self._key or sealing.new_key()
        return sealing.public(self._key)

    def set(self, host: str, instance_id: str, user: str, sealed: str) -> None:
        """Raises NotFound, Conflict (`power`, `no_agent`, `refused`; `stale`: sealed for another process)."""
        if host not in self._hosts or not ids.is_uuid(instance_id):
            raise NotFound("instance", instance_id)
        self._hosts[host].inside.set_password(instance_id, user, self._open(sealed))

    def _open(self, sealed: str) -> str:
        try:
            if self._key is not None:
                return sealing.unseal(self._key, sealed)
        except ValueError:
            pass
        raise Conflict("the password was sealed for another process", "instance", code="stale")
