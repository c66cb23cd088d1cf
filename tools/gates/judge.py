"""Judges a trial cloud after a gate: what its clients were promised against rows, hosts, broker and processes."""

import subprocess
import time
from typing import Any

import sqlalchemy as sa

from tools.checks import broker, leftovers, promises
from tools.checks.compare import audit
from tools.load.churn import Churn
from tools.load.trial import ROOT, Trial

PATIENCE_S = 30.0
LAST_REQUEST_S = 10.0
ANSWER_S = 10.5  # a request waits at most ten seconds, whatever is away; half a one for the client itself
BAD = ("error", "lost", "stuck", "leaked", "doubled", "refused", "breaches")


def judge(cloud: Trial, churn: Churn, since: float, answer_s: float = ANSWER_S) -> dict[str, Any]:
    """Wait for rest, at most PATIENCE_S after `since` (monotonic: the last fault's end), unless the load itself went
    on for longer: then for what its last request needs. `answer_s`: how long a request may have waited for its answer.
    The flat keys of the issue, and sentences."""
    deadline = max(since + PATIENCE_S, time.monotonic() + LAST_REQUEST_S)
    while churn.unfinished() and time.monotonic() < deadline:
        time.sleep(0.2)
    stuck = churn.unfinished()
    rows = instances(churn)
    promises.settle(churn.ledger, rows)
    states = {server: rows.get(server, {}).get("state") for server in churn.ledger.accepted}
    wrongs = audit(churn.engine, cloud.world) + promises.wrongs(churn.ledger, rows)
    doubled = [wrong for wrong in wrongs if "twice" in wrong or " and on " in wrong]
    told = manage_audit(cloud) + broker.wrongs(cloud.rabbit, cloud.queue_owners())
    told += leftovers.wrongs(cloud.daemons(), cloud.state / "images")
    missing = promises.missing(churn.ledger, churn.api)
    slowest = round(max(churn.ledger.answers_s, default=0.0), 1)
    report: dict[str, Any] = {
        "accepted": len(states), "active": _count(states, "active"), "deleted": _count(states, "deleted"),
        "error": _count(states, "error"), "lost": promises.lost(churn.ledger, states) + len(missing), "stuck": stuck,
        "leaked": len(wrongs) - len(doubled) + len(told), "doubled": len(doubled),
        "longest_wait_s": promises.longest(rows, churn.ledger), "refused": churn.ledger.refused,
        "wrongs": wrongs + told + missing, "repeated_tokens": churn.ledger.repeated,
        "writes": len(churn.ledger.writes), "slowest_answer_s": slowest,
        "requests": len(churn.ledger.answers_s), "failed_requests": len(churn.ledger.failures), "breaches": [],
    }  # fmt: skip
    return {**report, **within(report, "slowest_answer_s", slowest, answer_s)}


def within(report: dict[str, Any], name: str, seconds: float, limit_s: float) -> dict[str, list[str]]:
    """The report's `breaches`, with a sentence more when a time of the gate's own is over its limit."""
    over = [f"{name}: {seconds} s, {limit_s:g} s are allowed"] if seconds > limit_s else []
    return {"breaches": [*report["breaches"], *over]}


def broken(report: dict[str, Any]) -> list[str]:
    """The names of what breaks an invariant; empty when all is well."""
    found = [key for key in BAD if report.get(key)]
    if report["accepted"] != report["active"] + report["deleted"] + report.get("told", 0):
        found.append("accepted")
    return found


def instances(churn: Churn) -> dict[str, dict[str, Any]]:
    """Rows of the load's instances, by id."""
    sql = "SELECT id, name, state, created_at, launched_at, deleted_at FROM instances WHERE name LIKE 'churn-%'"
    with churn.engine.connect() as connection:
        return {row["id"]: dict(row) for row in connection.execute(sa.text(sql)).mappings()}


def manage_audit(cloud: Trial) -> list[str]:
    """What `nova-like-manage audit` prints: nothing, when all is well."""
    command = [str(ROOT / ".venv/bin/nova-like-manage"), "--config-file", str(cloud.state / "etc/manage.conf"), "audit"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [f"audit: {line}" for line in (done.stdout + done.stderr).splitlines() if line.strip()]


def _count(states: dict[str, Any], state: str) -> int:
    return sum(found == state for found in states.values())
