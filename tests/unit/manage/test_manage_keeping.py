"""backup and restore of an SQLite database: whole files only, asked twice, nothing lost by a wrong file."""

import sqlite3

import pytest

from tests.unit.manage.manage_world import Operator


@pytest.fixture
def operator(tmp_path):
    made = Operator(tmp_path)
    assert made.run("db", "sync")[0] == 0
    assert made.bootstrap()[0] == 0
    yield made
    made.db.dispose()


def test_what_was_there_is_there_again(operator, tmp_path) -> None:
    operator.table("project", "create", "blue")
    file = tmp_path / "kept"
    status, said = operator.run("backup", str(file))
    assert status == 0 and str(file) in said
    assert file.stat().st_mode & 0o777 == 0o600
    operator.table("project", "create", "red")
    assert operator.run("restore", str(file))[0] == 1
    assert _projects(operator) == {"admin", "blue", "red"}
    status, said = operator.run("restore", str(file), "--yes")
    assert status == 0 and "0 flows" in said
    assert _projects(operator) == {"admin", "blue"}
    assert operator.run("audit") == (0, "")


def test_an_older_release_s_backup_is_migrated(operator, tmp_path) -> None:
    from nova_like.cmd.manage.db import upgrade
    from nova_like.db.engine import Database

    old = Database(f"sqlite:///{tmp_path}/old")
    upgrade(old.engine, "0007")
    old.dispose()
    assert operator.run("restore", str(tmp_path / "old"), "--yes")[0] == 0
    assert operator.run("audit") == (0, "")


def test_a_backup_is_written_over_by_no_other(operator, tmp_path) -> None:
    file = tmp_path / "kept"
    file.write_text("mine")
    status, said = operator.run("backup", str(file))
    assert status == 1 and "already" in said and file.read_text() == "mine"
    status, said = operator.run("backup", str(tmp_path / "no" / "where"))
    assert status == 1 and "No such file" in said


def test_files_that_are_no_backup_change_nothing(operator, tmp_path) -> None:
    for name, text in (("empty", b""), ("other", b"PGDMP and more"), ("text", b"hello" * 10)):
        (tmp_path / name).write_bytes(text)
        status, said = operator.run("restore", str(tmp_path / name), "--yes")
        assert status == 1 and "no backup" in said
    assert operator.run("restore", str(tmp_path / "nowhere"), "--yes")[0] == 1
    assert _projects(operator) == {"admin"}


def test_not_restored_under_somebody_who_writes(operator, tmp_path) -> None:
    assert operator.run("backup", str(tmp_path / "kept"))[0] == 0
    busy = sqlite3.connect(tmp_path / "db.sqlite", isolation_level=None)
    busy.execute("BEGIN IMMEDIATE")
    status, said = operator.run("restore", str(tmp_path / "kept"), "--yes")
    busy.close()
    assert status == 1 and "systemctl stop" in said


def _projects(operator: Operator) -> set[str]:
    return {row["name"] for row in operator.table("project", "list")}
