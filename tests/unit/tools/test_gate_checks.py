"""The independent checker of the fault gates: each kind of wrong is seen, and what is right is not complained of."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.checks import broker, leftovers, promises
from tools.gates.judge import broken, within
from tools.load.churn import Ledger
from tools.load.probe import Answers

ID = "0a1b2c3d-4e5f-4a6b-8c7d-112233445566"
OTHER = "ffffffff-4e5f-4a6b-8c7d-112233445566"


def row(name: str, **more: Any) -> dict[str, Any]:
    return {"id": ID, "name": name, "state": "active", "launched_at": None, "deleted_at": None, **more}


class Ctl:
    """A broker that answers `list_queues` and `list_exchanges`."""

    def __init__(
        self, queues: list[dict[str, Any]], exchanges: tuple[str, ...] = ("", "amq.topic", "commands")
    ) -> None:
        self._answers = {"list_queues": queues, "list_exchanges": [{"name": name} for name in exchanges]}

    def ctl(self, *words: str) -> str:
        return json.dumps(self._answers[words[2]])


def queue(name: str, ready: int = 0, unacked: int = 0, consumers: int = 1) -> dict[str, Any]:
    return {"name": name, "messages_ready": ready, "messages_unacknowledged": unacked, "consumers": consumers}


def test_who_was_on_the_way_when_a_daemon_stopped_is_not_new() -> None:
    answers = Answers([(1.0, 0.5), (2.0, 0.5), (4.0, 0.1)], [(1.9, 12.0, "cut"), (3.0, 0.1, "500")])
    new = answers.begun_apart_from([2.2, 9.0])
    assert (new.good, new.failed) == ([(1.0, 0.5), (4.0, 0.1)], [(3.0, 0.1, "500")])


def test_settle_names_ec2_instances_by_their_rows() -> None:
    ledger = Ledger(accepted={"i-0a1b2c3d4e5f4a6b8": "a"}, deletes={"i-0a1b2c3d4e5f4a6b8"})
    ledger.delete_asked_at["i-0a1b2c3d4e5f4a6b8"] = 5.0
    promises.settle(ledger, {ID: row("a")})
    assert (ledger.accepted, ledger.deletes, ledger.delete_asked_at) == ({ID: "a"}, {ID}, {ID: 5.0})


def test_a_cut_request_that_left_a_row_was_accepted() -> None:
    ledger = Ledger(unsure=["a", "b"])
    promises.settle(ledger, {ID: row("a")})
    assert ledger.accepted == {ID: "a"}


def test_lost_counts_missing_rows_and_deletes_that_did_not_happen() -> None:
    ledger = Ledger(accepted={ID: "a", OTHER: "b"}, deletes={OTHER})
    assert promises.lost(ledger, {ID: None, OTHER: "active"}) == 2
    assert promises.lost(ledger, {ID: "active", OTHER: "deleted"}) == 0


def test_strangers_doubles_and_tokens_with_two_answers_are_wrong() -> None:
    ledger = Ledger(accepted={ID: "a"}, tokens={"t": {"i-1", "i-2"}, "u": {"i-1"}})
    found = promises.wrongs(ledger, {ID: row("a"), OTHER: row("a")})
    assert found == [
        "server a was refused and is there",
        "server a was made twice",
        "token t was answered twice, by ['i-1', 'i-2']",
    ]


def test_an_acknowledged_write_that_cannot_be_read_is_missing() -> None:
    class Api:
        def get(self, path: str) -> Any:
            return {"metadata": {"written": "second"}}

    ledger = Ledger(writes=[("/m", "metadata.written", "third"), ("/m", "metadata.written", "second")])
    assert promises.missing(ledger, Api()) == ["/m: metadata.written is 'second', 'third' was acknowledged"]


def test_a_broker_at_rest_is_well() -> None:
    assert broker.wrongs(Ctl([queue("flows"), queue("reply_1f")]), {"flows"}) == []


@pytest.mark.parametrize(
    ("queues", "said"),
    [
        ([queue("flows", ready=2)], "queue flows has 2 messages waiting"),
        ([queue("flows", unacked=1)], "queue flows has 1 messages unacknowledged"),
        ([queue("flows", consumers=0)], "queue flows has no consumer"),
        ([], "queue flows is not there"),
        ([queue("flows"), queue("compute.gone")], "queue compute.gone has no owner"),
        ([queue("flows"), queue("reply_1f", consumers=0)], "queue reply_1f has no owner"),
    ],
)
def test_what_is_left_at_the_broker_is_wrong(
    monkeypatch: pytest.MonkeyPatch, queues: list[dict[str, Any]], said: str
) -> None:
    monkeypatch.setattr(broker, "REST_S", 0.0)
    assert broker.wrongs(Ctl(queues), {"flows"}) == [said]


def test_an_exchange_of_nobody_is_wrong() -> None:
    assert broker.wrongs(Ctl([queue("flows")], ("commands", "flows_fanout")), {"flows"}) == [
        "exchange flows_fanout has no owner"
    ]


def test_a_gate_is_broken_by_any_bad_key_by_a_breach_and_by_a_hole_in_the_sum() -> None:
    well = {"accepted": 3, "active": 1, "deleted": 2, "lost": 0, "refused": [], "breaches": []}
    assert broken(well) == []
    assert broken({**well, "lost": 1}) == ["lost"]
    assert broken({**well, "active": 0}) == ["accepted"]
    assert broken({**well, **within(well, "drained_s", 15.1, 15)}) == ["breaches"]
    assert within(well, "drained_s", 15, 15) == {"breaches": []}


HOLDER = """import pathlib, sys
path = pathlib.Path(sys.argv[1])
with path.open("w"):
    if sys.argv[2] == "unlink":
        path.unlink()
    print("open", flush=True)
    sys.stdin.read()"""


def held(path: Path, how: str) -> list[str]:
    """What is said of a process that has this file open, and of the directory that it is in."""
    argv = [sys.executable, "-c", HOLDER, str(path), how]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdin and process.stdout and process.stdout.readline() == "open\n"
        found = leftovers.wrongs({"api": [process.pid]}, path.parent)
        process.stdin.close()
    return found


def test_leftovers_of_processes_and_of_the_image_store_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert held(tmp_path / "image", "keep") == []
    assert held(tmp_path / "image", "unlink") == [f"api holds the deleted file {tmp_path}/image"]
    assert held(tmp_path / ".0a1b.x.part", "keep") == [".0a1b.x.part is left in the image store"]
    monkeypatch.setattr(leftovers, "DESCRIPTORS", 1)
    assert "descriptors" in held(tmp_path / "image", "keep")[-1]


def test_every_gate_has_a_promise_and_the_same_sizes_in_ci_and_in_full() -> None:
    from tools.gates.catalog import GATES

    assert {"kill", "broker-down", "broker-frozen", "broker-wiped", "database-restart", "reorder", "clock", "disk-full",
            "rolling-restart", "freeze", "poison", "herd", "soak"} <= set(GATES)  # fmt: skip
    for name, gate in GATES.items():
        assert gate.promise and gate.ci.keys() == gate.full.keys(), name
