"""More work accepted than can be done soon: no more of it for now, while deletes and reads go on."""

from typing import Any

import pytest
import sqlalchemy as sa

from nova_like import concurrency
from nova_like.services.backlog import Backlog
from tests.functional.sweep_world import World
from tests.functional.test_edge_rates import Clock

VOLUME = {"volume": {"size": 1}}


@pytest.fixture
def clock() -> Any:
    made = Clock()
    made.passed = 10.0
    before = concurrency.use(made)
    yield made
    concurrency.use(before)


def test_a_full_backlog_takes_no_more_and_lets_go(tenants: World, clock: Clock) -> None:
    cloud, ids = tenants.cloud, tenants.theirs.ids
    backlog = Backlog(2)
    services = cloud.services
    before = services.volumes._backlog, services.instances._booting._backlog
    services.volumes._backlog = services.instances._booting._backlog = backlog
    server = {
        "server": {"name": "n", "imageRef": ids["image"], "flavorRef": "1", "networks": [{"uuid": ids["network"]}]}
    }

    def volume(**headers: str) -> Any:
        return cloud.call("POST", "/volume/v3/volumes", "alice", VOLUME, **headers)

    try:
        made = [volume(Idempotency_Key="a"), volume()]
        assert [answer.status_int for answer in made] == [202, 202]
        clock.passed += 1.0
        for refused in (volume(), cloud.call("POST", "/compute/v2.1/servers", "alice", server)):
            assert refused.status_int == 503 and refused.headers["Retry-After"] == "5", refused.text
        assert volume(Idempotency_Key="a").json == made[0].json  # this promise has been given
        assert cloud.call("DELETE", f"/compute/v2.1/servers/{ids['server']}", "alice").status_int == 204
        cloud.db.transact(lambda tx: tx.execute(sa.text("UPDATE flows SET due_at = NULL")))
        assert volume().status_int == 503  # it looks once a second
        clock.passed += 1.0
        assert volume().status_int == 202
        assert cloud.call("POST", "/compute/v2.1/servers", "alice", server).status_int == 202
    finally:
        services.volumes._backlog, services.instances._booting._backlog = before
        tenants.restore()


def test_it_looks_once_a_second(cloud: Any, clock: Clock) -> None:
    backlog, asked = Backlog(5), []

    class Counting:
        def scalar(self, statement: Any) -> int:
            asked.append(statement)
            return 0

    for _ in range(100):
        backlog.check(Counting())
        clock.passed += 0.05
    assert len(asked) == 5
    Backlog(0).check(Counting())
    assert len(asked) == 5
