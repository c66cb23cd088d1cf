"""Writes nftables tables as text and applies them in one transaction, so that no packet sees half of a change."""

from collections.abc import Iterable, Mapping

from nova_like.network.drivers.linux.commands import Commands

TABLE = "nova_like"


def chain(name: str, lines: Iterable[str]) -> str:
    return _block(f"chain {name}", lines)


def base_chain(name: str, hook: str, priority: int, lines: Iterable[str], kind: str = "filter") -> str:
    head = f"type {kind} hook {hook} priority {priority}; policy accept;"
    return _block(f"chain {name}", [head, *lines])


def named_set(name: str, type: str, elements: Iterable[str], intervals: bool = False) -> str:
    return _collection("set", name, type, elements, intervals)


def verdict_map(name: str, type: str, elements: Mapping[str, str]) -> str:
    """Key -> verdict, such as `jump in_x`."""
    return _collection("map", name, f"{type} : verdict", [f"{key} : {value}" for key, value in elements.items()])


def table(family: str, blocks: Iterable[str]) -> str:
    """The table with exactly these blocks, whatever it held before."""
    name = f"table {family} {TABLE}"
    return f"{name} {{}}\ndelete {name}\n" + _block(name, blocks)


def no_table(family: str) -> str:
    return f"table {family} {TABLE} {{}}\ndelete table {family} {TABLE}\n"


def apply(commands: Commands, *tables: str) -> None:
    """All or nothing. Raises HostFailure."""
    commands.run(["nft", "-f", "-"], "".join(tables))


def braces(items: Iterable[object]) -> str:
    return "{ " + ", ".join(str(item) for item in items) + " }"


def _collection(kind: str, name: str, type: str, elements: Iterable[str], intervals: bool = False) -> str:
    lines = [f"type {type};"]
    if intervals:
        lines.append("flags interval; auto-merge;")
    listed = list(elements)
    if listed:
        lines.append(f"elements = {braces(listed)}")
    return _block(f"{kind} {name}", lines)


def _block(head: str, lines: Iterable[str]) -> str:
    return f"{head} {{\n" + "".join(line if line.endswith("\n") else line + "\n" for line in lines) + "}\n"
