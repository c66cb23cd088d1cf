"""What the trial cloud writes: configuration that the daemons accept, client files, secrets, remembered options."""

import configparser
import io
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from nova_like import conf as configuration
from nova_like import logs
from tools.trial import client_files, settings
from tools.trial.credentials import CONTROLLER, Credentials
from tools.trial.daemons import Daemons
from tools.trial.layout import Layout, Options
from tools.trial.postgres import Postgres
from tools.trial.processes import Failed
from tools.trial.progress import Progress
from tools.trial.rabbit import Rabbit
from tools.trial.supervise import read


def made(state: Path, **options: object) -> Daemons:
    layout, wanted = Layout(state), Options(**options)  # type: ignore[arg-type]
    layout.make()
    credentials = Credentials(layout)
    credentials.make()
    rabbit = Rabbit(state / "rabbit")
    users = [CONTROLLER, "volume-v1"]
    users += [f"{kind}-{host}" for kind in ("compute", "network") for host in ("fakes", "c1", "c2")]
    for user in users:
        rabbit.add_user(user, credentials.bus_password(user))
    return Daemons(layout, wanted, credentials, rabbit, Postgres(state / "postgres"))


@pytest.fixture
def state() -> Iterator[Path]:
    """Short, as sockets live below it."""
    with tempfile.TemporaryDirectory(prefix="nl-") as path:
        yield Path(path)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (
            {"computes": 2, "schedulers": 2},
            "relay-c1 relay-c2 api scheduler-1 scheduler-2 console compute-c1 network-c1 compute-c2 network-c2 volume",
        ),
        ({"hypervisor": "fake", "hosts": 7}, "api scheduler-1 compute network volume"),
        ({"hypervisor": "fake", "console": True}, "api scheduler-1 console compute network volume"),
        ({"simulate": True}, "all"),
    ],
)
def test_every_daemon_has_a_configuration_without_unknown_names(state: Path, options: dict, names: str) -> None:
    daemons = made(state, set={"fake.delay_ms": "700"}, **options)
    entries = daemons.write()
    assert [entry.name for entry in entries] == names.split()
    assert read(state / "processes.json") == entries
    known = configuration.new()
    logs.register(known)
    for path in (state / "etc").glob("*.conf"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        parser = configparser.ConfigParser(interpolation=None, default_section="none")
        parser.read(path)
        for group in parser.sections():
            there = known if group == "DEFAULT" else known[group]
            assert [name for name in parser[group] if not hasattr(there, name)] == [], (path.name, group)
        assert parser["fake"]["delay_ms"] == "700"
    assert all(str(state) in word for entry in entries for word in entry.argv[-1:] if entry.name[:5] != "relay")


def test_only_controllers_know_the_database_and_the_master_key(state: Path) -> None:
    made(state, computes=2).write()
    for path in (state / "etc").glob("*.conf"):
        text = path.read_text()
        is_controller = path.stem.startswith(("api", "scheduler", "console", "manage"))
        assert ("[database]" in text and "bus-master-key" in text) == is_controller, path.name
        assert (f"rabbit://{CONTROLLER}:" in text) == is_controller, path.name


def test_unchanged_options_write_unchanged_files(state: Path) -> None:
    first = made(state, computes=1).write()
    again = made(state, computes=1).write()
    assert first == again
    assert made(state, computes=1, set={"fake.vcpus": "3"}).write() != first


def test_client_files(state: Path) -> None:
    layout = Layout(state)
    layout.make()
    credentials = Credentials(layout)
    credentials.make()
    client_files.write(layout, credentials)
    clouds = yaml.safe_load((state / "clouds.yaml").read_text())["clouds"]
    assert set(clouds) == {"nova-like", "nova-like-admin"}
    assert clouds["nova-like"]["auth"]["password"] == credentials.password("demo")
    assert clouds["nova-like"]["auth"]["auth_url"] == f"http://127.0.0.1:{credentials.api_port}/identity/v3"
    assert not (state / "ec2rc").exists()
    credentials.keep_ec2("AK", "SK")
    client_files.write(layout, Credentials(layout))
    assert "export AWS_ACCESS_KEY_ID='AK'\n" in (state / "ec2rc").read_text()
    secret = [path for path in (state / "secrets").iterdir() if not path.name.endswith(".pub")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}


def test_options_are_remembered(state: Path) -> None:
    layout = Layout(state)
    assert layout.options() is None
    layout.keep(Options(computes=3, set={"a.b": "c"}))
    assert Layout(state).options() == Options(computes=3, set={"a.b": "c"})


def test_a_secret_file_is_never_readable_by_others(state: Path) -> None:
    path = state / "deep" / "secret"
    settings.write_secret(path, "one")
    settings.write_secret(path, "two")
    assert path.read_text() == "two" and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_progress_says_what_failed() -> None:
    out = io.StringIO()
    progress = Progress(out=out)
    with progress.stage("one") as note:
        note("already running")
    with pytest.raises(Failed), progress.stage("two"):
        raise Failed("no")
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("one ") and lines[0].endswith("already running")
    assert lines[1].startswith("two ") and "FAILED" in lines[1]


def test_purge_removes_trial_clouds_only(tmp_path: Path) -> None:
    """A slip of the pen (`--state ~ --purge`) must not cost a directory."""
    (tmp_path / "thesis").touch()
    argv = [sys.executable, str(Path(__file__).parents[3] / "tools" / "down"), "--state", str(tmp_path), "--purge"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert (tmp_path / "thesis").exists()
