"""Takes a guard out for as long as a block lasts, for the tests of the tests. Test code."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.functional.sweep_world import World

Guard = Callable[[World], contextlib.AbstractContextManager[None]]


def swapped(function: Any, instead: Any) -> Guard:
    """Without `function`: `instead` stands wherever our modules know it."""

    @contextlib.contextmanager
    def without(world: World) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            places = [(module, attribute) for name, module in list(sys.modules.items()) if name.startswith("nova_like")
                      for attribute, value in list(vars(module).items()) if value is function]  # fmt: skip
            assert places, f"nobody uses {function}"
            for module, attribute in places:
                patch.setattr(module, attribute, instead)
            yield

    return _named(without, f"{function.__module__.rpartition('.')[2]}.{function.__name__}")


def replaced(owner: Any, attribute: str, instead: Any) -> Guard:
    """Without an attribute of a class or module."""

    @contextlib.contextmanager
    def without(world: World) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, attribute, instead)
            yield

    return _named(without, f"{owner.__name__.rpartition('.')[2]}.{attribute}")


def configured(group: str, option: str, value: Any) -> Guard:
    """Without the limit that an option is: with `value` instead."""

    @contextlib.contextmanager
    def without(world: World) -> Iterator[None]:
        conf = world.cloud.conf
        before = getattr(conf[group], option)
        conf.set_override(option, value, group)
        try:
            yield
        finally:
            conf.set_override(option, before, group)

    return _named(without, f"{group}.{option}")


def both(*guards: Guard) -> Guard:
    """Without all of these, which are one."""

    @contextlib.contextmanager
    def without(world: World) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for guard in guards:
                stack.enter_context(guard(world))
            yield

    return _named(without, "-".join(guard.__name__ for guard in guards))


def _named(guard: Any, name: str) -> Guard:
    guard.__name__ = name
    return guard  # type: ignore[no-any-return]
