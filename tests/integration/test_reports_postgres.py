"""Reports on PostgreSQL, where they are one statement of another form than SQLite's."""

from nova_like.db import hosts
from tests.flows.cloud import LittleCloud
from tests.unit.db.report_world import cache_hits, reports


def test_reports_of_any_number_of_hosts_share_two_compiled_statements(cloud: LittleCloud) -> None:
    assert cache_hits(cloud.database, (3, 1, 40, 1, 7))[2:] == [True, True, True]
    silent = [{**row, "facts": None, "vcpus": None} for row in reports(40)]
    believed = cloud.database.transact(lambda tx: hosts.upsert(tx, [*silent, {**silent[0], "name": "new"}]))
    assert len(believed) == 41
    row = cloud.database.read(lambda tx: hosts.by_name(tx, "compute", "r39"))
    assert row is not None and (row["facts"], row["vcpus"], row["revision"]) == ({"n": 39}, 4, 1)


def test_a_report_from_another_address_is_not_believed(cloud: LittleCloud) -> None:
    cloud.database.transact(lambda tx: hosts.upsert(tx, reports(5)))
    thief = [{**row, "address": "thief"} for row in reports(6)]
    assert cloud.database.transact(lambda tx: hosts.upsert(tx, thief)) == {("compute", "r5")}
