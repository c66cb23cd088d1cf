"""S43: an agent fetches images from an https API that it can verify, and from no other."""

import dataclasses
import hashlib
import io

import pytest

from nova_like.images import fetch
from nova_like.model.errors import HostFailure
from nova_like.model.orders import ImageLink
from tests.authority import Authority
from tests.functional.http_process import serving

CONTENT = b"0123456789abcdef" * 400_000


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def server(authority):
    with serving("threading", authority.issue("127.0.0.1")) as found:
        yield found


def got(server, ca_file, host="127.0.0.1"):
    target = io.BytesIO()
    link = ImageLink("i", f"https://{host}:{server.address[1]}/large")
    digest = hashlib.sha256(CONTENT).hexdigest()
    link = dataclasses.replace(link, sha256=digest, size_bytes=len(CONTENT))
    fetch.fetch(link, target, fetch.Limits(ca_file=str(ca_file)), lambda: False)
    return target.getvalue()


def test_S43_the_right_authority_and_name_work(server, authority):
    assert got(server, authority.file) == CONTENT


def test_S43_an_unknown_authority_a_wrong_name_and_no_authority_are_refused(server, authority, tmp_path):
    for ca_file, host in (
        (Authority(tmp_path).file, "127.0.0.1"),
        (authority.file, "localhost"),
        ("", "127.0.0.1"),
    ):
        with pytest.raises(HostFailure, match="SSLCertVerificationError"):
            got(server, ca_file, host)
    with pytest.raises(HostFailure, match="fetch_ca_file"):
        got(server, "/nowhere/ca.pem")


def test_S43_a_certificate_that_expired_is_refused(authority):
    with serving("threading", authority.issue("127.0.0.1", days=-1)) as server, pytest.raises(HostFailure):
        got(server, authority.file)
