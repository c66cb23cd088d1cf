"""nftables tables as values, and their text: whole, or only what differs. Decides nothing about their content."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

TABLE = "nova_like"


@dataclass(frozen=True)
class Chain:
    """`head` makes it a base chain: type, hook, priority and policy."""

    name: str
    lines: tuple[str, ...]
    head: str = ""

    def text(self) -> str:
        return _block(f"chain {self.name}", filter(None, (self.head, *self.lines)))


@dataclass(frozen=True)
class Collection:
    """A set (values are empty) or a map; an element's value is a verdict such as `jump in_x`."""

    kind: str
    name: str
    type: str
    elements: Mapping[str, str]
    intervals: bool = False

    def text(self) -> str:
        lines = [f"type {self.type};"]
        if self.intervals:
            lines.append("flags interval; auto-merge;")
        if self.elements:
            lines.append(f"elements = {braces(_elements(self.elements))}")
        return _block(f"{self.kind} {self.name}", lines)


class Table:
    """All blocks of our table of one family; without any, there is no table."""

    def __init__(self, family: str, blocks: Iterable[Chain | Collection] = ()) -> None:
        self.family = family
        listed = list(blocks)
        self.chains = {block.name: block for block in listed if isinstance(block, Chain)}
        self.collections = {block.name: block for block in listed if isinstance(block, Collection)}

    def text(self) -> str:
        """The table with exactly these blocks, whatever it held before."""
        name = f"table {self.family} {TABLE}"
        blocks = [block.text() for block in self.collections.values()]
        blocks += [block.text() for block in self.chains.values()]
        return f"{name} {{}}\ndelete {name}\n" + (_block(name, blocks) if blocks else "")


def chain(name: str, lines: Iterable[str]) -> Chain:
    return Chain(name, tuple(lines))


def base_chain(name: str, hook: str, priority: int, lines: Iterable[str], kind: str = "filter") -> Chain:
    return Chain(name, tuple(lines), f"type {kind} hook {hook} priority {priority}; policy accept;")


def named_set(name: str, type: str, elements: Iterable[str], intervals: bool = False) -> Collection:
    return Collection("set", name, type, dict.fromkeys(elements, ""), intervals)


def verdict_map(name: str, type: str, elements: Mapping[str, str]) -> Collection:
    """Key -> verdict, such as `jump in_x`."""
    return Collection("map", name, f"{type} : verdict", dict(elements))


def changes(old: Table, new: Table) -> str | None:
    """The text that makes `old` to `new` where only plain chains and elements differ (empty: nothing does); None where
    the table must be replaced. Each line stands where all that it names is there: sets, chains, elements, removals."""
    if not (old.chains and new.chains) or _differ_in_kind(old, new):
        return None
    name = f"{new.family} {TABLE}"
    fresh = [block for block in new.collections.values() if block.name not in old.collections]
    other = [block for block in new.chains.values() if old.chains.get(block.name) != block]
    gone_chains = [chain_name for chain_name in old.chains if chain_name not in new.chains]
    gone_sets = [block for block in old.collections.values() if block.name not in new.collections]
    lines = [f"flush chain {name} {block.name}\n" for block in other if block.name in old.chains]
    if fresh or other:
        lines.append(_block(f"table {name}", [block.text() for block in fresh] + [block.text() for block in other]))
    for block in new.collections.values():
        if block.name in old.collections:
            lines += _moved(name, old.collections[block.name].elements, block)
    lines += [f"flush chain {name} {gone}\n" for gone in gone_chains]
    lines += [f"delete chain {name} {gone}\n" for gone in gone_chains]
    lines += [f"delete {block.kind} {name} {block.name}\n" for block in gone_sets]
    return "".join(lines)


def braces(items: Iterable[object]) -> str:
    return "{ " + ", ".join(str(item) for item in items) + " }"


def _differ_in_kind(old: Table, new: Table) -> bool:
    for name in old.chains.keys() | new.chains.keys():
        before, after = old.chains.get(name), new.chains.get(name)
        if before != after and ((before and before.head) or (after and after.head)):
            return True
    for name in old.collections.keys() & new.collections.keys():
        a, b = old.collections[name], new.collections[name]
        if (a.kind, a.type, a.intervals) != (b.kind, b.type, b.intervals):
            return True
        if a.intervals and a.elements != b.elements:  # merged ranges cannot be taken out one by one
            return True
    return False


def _moved(table: str, old: Mapping[str, str], block: Collection) -> list[str]:
    """A changed value is taken out and put in again."""
    gone = [key for key, value in old.items() if block.elements.get(key) != value]
    fresh = {key: value for key, value in block.elements.items() if old.get(key) != value}
    lines = [f"delete element {table} {block.name} {braces(gone)}\n"] if gone else []
    return lines + ([f"add element {table} {block.name} {braces(_elements(fresh))}\n"] if fresh else [])


def _elements(elements: Mapping[str, str]) -> list[str]:
    return [f"{key} : {value}" if value else key for key, value in elements.items()]


def _block(head: str, lines: Iterable[str]) -> str:
    return f"{head} {{\n" + "".join(line if line.endswith("\n") else line + "\n" for line in lines) + "}\n"
