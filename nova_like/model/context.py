"""Who asks, in which scope, under which request id. Travels with every message and into every log line."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from nova_like.model import wire


@dataclass(frozen=True)
class Context:
    """The caller. `roles` are expanded (admin implies manager implies member implies reader)."""

    request_id: str = ""
    user_id: str = ""
    user_name: str = ""
    user_domain_id: str = ""
    project_id: str = ""
    project_name: str = ""
    project_domain_id: str = ""
    domain_id: str = ""
    system: bool = False
    roles: tuple[str, ...] = ()
    restricted: bool = False  # by a trust or an application credential: may hand out nothing further
    trust_id: str = ""
    application_credential_id: str = ""
    token_id: str = field(default="", repr=False, compare=False)  # never leaves the process: not in to_wire

    @property
    def is_admin(self) -> bool:
        return "admin" in self.roles

    def to_wire(self) -> dict[str, Any]:
        return {name: value for name in WIRED if (value := getattr(self, name))}

    @classmethod
    def from_wire(cls, data: dict[str, Any]) -> "Context":
        """Raises Invalid for values of other types."""
        return wire.from_wire(cls, {name: data[name] for name in WIRED if data.get(name)})


WIRED = tuple(field.name for field in dataclasses.fields(Context) if field.name != "token_id")

SYSTEM = Context(user_id="nova_like", roles=("admin",), system=True)
