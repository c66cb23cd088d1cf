"""What the users remember: what was promised to them, what was refused, and what nobody can say. Judges what they are
shown meanwhile; what must be in the end is judge.py's."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

ALIVE, TRIED, GONE = "alive", "delete tried", "delete accepted"


@dataclass
class Boot:
    """One wish for instances, however often it was sent. Its name is in the names of all that come of it."""

    name: str
    project: str
    least: int
    most: int
    token: str | None = None
    accepted: bool = False
    unsure: bool = False
    sent: int = 0
    refused: int = 0
    whole: bool = False  # whether `keys` are all that came of it
    keys: list[str] = field(default_factory=list)  # EC2's ids of what came of it, as last told


@dataclass
class Thing:
    """An instance or volume that was promised. `id` is empty while only EC2's id, the key, is known."""

    key: str
    project: str
    name: str
    id: str = ""
    state: str = ALIVE
    gone_seen: bool = False  # it was said to be not there
    status: str = ""  # as last shown
    powers: list[str] = field(default_factory=list)  # that the native dialect accepted
    wanted_back: int = 0  # how often somebody asked for it back, and it may have come
    asked_back: int = 0  # of those who ask, how many are not answered yet


@dataclass
class Ledger:
    boots: dict[str, Boot] = field(default_factory=dict)  # by name
    servers: dict[str, Thing] = field(default_factory=dict)  # by EC2's id
    volumes: dict[str, Thing] = field(default_factory=dict)  # by id
    volume_names: dict[str, str] = field(default_factory=dict)  # name -> accepted | unsure | refused
    disabled: dict[str, list[list[Any]]] = field(default_factory=dict)  # host: [from when, until when or None]
    operations: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)

    def wrong(self, text: str) -> None:
        if text not in self.wrongs:
            self.wrongs.append(text)

    def server(self, key: str, project: str, name: str, id: str = "") -> Thing:
        """A server that somebody was told of."""
        thing = self.servers.setdefault(key, Thing(key, project, name))
        thing.id = thing.id or id
        return thing

    def boot_of(self, name: str) -> Boot | None:
        """The wish that an instance's name tells of: `NAME`, or `NAME-1` and so on."""
        return self.boots.get(name) or self.boots.get(name.rpartition("-")[0])
