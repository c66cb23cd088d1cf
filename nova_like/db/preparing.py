"""PostgreSQL connections that have the server prepare what they ask often: parsing and planning is most of what a short
statement costs there. Psycopg 2 has no such thing; the statement is prepared and executed by SQL's own words.

A value's type is what it would be as a literal in the statement, so that both mean the same. What cannot be prepared
so is sent as before.
"""

import functools
import re
from collections.abc import Mapping
from typing import Any

import psycopg2

from nova_like.db import together

OFTEN = 3  # times that a connection is asked the same before it is prepared
MOST = 200  # statements that are kept prepared in one connection, which never forgets one
FORGET = 1000  # statements of which it is counted how often they were asked
_WORDS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
_PARAMETER = re.compile(r"%\((\w+)\)s|%%")
_TYPES = {str: "unknown", type(None): "unknown", bool: "boolean", float: "double precision"}
_NOT_SO = (psycopg2.ProgrammingError, psycopg2.DataError, psycopg2.NotSupportedError)
Key = tuple[Any, ...]  # a statement and the types of its values


class Connection(together.Connection):
    """Given to psycopg2 as `connection_factory`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cursor_factory = Cursor
        self.asked: dict[Key, int] = {}
        self.prepared: dict[Key, str] = {}


class Cursor(together.Cursor):
    """`execute` sends the values alone when the statement is known to the server."""

    connection: Connection

    def execute(self, query: Any, vars: Any = None) -> None:
        if isinstance(query, str) and isinstance(vars, Mapping) and vars:
            query = self._short(query, vars) or query
        super().execute(query, vars)

    def _short(self, query: str, values: Mapping[str, Any]) -> str | None:
        """What is said instead of the statement, if it is prepared or is to be."""
        kept = self.connection
        key = _key(query, values)
        if key is None:
            return None
        if (short := kept.prepared.get(key)) is not None:
            return short
        if len(kept.prepared) >= MOST:
            return None
        if len(kept.asked) > FORGET:
            kept.asked.clear()
        kept.asked[key] = kept.asked.get(key, 0) + 1
        if kept.asked[key] < OFTEN:
            return None
        del kept.asked[key]
        kept.prepared[key] = self._prepare(query, key[1:])
        return kept.prepared[key] or None

    def _prepare(self, query: str, types: Key) -> str:
        """The statement's short form; empty when the server does not take it so."""
        name = f"nova_{len(self.connection.prepared)}"
        text, names = _numbered(query)
        prepare = f"PREPARE {name} ({', '.join(types)}) AS {text}"
        inside = self.connection.begun or not self.connection.autocommit
        self.flush()
        try:
            self._say(f"SAVEPOINT preparing; {prepare}; RELEASE preparing" if inside else prepare)
        except _NOT_SO:
            if inside:
                self._say("ROLLBACK TO preparing; RELEASE preparing")
            return ""
        return f"EXECUTE {name} ({', '.join(f'%({name})s' for name in names)})"


def _key(query: str, values: Mapping[str, Any]) -> Key | None:
    """None: of this kind of statement, or with such values, nothing is prepared."""
    _, names = _numbered(query)
    types = tuple(_type(values[name]) for name in names)
    return (query, *types) if names and None not in types else None


def _type(value: Any) -> str | None:
    """As which a literal of it would be read."""
    if type(value) is int:
        return "integer" if -(1 << 31) <= value < 1 << 31 else "bigint"
    return _TYPES.get(type(value))


@functools.lru_cache(maxsize=2000)
def _numbered(query: str) -> tuple[str, tuple[str, ...]]:
    """(a statement with $1, $2 ... in place of its parameters, their names in that order); no names for what is not
    to be prepared."""
    if not query.startswith(_WORDS):
        return query, ()
    places: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        if found[1] is None:
            return "%"
        return f"${places.setdefault(found[1], len(places) + 1)}"

    return _PARAMETER.sub(number, query), tuple(places)
