"""backup and restore on a real PostgreSQL, by its own programs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nova_like.db.engine import Database
from tests.unit.manage.manage_world import Operator
from tools.trial.postgres import Postgres


@pytest.fixture
def operator(postgres: Postgres, tmp_path: Path):
    postgres.drop("kept")
    postgres.create("kept")
    made = Operator(tmp_path)
    url = postgres.url("kept")
    made.config.write_text(made.config.read_text().replace(f"sqlite:///{tmp_path}/db.sqlite", url))
    assert _run(made, "db", "sync")[0] == 0
    assert _run(made, "bootstrap", "--admin-password-file", str(tmp_path / "password"))[0] == 0
    yield made
    made.db.dispose()


def _run(operator: Operator, *words: str) -> tuple[int, str]:
    """In a process of its own: what was done before has left no connections."""
    program = Path(__file__).parents[2] / "bin" / "nova-like-manage"
    argv = [sys.executable, str(program), "--config-file", str(operator.config), *words]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def _projects(operator: Operator) -> set[str]:
    status, said = _run(operator, "project", "list", "-f", "json")
    assert status == 0, said
    return {row["name"] for row in json.loads(said)}


def test_what_was_there_is_there_again(operator: Operator, postgres: Postgres, tmp_path: Path) -> None:
    assert _run(operator, "project", "create", "blue")[0] == 0
    file = tmp_path / "kept.dump"
    assert _run(operator, "backup", str(file))[0] == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert _run(operator, "project", "create", "red")[0] == 0
    assert _projects(operator) == {"admin", "blue", "red"}
    daemon = Database(postgres.url("kept"))
    with daemon.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        status, said = _run(operator, "restore", str(file), "--yes")
    assert status == 1 and "in use" in said
    daemon.dispose()
    status, said = _run(operator, "restore", str(file), "--yes")
    assert (status, "restored; 0 flows" in said) == (0, True), said
    assert _projects(operator) == {"admin", "blue"}
    assert _run(operator, "audit") == (0, "")


def test_a_broken_file_changes_nothing(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "kept.dump"
    assert _run(operator, "backup", str(file))[0] == 0
    file.write_bytes(file.read_bytes()[:-2000])
    status, said = _run(operator, "restore", str(file), "--yes")
    assert status == 1 and "pg_restore failed" in said
    assert _projects(operator) == {"admin"}
