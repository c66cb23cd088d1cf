"""Looks on while the cloud works: nothing is made on a host where it should not be, and an instance at which nobody is
at work is shown as it is. Reads rows and the hosts' effects, never the daemons."""

from typing import Any

import sqlalchemy as sa

from tests.simulation.ledger import Ledger
from tests.simulation.loop import Loop

LOOK_SECONDS = 3.0
MAKING = {"prepare", "define", "start", "plug", "create", "export"}
POWERS = {"active": "running", "stopped": "shutdown"}
_PLACE = """SELECT host FROM {table} WHERE id = :id AND state <> 'deleted'
            UNION SELECT host FROM moves WHERE instance_id = :id AND host IS NOT NULL
            UNION SELECT host FROM tombstones WHERE resource_id = :id"""
# instances whose last flow has ended well
_QUIET = """SELECT i.id, i.host, i.state FROM instances i WHERE i.state IN ('active', 'stopped') AND 'done' =
            (SELECT f.state FROM flows f WHERE f.resource_id = i.id ORDER BY f.created_at DESC LIMIT 1)
            AND NOT EXISTS (SELECT 1 FROM flows f WHERE f.resource_id = i.id AND f.due_at IS NOT NULL)"""


class Watch:
    """`effect` is called after each effect; `look` by a task of its own."""

    def __init__(self, loop: Loop, engine: sa.Engine, ledger: Ledger, dark: dict[str, float]) -> None:
        self._loop, self._engine, self._ledger, self._dark = loop, engine, ledger, dark
        self._guests: dict[tuple[str, str], str] = {}

    def effect(self, host: str, effect: str, facts: dict[str, Any]) -> None:
        """Making something takes a row that is placed here or moves here, or a tombstone that will take it away."""
        if "volume" not in facts and "port" not in facts:
            self._follow((host, facts["instance"]), effect)
        if effect in MAKING:
            table, id = ("volumes", facts["volume"]) if "volume" in facts else ("instances", facts["instance"])
            with self._engine.connect() as connection:
                places = connection.execute(sa.text(_PLACE.format(table=table)), {"id": id}).scalars().all()
            if host not in places:
                self._ledger.wrong(f"{effect} of {id} on {host}, where it should not be (but on {places})")

    def _follow(self, key: tuple[str, str], effect: str) -> None:
        if effect == "define":
            self._guests.setdefault(key, "shutdown")
        elif effect in ("start", "stop"):
            self._guests[key] = "running" if effect == "start" else "shutdown"
        elif effect in ("undefine", "remove"):
            self._guests.pop(key, None)

    def look(self) -> None:
        """Now and then, for ever."""
        while True:
            self._loop.sleep(LOOK_SECONDS)
            with self._engine.connect() as connection:
                rows = connection.execute(sa.text(_QUIET)).all()
            for id, host, state in rows:
                power = self._guests.get((host, id))
                if power != POWERS[state] and self._dark.get(host, 0.0) < self._loop.seconds:
                    self._ledger.wrong(f"instance {id} is shown as {state}, its guest on {host} is {power}")
