"""How what agents reported is written: believed or not, kept or replaced, and without compiling a statement anew."""

import pytest
import sqlalchemy as sa

from nova_like.db import hosts
from nova_like.db.engine import Database
from nova_like.db.schema import METADATA
from tests.unit.db.report_world import cache_hits, reports


@pytest.fixture
def db(tmp_path):
    made = Database(f"sqlite:///{tmp_path}/db.sqlite")
    METADATA.create_all(made.engine)
    yield made
    made.dispose()


def test_reports_of_any_number_of_hosts_share_two_compiled_statements(db):
    """One for one host, one for several."""
    assert cache_hits(db, (3, 1, 40, 1, 7)) == [False, False, True, True, True]


def test_what_a_report_leaves_out_stays_as_it_is(db):
    db.transact(lambda tx: hosts.upsert(tx, reports(2)))
    silent = [{**row, "facts": None, "vcpus": None, "ram_mib": 0, "disk_gib": 9, "boot_id": "b2"} for row in reports(2)]
    believed = db.transact(lambda tx: hosts.upsert(tx, silent))
    assert believed == {("compute", "r0"), ("compute", "r1")}
    for row in db.read(hosts.list_hosts):
        assert (row["facts"], row["vcpus"], row["ram_mib"], row["disk_gib"]) == ({"n": int(row["name"][1:])}, 4, 512, 9)
        assert (row["boot_id"], row["revision"], row["enabled"]) == ("b2", 1, True)


def test_only_what_comes_of_a_hosts_own_address_is_believed(db):
    db.transact(lambda tx: hosts.upsert(tx, reports(1)))
    thief = [{**row, "address": "thief", "boot_id": "stolen"} for row in reports(2)]
    assert db.transact(lambda tx: hosts.upsert(tx, thief)) == {("compute", "r1")}
    assert db.read(lambda tx: hosts.by_name(tx, "compute", "r0"))["boot_id"] == "b"


def test_more_hosts_than_one_statement_holds_are_all_written(db):
    assert len(db.transact(lambda tx: hosts.upsert(tx, reports(2500)))) == 2500
    assert db.read(lambda tx: tx.scalar(sa.text("SELECT count(*) FROM hosts"))) == 2500
