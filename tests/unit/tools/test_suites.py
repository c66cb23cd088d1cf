"""How a suite's results are judged, and how the page of them is kept."""

import contextlib
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from nova_like.images.inspect import Inspector
from nova_like.model import image_formats
from tools.suites import outcome, page, tempest_conf, web
from tools.suites.facts import Facts
from tools.trial import ports

A = "tempest.api.identity.v3.test_a.TestA"
B = "tempest.api.image.v2.test_b.TestB"


def test_each_listed_test_has_one_outcome():
    listed = [f"{A}.test_one[id-1,smoke]", f"{A}.test_two[id-2]", f"{B}.test_three[id-3]", f"{B}.test_four[id-4]"]
    reported = [
        (f"{A}.test_one[id-1,smoke]", "success", ""),
        (f"{A}.test_two[id-2]", "fail", "Traceback\nValueError: no"),
        (f"setUpClass ({B})", "skip", "not wanted"),
    ]
    found = {one.test: one for one in outcome.judge([*listed, "tempest.api.c.TestC.test_lost[id-5]"], reported)}
    assert found[f"{A}.test_one"].status == outcome.PASSED
    assert found[f"{A}.test_two"].last_line == "ValueError: no"
    assert {found[f"{B}.{name}"].status for name in ("test_three", "test_four")} == {outcome.SKIPPED}
    assert found["tempest.api.c.TestC.test_lost"].status == outcome.FAILED, "nobody told of it"
    assert outcome.totals(found.values())["image"][outcome.SKIPPED] == 2


def test_a_section_of_the_page_is_renewed_and_the_rest_stays(tmp_path: Path):
    path = tmp_path / "page.rst"
    path.write_text("Head\n====\n")
    page.write(path, [outcome.Outcome(f"{A}.test_one", outcome.FAILED, "x"), outcome.Outcome(f"{B}.b", outcome.PASSED)])
    assert "identity.v3.test_a.TestA.test_one" in path.read_text()
    page.write(path, [outcome.Outcome(f"{A}.test_one", outcome.PASSED)])
    text = path.read_text()
    assert text.startswith("Head") and "TestA.test_one" not in text
    assert text.count(".. begin identity") == text.count(".. begin image") == 1
    assert "1 tests: 1 passed" in text


def test_a_feature_is_denied_only_while_no_action_does_it():
    facts = Facts("http://x", "R", "secret", ("i1", "i2"), ("1", "2"), "flat", 2, True)
    flags = tempest_conf.sections(facts, Path("/x"))["compute-feature-enabled"]
    actions = tempest_conf.server_actions()
    assert flags["console_output"] is True
    assert all(flags[flag] == (action in actions) for flag, action in tempest_conf.BY_ACTION.items())


def serves(stack, port):
    """Whether nobody took the port in the meantime."""
    try:
        stack.enter_context(web.serving(port))
    except OSError:
        return False
    return True


def test_images_on_the_web_are_what_they_say():
    with contextlib.ExitStack() as stack:
        port = next(port for port in ports.free(16) if serves(stack, port))
        for name, fmt in (("disk.raw", "raw"), ("disk.qcow2", "qcow2")):
            inspector = Inspector(fmt)
            with urllib.request.urlopen(web.url(port, name), timeout=30) as answer:  # noqa: S310
                inspector.feed(answer.read())
            assert inspector.finish().size_bytes > 0
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(web.url(port, "other"), timeout=30)  # noqa: S310


def test_the_first_formats_hold_any_bytes():
    assert set(tempest_conf.PLAIN_FIRST.split(",")[:6]) <= set(image_formats.PLAIN)
