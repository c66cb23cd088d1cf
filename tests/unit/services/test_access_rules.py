"""Templates of paths: what they match, and that none makes matching slow."""

import pytest

from nova_like.services.identity_access_rules import is_template, permits


@pytest.mark.parametrize(
    ("template", "path", "same"),
    [("/a/*/b", "/a/x/b", True), ("/a/*/b", "/a/x/y/b", False), ("/a/*", "/a", False), ("/a/**", "/a/b/c", True),
     ("/a/**", "/a", True), ("/a/**/d", "/a/b/c/d", True), ("/a/**/d", "/a/b/c", False), ("/a/{id}", "/a/1", True),
     ("/a/{id}", "/b/1", False), ("/a", "/a/", True), ("/**", "/anything/at/all", True), ("/a.c", "/abc", False)],
)  # fmt: skip
def test_templates(template, path, same):
    rule = {"service": "compute", "method": "GET", "path": template}
    assert permits([rule], "compute", "GET", path) is same
    assert not permits([rule], "compute", "POST", path) and not permits([rule], "image", "GET", path)


def test_none_is_slow():
    rule = {"service": "compute", "method": "GET", "path": "/**/a" * 100}
    assert not permits([rule], "compute", "GET", "/a" * 400 + "/b")
    assert not is_template("/a**b") and is_template(rule["path"])
