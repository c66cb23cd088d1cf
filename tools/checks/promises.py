"""What clients were promised against what is: every accepted request, every token, every other acknowledged write.

`ledger` is what the load's client wrote down (tools/load/churn); `rows` are the instances' rows by id.
"""

from collections import Counter
from typing import Any


def settle(ledger: Any, rows: dict[str, dict[str, Any]]) -> None:
    """Name each promise by its row's id: EC2's ids are the beginning of ours, and a request whose answer was cut off
    was accepted if it left a row."""
    short = {f"i-{id.replace('-', '')[:17]}": id for id in rows}
    for book in (ledger.accepted, ledger.delete_asked_at):
        for id in [id for id in book if id in short]:
            book[short[id]] = book.pop(id)
    ledger.deletes = {short.get(id, id) for id in ledger.deletes}
    unsure = set(ledger.unsure)
    ledger.accepted.update({id: row["name"] for id, row in rows.items() if row["name"] in unsure})


def lost(ledger: Any, states: dict[str, Any]) -> int:
    """Accepted ones without a row, and deletes that were accepted but did not happen."""
    return sum(state is None for state in states.values()) + sum(
        states.get(server) != "deleted" for server in ledger.deletes
    )


def wrongs(ledger: Any, rows: dict[str, dict[str, Any]]) -> list[str]:
    """Servers that nobody was promised: a request that was refused must leave none, and none must leave two; a token
    must always have named the same one."""
    found = [f"server {row['name']} was refused and is there" for id, row in rows.items() if id not in ledger.accepted]
    names = Counter(row["name"] for row in rows.values())
    found += [f"server {name} was made twice" for name, count in names.items() if count > 1]
    return found + [f"token {token} was answered twice, by {sorted(ids)}" for token, ids in ledger.tokens.items()
                    if len(ids) > 1]  # fmt: skip


def missing(ledger: Any, api: Any) -> list[str]:
    """Other acknowledged writes that can no longer be read. `ledger.writes` holds (path, key, value)."""
    found = []
    for path, key, value in ledger.writes:
        got = api.get(path)
        for part in key.split("."):
            got = got.get(part) if isinstance(got, dict) else None
        if got != value:
            found.append(f"{path}: {key} is {got!r}, {value!r} was acknowledged")
    return found


def longest(rows: dict[str, dict[str, Any]], ledger: Any) -> float:
    """The longest time from a request to its end in seconds: launched, or gone."""
    boots = [row["launched_at"] - ledger.asked_at[row["name"]] for row in rows.values() if row["launched_at"]]
    asked = ledger.delete_asked_at
    deletes = [row["deleted_at"] - asked[id] for id, row in rows.items() if row["deleted_at"] and id in asked]
    return round(max([*boots, *deletes], default=0.0), 1)
