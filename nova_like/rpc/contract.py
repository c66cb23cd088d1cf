"""How a contract is declared: a class whose methods are marked `@cast` or `@call`. Holds no transport."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, get_type_hints

from nova_like.model import wire
from nova_like.model.errors import Invalid

COMMANDS = "commands"  # exchange that only api and scheduler write
REPORTS = "reports"  # exchange that agents write
REPLIES = "replies"  # exchange that answers of calls go through
SHARED = "*"  # the address of a queue that several servers share


@dataclass(frozen=True)
class Method:
    """One reachable method. `arguments` maps names to types; `deadline_seconds` is None for a cast. A cast that nobody
    took for `life_seconds` ([bus] cast_ttl_seconds at the most, and for those without) is dropped by the broker.

    Arguments named in `optional` have a default (of the handler's), so that an N-1 sender may leave them out.
    """

    name: str
    arguments: dict[str, Any]
    returns: Any = None
    deadline_seconds: float | None = None
    optional: frozenset[str] = frozenset()
    life_seconds: float | None = None

    @property
    def is_call(self) -> bool:
        return self.deadline_seconds is not None

    def encode(self, given: dict[str, Any]) -> dict[str, Any]:
        """The arguments as plain JSON types. TypeError when they are not those of the contract: a defect of ours."""
        if missing := self._missing(given):
            raise TypeError(f"{self.name}: missing arguments {missing}")
        if extra := given.keys() - self.arguments.keys():
            raise TypeError(f"{self.name}: unexpected arguments {sorted(extra)}")
        return {name: wire.to_wire(value) for name, value in given.items()}

    def decode(self, data: Any) -> dict[str, Any]:
        """The arguments as the declared types; unknown ones are ignored. Raises Invalid."""
        if not isinstance(data, dict):
            raise Invalid(f"{self.name}: arguments are not an object", code="malformed")
        if missing := self._missing(data):
            raise Invalid(f"{self.name}: missing arguments {missing}", code="malformed")
        return {name: wire.from_wire(kind, data[name]) for name, kind in self.arguments.items() if name in data}

    def _missing(self, given: dict[str, Any]) -> list[str]:
        return sorted(self.arguments.keys() - given.keys() - self.optional)


class Contract:
    """Base of all contracts. `per_host`: messages go to one agent's own queue, `<topic>.<address>`."""

    topic: ClassVar[str]
    exchange: ClassVar[str] = COMMANDS
    version: ClassVar[str] = "1.0"
    per_host: ClassVar[bool] = True
    methods: ClassVar[dict[str, Method]]

    def __init_subclass__(cls) -> None:
        cls.methods = {
            name: _method(name, function)
            for name, function in vars(cls).items()
            if inspect.isfunction(function) and hasattr(function, "_deadline_seconds")
        }


def cast(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a method that nobody waits for."""
    function._deadline_seconds = None  # type: ignore[attr-defined]
    return function


def perishable(life_seconds: float) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a cast that must not be believed any more when nobody took it for `life_seconds`."""

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        function._life_seconds = life_seconds  # type: ignore[attr-defined]
        return cast(function)

    return mark


def call(deadline_seconds: float) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a method whose caller waits at most `deadline_seconds` (5 at the most, see DESIGN section 3)."""

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        function._deadline_seconds = deadline_seconds  # type: ignore[attr-defined]
        return function

    return mark


def _method(name: str, function: Any) -> Method:
    hints = get_type_hints(function)
    returns = hints.pop("return", None)
    parameters = inspect.signature(function).parameters.values()
    optional = frozenset(p.name for p in parameters if p.default is not inspect.Parameter.empty)
    life = getattr(function, "_life_seconds", None)
    return Method(name, hints, returns, function._deadline_seconds, optional, life)
