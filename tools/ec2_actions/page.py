"""docs/ec2-actions.rst, made of what record.py noted. It runs no test."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tools.ec2_actions.groups import GROUPS

Found = dict[str, dict[str, list[str]]]
OTHERS = "Further actions"
HEAD = """EC2's actions
=============

Made by ``tools/ec2-actions`` of what the functional tests (``tests/functional/test_ec2*.py``, less hostile input
and tenancy) asked and were answered; not written by hand. A parameter or filter stands here when a test that
passes was answered 200 with it, an error code when a test that passes was answered with it. What no test asks for is
not here, whether it works or not.

"""


def text(found: Found, served: Iterable[str]) -> str:
    """The page. `served` are the actions of the dialect's table."""
    served = set(served)
    groups = {**GROUPS, OTHERS: tuple(sorted(served - {name for names in GROUPS.values() for name in names}))}
    lines = [HEAD + _overview(groups, found, served)]
    for group, names in groups.items():
        mine = [name for name in names if name in served]
        if mine:
            lines += [f"{group}\n{'-' * len(group)}\n", *(_action(name, found.get(name, {})) for name in mine)]
    return "\n".join(lines).rstrip() + "\n"


def works(kinds: dict[str, list[str]]) -> bool:
    """Whether a test was answered 200."""
    return bool(kinds.get("answered"))


def _overview(groups: dict[str, tuple[str, ...]], found: Found, served: set[str]) -> str:
    rows = [("group", "actions", "answered in tests", "only errors in tests", "not served (InvalidAction)")]
    for group, names in groups.items():
        done = [name for name in names if name in served and works(found.get(name, {}))]
        errors = [name for name in names if name in served and name not in done]
        missing = [name for name in names if name not in served]
        rows.append((group, str(len(names)), str(len(done)), ", ".join(errors) or "none", _few(missing)))
    return _table(rows, "12 8 10 30 40")


def _few(names: list[str]) -> str:
    return ", ".join(names) if names else "none"


def _action(name: str, kinds: dict[str, list[str]]) -> str:
    rows = [
        ("answered 200", "yes" if works(kinds) else "no"),
        ("parameters", _codes(kinds.get("parameters", []))),
        ("filters", _codes(kinds.get("filters", []))),
        ("errors", _codes(kinds.get("codes", []))),
        ("tests", _tests(kinds.get("tests", []))),
    ]
    shown = [row for row in rows if row[1]]
    return f"{name}\n{'~' * len(name)}\n\n{_table(shown, '15 85', head=False)}"


def _codes(names: list[str]) -> str:
    return ", ".join(f"``{name}``" for name in names)


def _tests(names: list[str]) -> str:
    short = [name.removeprefix("tests/functional/").replace(".py::", ": ") for name in names]
    return ", ".join(short) if len(short) <= 4 else ", ".join(short[:4]) + f" and {len(short) - 4} more"


def _table(rows: list[Any], widths: str, head: bool = True) -> str:
    lines = [".. list-table::", f"   :widths: {widths}", *(["   :header-rows: 1"] if head else []), ""]
    for row in rows:
        lines += [f"   {'* -' if place == 0 else '  -'} {cell}" for place, cell in enumerate(row)]
    return "\n".join(lines) + "\n"
