"""A part of an area's files, where pytest-xdist does not live: NOVA_LIKE_PART="1/4" runs the first of four.

Tests that name the back end of the processes that they start are the same under each: the other half runs them.
"""

import os
from collections import Counter

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = os.environ.get("NOVA_LIKE_PART")
    if wanted:
        number, _, parts = wanted.partition("/")
        mine = [item for item in items if not _names_its_own(item)]
        files = _parts(Counter(str(item.path) for item in mine), int(parts))[int(number) - 1]
        mine = [item for item in mine if str(item.path) in files]
        chosen = set(mine)
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = mine


def _names_its_own(item: pytest.Item) -> bool:
    parameters = getattr(item, "callspec", None)
    return parameters is not None and bool({"eventlet", "threading"} & {*map(str, parameters.params.values())})


def _parts(tests: Counter[str], parts: int) -> list[set[str]]:
    """Files in so many parts of about as many tests each."""
    found: list[set[str]] = [set() for _ in range(parts)]
    for file, _ in sorted(tests.items(), key=lambda one: (-one[1], one[0])):
        min(found, key=lambda part: sum(tests[name] for name in part)).add(file)
    return found
