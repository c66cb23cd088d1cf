"""docs/ec2-actions.rst is what its tool makes of what the tests were answered, and knows the actions that there are."""

import json
from pathlib import Path

from nova_like.api.ec2 import operations
from tools.ec2_actions import page
from tools.ec2_actions.groups import GROUPS

ROOT = Path(__file__).parents[3]
AGAIN = "run tools/ec2-actions and commit what it writes"
NOTES = json.loads((ROOT / "docs" / "ec2-actions.json").read_text())


def test_the_page_is_made_of_the_notes() -> None:
    assert (ROOT / "docs" / "ec2-actions.rst").read_text() == page.text(NOTES, operations.TABLE), AGAIN


def test_every_action_is_asked_for_by_a_test_that_is_there() -> None:
    assert set(NOTES) == set(operations.TABLE), AGAIN
    for kinds in NOTES.values():
        for test in kinds["tests"]:
            path, _, name = test.partition("::")
            assert f"def {name}(" in (ROOT / path).read_text(), f"{test} is gone: {AGAIN}"


def test_the_list_of_actions_is_the_one_that_was_measured() -> None:
    assert sum(map(len, GROUPS.values())) == len({name for names in GROUPS.values() for name in names}) == 121


def test_an_action_that_only_fails_is_not_said_to_work():
    notes = {
        "StopInstances": {"answered": ["t.py::a"], "parameters": ["InstanceIds"], "tests": ["t.py::a"]},
        "AttachVolume": {"codes": ["UnsupportedOperation"], "tests": ["t.py::b"]},
    }
    text = page.text(notes, ["StopInstances", "AttachVolume"])
    stop, attach = text.partition("AttachVolume\n~~~")[0], text.partition("AttachVolume\n~~~")[2]
    assert "``InstanceIds``" in stop and "     - yes" in stop
    assert "     - no" in attach and "``UnsupportedOperation``" in attach
    assert "DetachVolume" in text.partition("StopInstances\n~")[0], "what is not served is said so"
