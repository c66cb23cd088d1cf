"""What must be true when all is quiet: the independent checker's word, and every promise that the users remember."""

from collections import Counter
from typing import Any

import sqlalchemy as sa

from nova_like.db.audit import discrepancies
from nova_like.db.engine import Transaction
from nova_like.model.ids import to_ec2
from tests.simulation.cloud import Simulated
from tests.simulation.ledger import ALIVE, GONE, Boot, Ledger, Thing
from tests.simulation.template import SETTINGS
from tools.checks import history
from tools.checks.compare import audit

Row = dict[str, Any]
KINDS = {  # a power order -> its flow, where they differ
    "soft reboot": "reboot", "hard reboot": "reboot", "resize back": "resize", "confirmResize": "confirm_resize",
    "revertResize": "revert_resize",
}  # fmt: skip
APART = {"confirm_move": "confirm_resize", "revert_move": "revert_resize"}  # of a move between two hosts


def judge(cloud: Simulated, ledger: Ledger) -> list[str]:
    """Everything that is wrong, as sentences."""
    found = [f"log: {bug}" for bug in cloud.loop.bugs] + ledger.wrongs + audit(cloud.engine, cloud.state / "fake")
    found += history.wrongs(cloud.state / "fake")
    with cloud.engine.connect() as connection:
        found += [f"audit: {line}" for line in discrepancies(Transaction(connection))]
        rows = _rows(connection, "SELECT * FROM instances")
        projects = cloud.template.projects
        found += _boots(ledger, rows, projects) + _servers(ledger, rows) + _volumes(ledger, connection)
        found += _images(connection)
        found += (
            _room(connection) + _quotas(connection) + _switched_off(ledger, connection) + _powers(ledger, connection)
        )
    return found


def _rows(connection: Any, sql: str) -> list[Row]:
    return [dict(row) for row in connection.execute(sa.text(sql)).mappings()]


def _boots(ledger: Ledger, rows: list[Row], projects: dict[str, str]) -> list[str]:
    made: dict[str, list[Row]] = {}
    found = []
    for row in rows:
        boot = ledger.boot_of(row["name"])
        if boot is None or projects[boot.project] != row["project_id"]:
            found.append(f"server {row['name']} is there, and nobody asked for it")
        else:
            made.setdefault(boot.name, []).append(row)
    for boot in ledger.boots.values():
        found += _boot(boot, made.get(boot.name, []))
    return found


def _boot(boot: Boot, rows: list[Row]) -> list[str]:
    found = []
    if len({row["reservation_id"] for row in rows}) > 1:
        found.append(f"{boot.name} (token {boot.token}) was made more than once: {len(rows)} instances")
    elif boot.accepted and not boot.least <= len(rows) <= boot.most:
        found.append(f"{boot.name} was promised {boot.least} to {boot.most}, has {len(rows)}")
    elif rows and not boot.accepted and not boot.unsure:
        found.append(f"{boot.name} was refused and is there")
    keys = sorted(to_ec2("i", row["id"]) for row in rows)
    if (boot.whole and keys != boot.keys) or not set(boot.keys) <= set(keys):
        found.append(f"{boot.name} was promised {boot.keys}, has {keys}")
    return found


def _servers(ledger: Ledger, rows: list[Row]) -> list[str]:
    by_key = {to_ec2("i", row["id"]): row for row in rows}
    found = [f"instance {row['id']} is building for ever" for row in rows if row["state"] == "building"]
    for thing in ledger.servers.values():
        found += _thing("instance", thing, by_key.get(thing.key))
    return found


def _thing(noun: str, thing: Thing, row: Row | None) -> list[str]:
    if row is None:
        return [f"{noun} {thing.key} was promised and is lost"]
    if thing.state == GONE and row["state"] != "deleted":
        return [f"{noun} {thing.key} is {row['state']}, though its delete was accepted"]
    if thing.state == ALIVE and row["state"] == "deleted":
        return [f"{noun} {thing.key} is deleted, though nobody asked for it"]
    return []


def _volumes(ledger: Ledger, connection: Any) -> list[str]:
    rows = _rows(connection, "SELECT id, name, state FROM volumes")
    by_id, counted = {row["id"]: row for row in rows}, Counter(row["name"] for row in rows)
    found = [f"volume {row['id']} is {row['state']} for ever" for row in rows
             if row["state"] in ("creating", "deleting", "attaching", "detaching")]  # fmt: skip
    for thing in ledger.volumes.values():
        found += _thing("volume", thing, by_id.get(thing.key))
    counted.pop("", None)  # made for servers that start from them
    for name, count in counted.items():
        outcome = ledger.volume_names.get(name, "never asked for")
        if count > 1 or outcome not in ("accepted", "unsure"):
            found.append(f"volume {name} was {outcome}, and there are {count}")
    return found


def _images(connection: Any) -> list[str]:
    """What a snapshot promised is there, or nothing is; what an instance was shelved as lasts as long as that."""
    put_away = "SELECT shelved_image_id FROM instances WHERE state IN ('shelved', 'offloaded', 'soft_deleted')"
    left = f"SELECT id FROM images WHERE name LIKE '%-shelved' AND id NOT IN ({put_away})"
    return [f"image {row['id']} is {row['status']} for ever"
            for row in _rows(connection, "SELECT id, status FROM images WHERE status <> 'active'")] + [
            f"image {row['id']} is what nothing is shelved as" for row in _rows(connection, left)]  # fmt: skip


def _room(connection: Any) -> list[str]:
    """No host has given away more than it has (the ratios of the simulation are 1)."""
    found = []
    for row in _rows(connection, "SELECT * FROM hosts WHERE kind IN ('compute', 'volume')"):
        found += [f"{row['kind']} host {row['name']} has {row[size]} {size} and gave away {row[f'{size}_used']}"
                  for size in ("vcpus", "ram_mib", "disk_gib") if row[f"{size}_used"] > row[size]]  # fmt: skip
    return found


def _quotas(connection: Any) -> list[str]:
    """No project has more than it may."""
    limits = {name: value for group, name, value in SETTINGS if group == "quota"}
    rows = _rows(connection, "SELECT project_id, resource, used FROM quota_usages")
    return [f"project {row['project_id']} has {row['used']} {row['resource']}, and may have {limits[row['resource']]}"
            for row in rows if row["used"] > limits.get(row["resource"], row["used"])]  # fmt: skip


def _switched_off(ledger: Ledger, connection: Any) -> list[str]:
    """Nothing was placed on a host while it was disabled."""
    sql = """SELECT f.resource_id, j.at, f.facts FROM flow_journal j JOIN flows f ON f.id = j.flow_id
             WHERE f.kind IN ('boot', 'unshelve', 'migrate', 'resize', 'evacuate')
               AND (j.event LIKE '%place done%' OR j.event LIKE '%claim done%')"""
    found = []
    for row in _rows(connection, sql):
        host = _placed_on(row["facts"])
        for since, until in ledger.disabled.get(host, []):
            if since < row["at"] < (until or float("inf")):
                found.append(f"{row['resource_id']} was placed on {host}, which was disabled")
    return found


def _placed_on(facts: str | None) -> str:
    from nova_like.model import wire

    found = wire.decode(facts) if facts else {}
    return str((found.get("place") or found.get("claim") or {}).get("host", ""))


def _powers(ledger: Ledger, connection: Any) -> list[str]:
    """Each power order that the native dialect accepted has left its flow."""
    rows = _rows(connection, "SELECT resource_id, kind FROM flows")
    flows = Counter((row["resource_id"], APART.get(row["kind"], row["kind"])) for row in rows)
    found = []
    for thing in ledger.servers.values():
        asked = Counter(KINDS.get(verb, verb) for verb in thing.powers)
        found += [f"{kind} of {thing.key} was accepted {count} times, {flows[thing.id, kind]} are there"
                  for kind, count in asked.items() if thing.id and flows[thing.id, kind] < count]  # fmt: skip
    return found
