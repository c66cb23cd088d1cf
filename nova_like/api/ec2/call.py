"""One call of one action, as handlers see it: who asks, what for, and the services to ask in turn."""

from dataclasses import dataclass
from typing import Any

from nova_like.model.context import Context


@dataclass(frozen=True)
class Call:
    """`params` are the parsed members of the request; `base` is the public URL of this dialect."""

    action: str
    ctx: Context
    params: dict[str, Any]
    services: Any
    conf: Any
    base: str = ""

    def get(self, name: str, default: Any = None) -> Any:
        return self.params.get(name, default)
