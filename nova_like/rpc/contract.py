"""How a contract is declared: a class whose methods are marked `@cast` or `@call`. Holds no transport."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, get_type_hints

COMMANDS = "commands"  # exchange that only api and scheduler write
REPORTS = "reports"  # exchange that agents write


@dataclass(frozen=True)
class Method:
    """One reachable method. `arguments` maps names to types; `deadline_seconds` is None for a cast."""

    name: str
    arguments: dict[str, Any]
    returns: Any = None
    deadline_seconds: float | None = None

    @property
    def is_call(self) -> bool:
        return self.deadline_seconds is not None


class Contract:
    """Base of all contracts. `per_host`: messages go to one agent's own queue, `<topic>.<address>`."""

    topic: ClassVar[str]
    exchange: ClassVar[str] = COMMANDS
    version: ClassVar[str] = "1.0"
    per_host: ClassVar[bool] = True
    methods: ClassVar[dict[str, Method]]

    def __init_subclass__(cls) -> None:
        cls.methods = {
            name: _method(name, function, function._deadline_seconds)  # type: ignore[attr-defined]
            for name, function in vars(cls).items()
            if inspect.isfunction(function) and hasattr(function, "_deadline_seconds")
        }


def cast(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a method that nobody waits for."""
    function._deadline_seconds = None  # type: ignore[attr-defined]
    return function


def call(deadline_seconds: float) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a method whose caller waits at most `deadline_seconds` (5 at the most, see DESIGN section 3)."""

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        function._deadline_seconds = deadline_seconds  # type: ignore[attr-defined]
        return function

    return mark


def _method(name: str, function: Callable[..., Any], deadline: float | None) -> Method:
    hints = get_type_hints(function)
    returns = hints.pop("return", None)
    return Method(name, hints, returns, deadline)
