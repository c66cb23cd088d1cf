"""Applies the host's tables, each time in one transaction, so that no packet sees half of a change.

Remembers what it applied last, so that a plug costs what it changes and not what the host holds. What others did to
the kernel's copy shows as a refusal (then all is replaced at once) or is repaired by the next `replace`.
"""

from collections.abc import Sequence

from nova_like.model.errors import HostFailure
from nova_like.network.drivers.linux import nft
from nova_like.network.drivers.linux.commands import Commands


class Ruleset:
    """Not thread safe: the driver holds its lock."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands
        self._known: list[nft.Table] | None = None

    def replace(self, tables: Sequence[nft.Table]) -> None:
        """Make the tables so, whatever the kernel has. All or nothing; raises HostFailure."""
        self._run("".join(table.text() for table in tables), tables)

    def change(self, tables: Sequence[nft.Table]) -> None:
        """The same, saying only what differs from what was applied last."""
        text = self._difference(tables)
        if text is None:
            self.replace(tables)
        elif text:
            try:
                self._run(text, tables)
            except HostFailure:
                self.replace(tables)

    def _difference(self, tables: Sequence[nft.Table]) -> str | None:
        parts = [nft.changes(old, new) for old, new in zip(self._known or (), tables, strict=False)]
        found = [part for part in parts if part is not None]
        return "".join(found) if self._known and len(found) == len(tables) else None

    def _run(self, text: str, tables: Sequence[nft.Table]) -> None:
        self._known = None  # unknown while it runs, and after a failure: a time limit may end it on either side
        self._commands.run(["nft", "-f", "-"], text)
        self._known = list(tables)
