"""config check: what a configuration names must be there and fit; servers are asked only when that is wanted."""

import sqlalchemy as sa

from tests.authority import Authority
from tests.unit.manage.manage_world import Operator


def _check(operator: Operator, text: str, *more: str) -> tuple[int, list[str]]:
    path = operator.state / "checked.conf"
    path.write_text(text)
    status, said = operator.run("config", "check", str(path), *more)
    return status, [line.removeprefix(f"{path}: ") for line in said.splitlines()]


def test_files_that_are_named(tmp_path) -> None:
    operator, authority = Operator(tmp_path), Authority(tmp_path)
    ours, others = authority.issue("api.example"), authority.issue("other.example")
    good = f"[api]\nssl_cert_file = {ours.certificate}\nssl_key_file = {ours.key}\n"
    assert _check(operator, good) == (0, [])
    status, (said,) = _check(operator, good.replace(str(ours.key), str(others.key)))
    assert status == 1 and said.startswith("[api] ssl_cert_file") and "KEY_VALUES_MISMATCH" in said
    status, (said,) = _check(operator, "[compute]\nfetch_ca_file = /nowhere.pem\n")
    assert status == 1 and said.startswith("[compute] fetch_ca_file /nowhere.pem: ") and "No such file" in said
    short = tmp_path / "short"
    short.write_text("key")
    status, (said,) = _check(operator, f"[bus]\nmaster_key_file = {short}\n")
    assert status == 1 and "at least 16 characters" in said
    status, (said,) = _check(operator, f"[compute]\nfetch_ca_file = {short}\n")
    assert status == 1 and said.startswith(f"[compute] fetch_ca_file {short}: ")
    query = "sslmode=verify-full&sslrootcert=/nowhere.pem"
    status, (said,) = _check(operator, f"[database]\nurl = postgresql+psycopg2://nova@db/nova?{query}\n")
    assert status == 1 and "sslrootcert /nowhere.pem" in said


def test_texts_in_a_join_file_are_checked_as_files_are(tmp_path) -> None:
    operator, authority = Operator(tmp_path), Authority(tmp_path)
    pem = authority.file.read_text().strip().replace("\n", "\n  ")
    assert _check(operator, f"[bus]\nssl = true\nssl_ca = {pem}\n[compute]\nfetch_ca = {pem}\n") == (0, [])
    status, (said,) = _check(operator, "[bus]\nagent_key = short\n")
    assert status == 1 and "at least 16 characters" in said


def test_servers_are_asked_when_wanted(tmp_path) -> None:
    operator = Operator(tmp_path)
    text = (f"[bus]\nurl = rabbit://nobody:none@127.0.0.1:1/none\n"
            f"[database]\nurl = sqlite:///{tmp_path}/db.sqlite\n")  # fmt: skip
    assert _check(operator, text) == (0, [])
    status, said = _check(operator, text, "--connect")
    assert status == 1 and [line.split(":")[0] for line in said] == ["[bus] url", "[database] url"]
    assert "refused" in said[0] and "db sync" not in said[0]
    assert operator.run("db", "sync")[0] == 0
    with sa.create_engine(f"sqlite:///{tmp_path}/db.sqlite").connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM hosts")).scalar() == 0
    status, said = _check(operator, text, "--connect")
    assert [line.split(":")[0] for line in said] == ["[bus] url"]
