"""S41: after real work and real mistakes in both dialects no secret is where it does not belong: in no log, argument,
environment, message or row, and in no file that others may read. Daemons log at debug."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import secrets
import stat
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import kombu
import pytest
import sqlalchemy as sa

from nova_like.db.schema import METADATA
from nova_like.rpc.signing import agent_key
from tests.acceptance.trial_cloud import TrialCloud
from tools.trial.client import Client, Refused
from tools.trial.credentials import Credentials
from tools.trial.layout import Layout
from tools.trial.postgres import Postgres
from tools.trial.processes import descendants
from tools.trial.rabbit import VHOST, Rabbit

PLANTED = f"canary-{secrets.token_hex(12)}"  # put where each search must find it
NATIVE = "/compute/v2.1"


def canary(name: str) -> str:
    return f"{name}-{secrets.token_hex(16)}"


class Tap:
    """Every message of the broker, replies too, by RabbitMQ's own tracing."""

    def __init__(self, rabbit: Rabbit) -> None:
        self.rabbit, self.bodies = rabbit, list[bytes]()
        rabbit.add_user("tap", "tap-" + secrets.token_hex(8))
        rabbit.ctl("-p", VHOST, "trace_on")
        self._connection = kombu.Connection("amqp" + rabbit.url("tap").removeprefix("rabbit"))
        exchange = kombu.Exchange("amq.rabbitmq.trace", type="topic", no_declare=True)
        queue = kombu.Queue("", exchange, "publish.#", exclusive=True)
        self._consumer = self._connection.Consumer([queue], callbacks=[self._take], accept=None, no_ack=True)
        self._stop = threading.Event()

    def _take(self, body: Any, message: Any) -> None:
        raw = message.body
        self.bodies.append(raw.encode() if isinstance(raw, str) else bytes(raw))

    def __enter__(self) -> Tap:
        self._consumer.consume()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def _run(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                self._connection.drain_events(timeout=0.5)

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join(20)
        self._connection.release()
        self.rabbit.ctl("-p", VHOST, "trace_off")


class Work:
    """The cloud and what was done in it. `never`: nowhere; `lately`: not in logs, arguments and environments."""

    def __init__(self, cloud: TrialCloud) -> None:
        self.cloud, self.layout = cloud, Layout(cloud.state)
        self.keys = Credentials(self.layout)
        kept = json.loads((self.layout.secrets / "cloud.json").read_text())
        addresses = [path.name.rpartition("-")[2] for path in self.layout.secrets.glob("bus-key-*")]
        fernet = [path.read_text().strip() for path in cloud.state.rglob("*fernet*/*") if path.is_file()]
        assert fernet and addresses
        self.never = {
            "passwords": [kept["admin"], kept["demo"]], "link key": [kept["link"]], "master key": [kept["master"]],
            "agents' keys": [agent_key(kept["master"].encode(), address).decode() for address in addresses],
            "broker passwords": list(kept["bus"].values()), "EC2 secret": [kept["ec2"]["secret"]],
            "Fernet keys": fernet, "wrong password": [canary("wrong")], "admin password": [canary("Pass")],
            "guest's password": [canary("Guest")], "foreign token": [canary("gAAAAAB")], "odd field": [canary("odd")],
        }  # fmt: skip
        self.data = canary("userdata")
        self.lately = {"user data": [self.data, base64.b64encode(self.data.encode()).decode()]}
        self.user = Client(self.keys.url, "demo", kept["demo"], "demo")

    def do(self) -> None:
        """Things that work, things that do not."""
        self.user.get(f"{NATIVE}/servers")
        self.never["tokens"] = [self.user._token]
        pair = self.user.post(f"{NATIVE}/os-keypairs", {"keypair": {"name": "canary"}})["keypair"]
        self.never["private key"] = [line for line in pair["private_key"].splitlines() if len(line) > 50][:5]
        self._boot()
        self._fail()
        self._ec2()

    def _boot(self) -> None:
        flavor = next(f["id"] for f in self.user.get(f"{NATIVE}/flavors")["flavors"] if f["name"] == "m1.nano")
        image = self.user.get("/image/v2/images")["images"][0]["id"]
        network = self.user.get("/network/v2.0/networks")["networks"][0]["id"]
        body = {"name": "canary", "flavorRef": flavor, "imageRef": image, "networks": [{"uuid": network}],
                "adminPass": self.never["admin password"][0], "key_name": "canary",
                "user_data": self.lately["user data"][1]}  # fmt: skip
        id = self.user.post(f"{NATIVE}/servers", {"server": body})["server"]["id"]
        self.cloud.wait(lambda: self.user.get(f"{NATIVE}/servers/{id}")["server"]["status"] == "ACTIVE", "no boot")
        change = {"adminPass": self.never["guest's password"][0]}
        self.user.post(f"{NATIVE}/servers/{id}/action", {"changePassword": change})
        self.user.post(f"{NATIVE}/servers/{id}/action", {"reboot": {"type": "HARD"}})
        self.user.post(f"{NATIVE}/servers/{id}/action", {"os-getConsoleOutput": {}})  # a call, with its reply
        for change in ({"flavorRef": "none"}, {"flavorRef": 7}, {self.never["odd field"][0]: 1}, {"networks": "x"}):
            _refused(lambda change=change: self.user.post(f"{NATIVE}/servers", {"server": {**body, **change}}))
        self.user.call("DELETE", f"{NATIVE}/servers/{id}")

    def _fail(self) -> None:
        wrong = Client(self.keys.url, "demo", self.never["wrong password"][0], "demo")
        _refused(lambda: wrong.get(f"{NATIVE}/servers"))
        stranger = Client(self.keys.url, "demo", "", "demo")
        stranger._token = self.never["foreign token"][0]
        _refused(lambda: stranger.get(f"{NATIVE}/servers"))
        text = json.dumps({"auth": {"password": self.never["wrong password"][0]}})
        for body in (text, text[:-2], text.replace("auth", "auht")):
            _refused(lambda body=body: self.user.call("POST", "/identity/v3/auth/tokens", body.encode()))

    def _ec2(self) -> None:
        images = self.cloud.aws("ec2", "describe-images")["Images"]
        words = ["--image-id", images[0]["ImageId"], "--instance-type", "m1.nano", "--user-data", self.data]
        self.cloud.aws("ec2", "run-instances", *words)
        assert not self.cloud.try_aws("ec2", "run-instances", *words[:3], "none.such").ok
        path = self.cloud.state / "ec2rc"
        good = path.read_text()
        secret = self.never["EC2 secret"][0]
        try:
            path.write_text(good.replace(secret, self.never["wrong password"][0]))
            assert not self.cloud.try_aws("ec2", "describe-instances").ok
        finally:
            path.write_text(good)

    # -- where to look

    def logs(self) -> Iterator[tuple[str, bytes]]:
        for path in self.cloud.state.rglob("*.log"):
            yield str(path), path.read_bytes()

    def processes(self) -> Iterator[tuple[str, bytes]]:
        roots = list(self.cloud.pids().values())
        for pid in {*roots, *(child for root in roots for child in descendants(root))}:
            for what in ("cmdline", "environ"):
                with contextlib.suppress(OSError):
                    yield f"{pid} {what}", Path(f"/proc/{pid}/{what}").read_bytes()

    def rows(self) -> Iterator[tuple[str, bytes]]:
        engine = sa.create_engine(Postgres(self.layout.state / "postgres").url())
        with engine.connect() as connection:
            for table in METADATA.sorted_tables:
                for row in connection.execute(sa.select(table)).mappings():
                    yield table.name, repr(dict(row)).encode()
        engine.dispose()

    def open_files(self) -> Iterator[tuple[str, bytes]]:
        """Files of the state directory that others may read; the servers' own data are the servers' affair."""
        for folder, names, files in os.walk(self.cloud.state):
            names[:] = [
                name for name in names if not _is_closed(Path(folder) / name) and name not in ("data", "mnesia")
            ]
            for path in (Path(folder) / name for name in files):
                if path.is_file() and not path.is_symlink() and not _is_closed(path) and path.stat().st_size < 1 << 22:
                    yield str(path), path.read_bytes()


def _is_closed(path: Path) -> bool:
    return not stat.S_IMODE(path.lstat().st_mode) & 0o077


def _refused(call: Any) -> None:
    with pytest.raises(Refused):
        call()


def found(secrets_: dict[str, list[str]], places: Iterable[tuple[str, bytes]]) -> set[str]:
    """`what in where` for each secret that is somewhere, as it is or in base 64."""
    wanted = {}
    for name, values in secrets_.items():
        for value in values:
            assert len(value) >= 16, name
            wanted[value.encode()] = name
            for shift in range(3):  # inside a longer text in base 64, too
                packed = base64.b64encode(b"." * shift + value.encode())
                wanted[packed[4 if shift else 0 : -4]] = name
    pattern = re.compile(b"|".join(map(re.escape, wanted)))
    return {f"{wanted[hit]} in {where}" for where, text in places for hit in pattern.findall(text)}


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Work, list[bytes]]]:
    state = tmp_path_factory.mktemp("secrets") / "s"
    cloud = TrialCloud(state, "--hypervisor", "fake", "--hosts", "2", "--no-guest", "--set", "DEFAULT.debug=true")
    try:
        cloud.up()
        work = Work(cloud)
        tap = Tap(Rabbit(work.layout.state / "rabbit"))
        with tap:
            work.do()
            with kombu.Connection("amqp" + tap.rabbit.url("tap").removeprefix("rabbit")) as connection:
                connection.Producer().publish(PLANTED, routing_key="nobody", serializer="raw")
            cloud.wait(lambda: any(PLANTED.encode() in body for body in tap.bodies), "the tap is dry")
        yield work, tap.bodies
    finally:
        cloud.down("--purge")


def test_S41_messages(worked: tuple[Work, list[bytes]]) -> None:
    work, bodies = worked
    places = [("messages", body) for body in bodies]
    assert len(bodies) > 20 and any(b'"spawn"' in body for body in bodies)
    assert found(work.never, places) == set()
    assert found({"planted": [PLANTED]}, places) == {"planted in messages"}


def test_S41_logs(worked: tuple[Work, list[bytes]]) -> None:
    work, _ = worked
    assert found({**work.never, **work.lately}, work.logs()) == set()
    assert sum(text.count(b"POST /identity") for _, text in work.logs()) >= 4  # and among them the refused ones
    (work.layout.logs / "planted.log").write_text(f"password={PLANTED}\n")
    assert len(found({"planted": [PLANTED]}, work.logs())) == 1


def test_S41_arguments_and_environments(worked: tuple[Work, list[bytes]]) -> None:
    work, _ = worked
    assert found({**work.never, **work.lately}, work.processes()) == set()
    paths = {"planted": [str(work.cloud.state)]}  # what is in the arguments of each daemon
    assert len(found(paths, work.processes())) >= 5


def test_S41_rows(worked: tuple[Work, list[bytes]]) -> None:
    work, _ = worked
    assert found(work.never, work.rows()) == set()
    assert {entry.partition(" in ")[2] for entry in found(work.lately, work.rows())} >= {"instances"}  # it must look


def test_S41_S44_files_that_others_may_read(worked: tuple[Work, list[bytes]]) -> None:
    work, _ = worked
    assert found({**work.never, **work.lately}, work.open_files()) == set()
    path = work.cloud.state / "planted"
    path.write_text(PLANTED)
    path.chmod(0o644)
    assert f"planted in {path}" in found({"planted": [PLANTED]}, work.open_files())


def test_S41_no_daemon_leaves_a_core(worked: tuple[Work, list[bytes]]) -> None:
    """A core would hold every key."""
    work, _ = worked
    ours = {name: pid for name, pid in work.cloud.pids().items() if name not in ("supervisor", "rabbit", "postgres")}
    limits = {name: Path(f"/proc/{pid}/limits").read_text() for name, pid in ours.items() if "epmd" not in name}
    assert all(re.search(r"Max core file size +0 +", text) for text in limits.values()), limits.keys()
    assert len(limits) >= 5
