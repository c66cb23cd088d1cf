"""Links hold for one image until they expire, and nothing else."""

import pytest

from nova_like.images import links

KEY = "k" * 32
IMAGE = "8a3f0f5e-4a55-4a52-9d55-2f1a0d7d1a11"
OTHER = "8a3f0f5e-4a55-4a52-9d55-2f1a0d7d1a12"


def test_what_is_made_verifies_until_it_expires():
    url = links.make("http://10.0.0.1:8774/", KEY, IMAGE, 1000)
    assert url.startswith(f"http://10.0.0.1:8774/image/link/{IMAGE}?")
    image, expires, signature = links.parse(url)
    assert links.verify(KEY, image, expires, signature, now=1000)
    assert not links.verify(KEY, image, expires, signature, now=1001)


def test_nothing_else_verifies():
    signature = links.sign(KEY, IMAGE, 1000)
    assert not links.verify(KEY, OTHER, 1000, signature, 0)
    assert not links.verify(KEY, IMAGE, 2000, signature, 0)
    assert not links.verify("other", IMAGE, 1000, signature, 0)
    for position in range(len(signature)):
        altered = signature[:position] + ("0" if signature[position] != "0" else "1") + signature[position + 1 :]
        assert not links.verify(KEY, IMAGE, 1000, altered, 0)


@pytest.mark.parametrize("expires", ["", "-1", "1e9", "abc", "٣", " 1000", "9" * 400])
def test_odd_expiries_are_false_not_errors(expires):
    assert not links.verify(KEY, IMAGE, expires, links.sign(KEY, IMAGE, 1000), 0)


@pytest.mark.parametrize("image", ["", "../../etc/passwd", IMAGE + "\n", "\0"])
def test_odd_ids_are_false(image):
    assert not links.verify(KEY, image, 1000, links.sign(KEY, image, 1000), 0)


def test_an_empty_key_signs_and_verifies_nothing():
    with pytest.raises(ValueError):
        links.sign("", IMAGE, 1000)
    assert not links.verify("", IMAGE, 1000, "", 0)
    assert not links.verify(KEY, IMAGE, 1000, "\ud800ü", 0)
