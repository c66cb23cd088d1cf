"""Races that SQLite cannot have, on a PostgreSQL of our own: a quota that five hundred requests want at once (W9, S27),
and one idempotency key used by many."""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from webob import Request

from nova_like import conf as configuration
from nova_like import services
from nova_like.api.common import server
from nova_like.api.common.front import Front
from nova_like.db import audit, quotas
from nova_like.db.engine import Database
from nova_like.db.schema import METADATA
from nova_like.db.schema.compute import instances
from nova_like.db.schema.flows import client_tokens, flows
from nova_like.db.schema.quotas import quota_usages
from nova_like.services import bootstrap
from nova_like.services.bootstrap import Person
from tests.functional.compute_world import add_host, add_image
from tools.trial.postgres import Postgres

pytestmark = pytest.mark.root
RACERS, QUOTA, PATIENCE = 500, 100, 300.0


class Cloud:
    """The API on that database; no daemons."""

    def __init__(self, postgres: Postgres, name: str, folder: Path) -> None:
        postgres.drop(name)
        postgres.create(name)
        self.conf = configuration.new()
        self.conf([], default_config_files=[])
        for group, option, value in (
            ("identity", "key_repository", str(folder / "keys")), ("identity", "password_rounds", 4),
            ("database", "url", postgres.url(name)), ("api", "public_url", "http://localhost"),
            ("api", "max_wait_seconds", PATIENCE), (None, "state_path", str(folder)),
        ):  # fmt: skip
            self.conf.set_override(option, value, group)
        self.db = Database(self.conf.database.url)
        METADATA.create_all(self.db.engine)
        bootstrap.run(self.db, self.conf, [Person("alice", "north", "password", ("member",))], "http://localhost", "R")
        self.services = services.build(self.conf, self.db)
        self.app = Front(server.load(self.conf), self.services, self.conf)
        user = {"name": "alice", "domain": {"id": "default"}, "password": "password"}
        scope = {"project": {"name": "north", "domain": {"id": "default"}}}
        login = self.post("/identity/v3/auth/tokens", {"auth": {
            "identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}})  # fmt: skip
        self.token, self.project = login.headers["X-Subject-Token"], login.json["token"]["project"]["id"]
        add_host(self.db)
        image = add_image(self.db, self.project)
        self.server = {"server": {"name": "n", "imageRef": image, "flavorRef": "1"}}

    def post(self, path: str, body: Any, **headers: str) -> Any:
        request = Request.blank(
            path, method="POST", headers={name.replace("_", "-"): headers[name] for name in headers}
        )
        request.json, request.content_type = body, "application/json"
        if hasattr(self, "token"):
            request.headers["X-Auth-Token"] = self.token
        return request.get_response(self.app)

    def boot(self, **headers: str) -> Any:
        return self.post("/compute/v2.1/servers", self.server, **headers)

    def at_once(self, number: int, **headers: str) -> list[Any]:
        answers: list[Any] = []
        threads = [threading.Thread(target=lambda: answers.append(self.boot(**headers))) for _ in range(number)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        return answers

    def count(self, table: sa.Table) -> int:
        return int(self.db.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(table))))

    def used(self) -> int:
        statement = sa.select(quota_usages.c.used).where(quota_usages.c.resource == "instances")
        return int(self.db.read(lambda tx: tx.scalar(statement)))


@pytest.fixture
def cloud(postgres: Postgres, tmp_path: Path) -> Iterator[Cloud]:
    made = Cloud(postgres, "edge", tmp_path)
    yield made
    made.db.dispose()


def race(cloud: Cloud) -> list[str]:
    """What is wrong after five hundred boots for a hundred places."""
    limits = {"instances": QUOTA, "cores": 10 * RACERS, "ram": 10**9}
    cloud.db.transact(lambda tx: quotas.set_limits(tx, cloud.project, limits))
    statuses = Counter(answer.status_int for answer in cloud.at_once(RACERS))
    have = {"answers": dict(statuses), "instances": cloud.count(instances), "flows": cloud.count(flows),
            "used": cloud.used()}  # fmt: skip
    want = {"answers": {202: QUOTA, 403: RACERS - QUOTA}, "instances": QUOTA, "flows": QUOTA, "used": QUOTA}
    return [f"{name}: {value}" for name, value in have.items() if value != want[name]]


def test_S27_W9_five_hundred_creates_at_quota_one_hundred(cloud: Cloud) -> None:
    assert race(cloud) == []
    assert cloud.db.read(audit.discrepancies) == []


def test_S27_W9_is_found_when_the_quota_is_looked_at_before(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """As others do it: read what is used, compare, write."""

    def take(tx: Any, project_id: str, amounts: dict[str, int], defaults: dict[str, int]) -> None:
        quotas.check(amounts, quotas.usages(tx, project_id), quotas.limits(tx, project_id, defaults))
        quotas._make_rows(tx, project_id, amounts)
        quotas._add(tx, project_id, amounts, 1)

    monkeypatch.setattr(quotas, "take", take)
    assert race(cloud)


def test_one_key_at_once(cloud: Cloud) -> None:
    answers = cloud.at_once(40, Idempotency_Key="one")
    good = {answer.text for answer in answers if answer.status_int == 202}
    assert len(good) == 1 and {answer.status_int for answer in answers} <= {202, 409}
    assert cloud.count(instances) == cloud.count(flows) == cloud.count(client_tokens) == cloud.used() == 1
    assert cloud.boot(Idempotency_Key="one").text in good


def test_one_that_is_being_answered_is_told_so(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go, real = threading.Event(), threading.Event(), quotas.take

    def slow(*args: Any) -> None:
        begun.set()
        assert go.wait(PATIENCE)
        real(*args)

    monkeypatch.setattr(quotas, "take", slow)
    answers: list[Any] = []
    first = threading.Thread(target=lambda: answers.append(cloud.boot(Idempotency_Key="one")))
    first.start()
    try:
        assert begun.wait(PATIENCE)
        assert cloud.boot(Idempotency_Key="one").status_int == 409
    finally:
        go.set()
        first.join(PATIENCE)
    assert answers[0].status_int == 202 and cloud.boot(Idempotency_Key="one").text == answers[0].text


def test_an_answer_lost_with_the_commit(cloud: Cloud) -> None:
    lost: list[int] = []

    def lose(connection: Any) -> None:
        if not lost:
            lost.append(1)
            connection.connection.driver_connection.commit()
            raise OperationalError("COMMIT", {}, Exception("the server closed the connection unexpectedly"))

    sa.event.listen(cloud.db.engine, "commit", lose)
    first = cloud.boot(Idempotency_Key="one")
    assert first.status_int == 503 and cloud.count(instances) == 1, first.text
    again = cloud.boot(Idempotency_Key="one")
    assert again.status_int == 202 and cloud.count(instances) == cloud.count(flows) == cloud.used() == 1
    assert cloud.db.read(lambda tx: tx.scalar(sa.select(instances.c.id))) == again.json["server"]["id"]
