"""The scheduler's memory of hosts is a hint: a boot that comes before the next refresh still finds them."""

from tests.flows.cloud import LittleCloud
from tests.flows.scenarios import boot


def test_a_host_that_the_memory_does_not_know_yet_is_found(tmp_path) -> None:
    cloud = LittleCloud(tmp_path)
    try:
        cloud.start_scheduler()  # its memory is empty; nothing has refreshed it
        assert [pool.size() for pool in cloud.pools] == [0, 0]
        id = boot(cloud)
        for parcel in list(cloud.bus):
            cloud.bus.remove(parcel)
            cloud.deliver(parcel)
        assert cloud.row("instances", id)["host"] is not None
    finally:
        cloud.close()
