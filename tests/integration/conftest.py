"""A private PostgreSQL, and a little cloud (tests/flows/cloud.py) on it: for statements and races that SQLite does not
have."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.cloud import LittleCloud
from tools.trial.postgres import Postgres


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    if os.geteuid():
        pytest.skip("needs root")
    state = Path(tempfile.mkdtemp(prefix="nl-postgres-"))
    made = Postgres(state / "postgres")
    made.start()
    made.wait()
    yield made
    made.stop()
    shutil.rmtree(state)


@pytest.fixture
def cloud(postgres: Postgres, tmp_path: Path) -> Iterator[LittleCloud]:
    postgres.drop("away")
    postgres.create("away")
    made = LittleCloud(tmp_path, url=postgres.url("away"))
    yield made
    made.close()
