"""Files that are made from the code are those that the code makes now."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from nova_like.cmd.manage.db import upgrade
from nova_like.cmd.manage.sample import sample
from nova_like.db.engine import Database
from nova_like.db.schema import METADATA

ROOT = Path(__file__).parents[2]


def test_the_sample_configuration():
    """Made by `nova-like-manage config sample > etc/nova_like/nova-like.conf.sample`."""
    assert (ROOT / "etc/nova_like/nova-like.conf.sample").read_text() == sample()


@pytest.fixture
def migrated(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/db.sqlite")
    upgrade(database.engine)
    yield database.engine
    database.dispose()


def test_migrations_end_at_the_declared_tables(migrated):
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_migrations_make_the_same_as_the_declarations(migrated, tmp_path):
    """Defaults, partial indexes and constraints too, which the comparison above does not see."""
    declared = Database(f"sqlite:///{tmp_path}/declared.sqlite")
    METADATA.create_all(declared.engine)
    assert _world(migrated) == _world(declared.engine)
    declared.dispose()


def _world(engine):
    found = sa.inspect(engine)
    names = sorted(set(found.get_table_names()) - {"alembic_version"})
    return {name: (
        [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in found.get_columns(name)],
        found.get_pk_constraint(name)["constrained_columns"],
        sorted(str(sorted(u["column_names"])) for u in found.get_unique_constraints(name)),
        sorted(str((i["name"], i["column_names"], i["unique"])) for i in found.get_indexes(name)),
    ) for name in names}  # fmt: skip


def test_migrating_again_changes_nothing(migrated):
    before = _world(migrated)
    upgrade(migrated)
    assert _world(migrated) == before
