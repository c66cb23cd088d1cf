"""Amazon's states from ours."""

import pytest

from nova_like.api.ec2 import instance_state

BOOT, STOP = {"kind": "boot"}, {"kind": "stop"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"state": "building", "task": BOOT}, "pending"),
        ({"state": "building"}, "pending"),
        ({"state": "active"}, "running"),
        ({"state": "active", "task": STOP}, "stopping"),
        ({"state": "active", "task": {"kind": "reboot"}}, "running"),
        ({"state": "active", "wanted": "deleted"}, "shutting-down"),
        ({"state": "building", "wanted": "deleted", "task": BOOT}, "shutting-down"),
        ({"state": "stopped"}, "stopped"),
        ({"state": "stopped", "task": {"kind": "start"}}, "pending"),
        ({"state": "error"}, "terminated"),
        ({"state": "error", "launched_at": 1.0, "power": "running"}, "running"),
        ({"state": "error", "launched_at": 1.0, "power": ""}, "stopped"),
        ({"state": "error", "task": {"kind": "delete"}}, "shutting-down"),
        ({"state": "deleted", "wanted": "deleted"}, "terminated"),
    ],
)
def test_states(row: dict[str, object], expected: str) -> None:
    assert instance_state.name(row) == expected
    assert instance_state.state(expected)["Name"] == expected


def test_reasons() -> None:
    full = {"state": "error", "fault": {"kind": "NoValidHost", "reason": "40 hosts: 40 ram"}}
    assert instance_state.reason(full) == {
        "Code": "Server.InsufficientInstanceCapacity",
        "Message": "Server.InsufficientInstanceCapacity: 40 hosts: 40 ram",
    }
    gone = instance_state.reason({"state": "deleted", "fault": None})
    assert gone is not None and gone["Code"] == "Client.UserInitiatedShutdown"
    assert instance_state.reason({"state": "active"}) is None
