"""Trial clouds for the acceptance tests. They are started by tools/up alone."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.acceptance.journey import Journey
from tests.acceptance.trial_cloud import TrialCloud
from tools.trial import census


@pytest.fixture(scope="session")
def fake_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrialCloud]:
    """Real broker, database and daemons; five hosts whose guests are only played."""
    state = tmp_path_factory.mktemp("fake") / "s"
    cloud = TrialCloud(state, "--hypervisor", "fake", "--hosts", "5", "--no-guest")
    try:
        cloud.up()
        yield cloud
    finally:
        cloud.down("--purge")


@pytest.fixture(scope="session")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """Up with its first guest; whatever happens, down at the end."""
    state = tmp_path_factory.mktemp("real") / "s"
    before = census.take(state)
    cloud = TrialCloud(state, "--hypervisor", "libvirt", "--computes", "1")
    try:
        yield Journey(cloud, before, cloud.up())
    finally:
        cloud.down("--purge")


@pytest.fixture
def name() -> str:
    """A name that nothing else has."""
    return f"acc-{uuid4().hex[:8]}"
