"""One address more and one less, on PostgreSQL: the statements that SQLite reads otherwise."""

import pytest

from nova_like.db import audit
from tests.flows.cloud import LittleCloud
from tests.flows.scenarios import boot
from tests.flows.test_fixed_addresses import fail_for_good, held, more, shown, take, told

pytestmark = pytest.mark.root


def test_free_when_its_host_has_let_go(cloud: LittleCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    id = boot(cloud)
    assert cloud.settle()
    (first,), second, third = shown(cloud, id), more(cloud, id), more(cloud, id)
    assert shown(cloud, id) == told(cloud, id) == [first, second, third]
    take(cloud, id, second)
    assert second in held(cloud, id)
    assert cloud.settle()
    assert held(cloud, id) == set(told(cloud, id)) == {first, third}
    refusing = [True]
    fail_for_good(monkeypatch, "replug", refusing)
    take(cloud, id, first)
    assert cloud.settle()
    refusing.clear()
    assert first in held(cloud, id) and len(cloud.database.transact(audit.discrepancies)) == 1
    cloud.mending.mend()
    assert cloud.settle()
    assert shown(cloud, id) == told(cloud, id) == [third] and held(cloud, id) == {third}
    assert cloud.database.transact(audit.discrepancies) == [] and cloud.wrongs() == []
