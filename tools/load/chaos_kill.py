"""tools/chaos kill and broker-down: daemons die all the time (or the broker does once); everything ends right."""

import random
import subprocess
import threading
import time
from collections import Counter
from typing import Any

import sqlalchemy as sa

from tools.checks.compare import audit
from tools.load.churn import Churn, Ledger
from tools.load.trial import ROOT, Trial
from tools.load.victims import Victims

PATIENCE_S = 30.0
LAST_REQUEST_S = 10.0
FAKES = {
    "fake.delay_ms": "1200",  # effects take their time, so that kills fall while flows are unfinished
    "bus.threads": "128",  # one agent process plays twenty hosts
}


def kill(cloud: Trial, boots: int, kills: int, seed: int) -> dict[str, Any]:
    """Kill a random daemon every 0.5 to 2 s while boots and deletes go on."""
    churn = Churn(cloud.api, cloud.engine(), cloud.flavor, cloud.image)
    victims, chance = Victims(cloud, seed, churn.unfinished), random.Random(seed)
    load = threading.Thread(target=churn.run, args=(boots, 1.45 * kills + 3))
    load.start()
    time.sleep(3)  # the first flows are under way
    while victims.kills < kills:
        name = victims.kill_one()
        print(f"kill {victims.kills}/{kills}: {name}, {churn.unfinished()} flows unfinished", flush=True)
        time.sleep(chance.uniform(0.5, 2))
    last = time.monotonic()
    victims.all_back()
    load.join()
    report = judge(cloud, churn, last)
    return {**report, "kills": victims.kills, "kills_in_flight": victims.in_flight}


def broker_down(cloud: Trial, boots: int, down_s: float) -> dict[str, Any]:
    """The broker is killed in the middle and comes back after `down_s` seconds."""
    churn = Churn(cloud.api, cloud.engine(), cloud.flavor, cloud.image)
    load = threading.Thread(target=churn.run, args=(boots, 20 + down_s))
    load.start()
    time.sleep(10)
    in_flight = churn.unfinished()
    cloud.rabbit.kill()
    print(f"broker killed, {in_flight} flows unfinished", flush=True)
    time.sleep(down_s)
    cloud.rabbit.start()
    cloud.rabbit.wait()
    back = time.monotonic()
    print(f"broker back, {churn.unfinished()} flows unfinished", flush=True)
    load.join()
    report = judge(cloud, churn, back)
    return {**report, "kills": 1, "kills_in_flight": int(in_flight >= 5),
            "drained_s": round(time.monotonic() - back, 1)}  # fmt: skip


def judge(cloud: Trial, churn: Churn, since: float) -> dict[str, Any]:
    """Wait for rest, at most PATIENCE_S after `since` (monotonic: the last kill, or the broker's return), unless the
    load itself went on for longer: then for what its last request needs. The flat keys of the issue, and sentences."""
    deadline = max(since + PATIENCE_S, time.monotonic() + LAST_REQUEST_S)
    while churn.unfinished() and time.monotonic() < deadline:
        time.sleep(0.2)
    stuck = churn.unfinished()
    rows = _rows(churn)
    _adopt_unsure(churn.ledger, rows)
    states = {server: rows.get(server, {}).get("state") for server in churn.ledger.accepted}
    wrongs = audit(churn.engine, cloud.world) + _strangers(rows, churn.ledger)
    doubled = [wrong for wrong in wrongs if "twice" in wrong or " and on " in wrong]
    told = manage_audit(cloud)
    return {
        "accepted": len(states), "active": _count(states, "active"), "deleted": _count(states, "deleted"),
        "error": _count(states, "error"), "lost": _lost(churn.ledger, states), "stuck": stuck,
        "leaked": len(wrongs) - len(doubled) + len(told), "doubled": len(doubled),
        "longest_wait_s": _longest(rows, churn.ledger), "refused": churn.ledger.refused, "wrongs": wrongs + told,
    }  # fmt: skip


def manage_audit(cloud: Trial) -> list[str]:
    """What `nova-like-manage audit` prints: nothing, when all is well."""
    command = [str(ROOT / ".venv/bin/nova-like-manage"), "--config-file", str(cloud.state / "etc/manage.conf"), "audit"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [f"audit: {line}" for line in (done.stdout + done.stderr).splitlines() if line.strip()]


def _rows(churn: Churn) -> dict[str, dict[str, Any]]:
    sql = "SELECT id, name, state, created_at, launched_at, deleted_at FROM instances WHERE name LIKE 'churn-%'"
    with churn.engine.connect() as connection:
        return {row["id"]: dict(row) for row in connection.execute(sa.text(sql)).mappings()}


def _adopt_unsure(ledger: Ledger, rows: dict[str, dict[str, Any]]) -> None:
    """A request whose answer was cut off was accepted if it left a row."""
    unsure = set(ledger.unsure)
    ledger.accepted.update({id: row["name"] for id, row in rows.items() if row["name"] in unsure})


def _count(states: dict[str, Any], state: str) -> int:
    return sum(found == state for found in states.values())


def _lost(ledger: Ledger, states: dict[str, Any]) -> int:
    """Accepted ones without a row, and deletes that were accepted but did not happen."""
    return sum(state is None for state in states.values()) + sum(
        states.get(server) != "deleted" for server in ledger.deletes
    )


def _strangers(rows: dict[str, dict[str, Any]], ledger: Ledger) -> list[str]:
    """Servers that nobody was promised: a request that was refused must leave none, and none must leave two."""
    found = [f"server {row['name']} was refused and is there" for id, row in rows.items() if id not in ledger.accepted]
    names = Counter(row["name"] for row in rows.values())
    return found + [f"server {name} was made twice" for name, count in names.items() if count > 1]


def _longest(rows: dict[str, dict[str, Any]], ledger: Ledger) -> float:
    """The longest time from a request to its end: launched, or gone."""
    boots = [row["launched_at"] - ledger.asked_at[row["name"]] for row in rows.values() if row["launched_at"]]
    asked = ledger.delete_asked_at
    deletes = [row["deleted_at"] - asked[id] for id, row in rows.items() if row["deleted_at"] and id in asked]
    return round(max([*boots, *deletes], default=0.0), 1)
