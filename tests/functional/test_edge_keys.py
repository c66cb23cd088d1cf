"""Idempotency keys on the native APIs: every POST route, twice with one key, has one effect and one answer; answers
that are lost, keys used again for something else, two at once, and what may not be kept."""

import hashlib
import json
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlalchemy.exc import OperationalError

from nova_like import services
from nova_like.api.common import idempotency, server
from nova_like.api.common.front import Front
from nova_like.db.schema.compute import instances, keypairs
from nova_like.db.schema.flows import client_tokens, flows
from nova_like.db.schema.volumes import volumes
from nova_like.model.errors import Conflict
from tests.functional.sweep_entries import ENTRIES, Entry, is_error, references
from tests.functional.sweep_world import World
from tests.functional.test_sweep_tenants import NOT_YET, REFUSED

POSTS = [entry for entry in ENTRIES if entry.route.method == "POST" and not entry.route.open]
VOLUME = {"volume": {"size": 1, "name": "v"}}


def table(db: Any, which: sa.Table) -> list[Any]:
    return db.read(lambda tx: tx.rows(sa.select(which)))


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


@pytest.mark.parametrize("entry", POSTS, ids=str)
def test_every_post_takes_effect_once(tenants: World, entry: Entry) -> None:
    ids = {**tenants.theirs.ids, "flavor": "1"}
    for number, body in enumerate(entry.bodies()):
        if NOT_YET & {noun for _, noun in references(body)} or entry.key in REFUSED:
            continue
        user, home = "alice", {}
        first = tenants.ask(entry, user, ids, body, headers=key(f"k-{number}"))
        if first.status_int == 403:
            user, home = "admin", {"project_id": tenants.cloud.ids["project:admin"]} if entry.in_project else {}
            first = tenants.ask(entry, user, ids, body, headers=key(f"k-{number}"), **home)
        if first.status_int == 409:  # nothing was done, so nothing is kept
            tenants.restore()
            continue
        assert first.status_int < 300, first.text
        after = tenants.version()
        again = tenants.ask(entry, user, ids, body, headers=key(f"k-{number}"), **home)
        if "private_key" in first.text:
            assert again.status_int == 409 and "private key" in again.text
        else:
            assert (again.status_int, again.text) == (first.status_int, first.text)
            assert again.headers.get("Location") == first.headers.get("Location")
        assert tenants.version() == after, "the second request changed something"
        tenants.restore()


def create(cloud: Any, text: str, body: Any = VOLUME, user: str = "alice", path: str = "/volume/v3/volumes") -> Any:
    return cloud.call("POST", path, user, body, Idempotency_Key=text)


def test_a_key_is_of_one_request(cloud: Any) -> None:
    first = create(cloud, '"abc"')
    assert create(cloud, "abc").json == first.json  # quoted or not is the same
    for path, body in (
        ("/volume/v3/volumes", {"volume": {"size": 2, "name": "v"}}),
        ("/network/v2.0/security-groups", {"security_group": {"name": "g"}}),
    ):
        refused = create(cloud, "abc", body, path=path)
        assert refused.status_int == 422 and is_error(path.split("/")[1], refused), refused.text
    assert len(table(cloud.db, volumes)) == 1
    assert create(cloud, "def").json["volume"]["id"] != first.json["volume"]["id"]


def test_a_key_is_of_one_user_in_one_project(cloud: Any) -> None:
    made = [create(cloud, "abc", user=user).json["volume"]["id"] for user in ("alice", "amanda", "bob")]
    assert len(set(made)) == 3
    elsewhere = cloud.token("admin", project={"id": cloud.ids["project:admin"]})
    assert create(cloud, "abc", user=elsewhere).json["volume"]["id"] not in made


@pytest.mark.parametrize("text", ["", '""', "a b", "x" * 256, "é", '"a'])
def test_keys_that_are_none(cloud: Any, text: str) -> None:
    refused = create(cloud, text)
    assert refused.status_int == 400 and is_error("volume", refused), refused.text
    assert table(cloud.db, volumes) == []


def test_what_was_refused_is_not_kept(cloud: Any) -> None:
    assert create(cloud, "abc", {"volume": {"size": 10**6}}).status_int == 413
    assert table(cloud.db, client_tokens) == []
    assert create(cloud, "abc").status_int == 202


def test_requests_without_a_key_pay_nothing(cloud: Any) -> None:
    statements = list[str]()
    sa.event.listen(cloud.db.engine, "before_cursor_execute", lambda c, cur, text, *more: statements.append(text))
    cloud.call("POST", "/volume/v3/volumes", "alice", VOLUME)
    assert statements and not [text for text in statements if "client_tokens" in text]


class LostCommit:
    """The next commit takes place, and its answer is lost."""

    def __init__(self, cloud: Any) -> None:
        self.engine, self.armed = cloud.db.engine, True
        sa.event.listen(self.engine, "commit", self)

    def __call__(self, connection: Any) -> None:
        if self.armed:
            self.armed = False
            connection.connection.driver_connection.execute("COMMIT")
            raise OperationalError("COMMIT", {}, Exception("the server closed the connection"))


@pytest.mark.parametrize(
    ("path", "body", "which"),
    [
        ("/volume/v3/volumes", VOLUME, volumes),
        ("/compute/v2.1/os-keypairs", {"keypair": {"name": "k", "public_key": "<key>"}}, keypairs),
        ("/compute/v2.1/servers", "server", instances),
    ],
)
def test_an_answer_lost_with_the_commit_is_asked_for_again(tenants: World, path: str, body: Any, which: Any) -> None:
    """W: nobody knows whether it was done; with the key the client gets the one thing that was made."""
    cloud, ids = tenants.cloud, tenants.theirs.ids
    if body == "server":
        body = {
            "server": {"name": "n", "imageRef": ids["image"], "flavorRef": "1", "networks": [{"uuid": ids["network"]}]}
        }
    body = json.loads(json.dumps(body).replace("<key>", ids["public_key"]))
    before = len(table(cloud.db, which))
    lost = LostCommit(cloud)
    try:
        text = str(uuid.uuid4())
        first = create(cloud, text, body, path=path)
        assert first.status_int == 503 and not lost.armed, first.text
        made = table(cloud.db, which)
        assert len(made) == before + 1
        live = len(table(cloud.db, flows))
        second, third = (create(cloud, text, body, path=path) for _ in range(2))
        assert second.status_int in (200, 201, 202) and second.text == third.text
        (thing,) = second.json.values()
        assert thing.get("id", thing.get("name")) in {row["id"] for row in made} | {row.get("name") for row in made}
        assert len(table(cloud.db, which)) == before + 1 and len(table(cloud.db, flows)) == live
    finally:
        sa.event.remove(cloud.db.engine, "commit", lost)
        tenants.restore()


def test_many_at_once_make_one(cloud: Any) -> None:
    answers = list[Any]()
    cloud.token("alice")
    threads = [threading.Thread(target=lambda: answers.append(create(cloud, "abc"))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    good = [answer.text for answer in answers if answer.status_int == 202]
    assert good and len(set(good)) == 1 and {answer.status_int for answer in answers} <= {202, 409}
    assert len(table(cloud.db, volumes)) == 1


def test_one_that_is_being_answered(cloud: Any, monkeypatch: Any) -> None:
    from nova_like.db import client_tokens as repository

    monkeypatch.setattr(repository, "seize", lambda *args: False)
    for path, body in (
        ("/volume/v3/volumes", VOLUME),
        ("/network/v2.0/security-groups", {"security_group": {"name": "g"}}),
    ):
        refused = create(cloud, "abc", body, path=path)
        assert refused.status_int == 409 and is_error(path.split("/")[1], refused), refused.text
    assert table(cloud.db, volumes) == []


def test_a_key_for_two_transactions_is_a_defect(cloud: Any) -> None:
    from nova_like.model.context import Context

    with pytest.raises(RuntimeError), cloud.services.once.key(Context(project_id="p", user_id="u"), "k", "d"):
        cloud.db.transact(lambda tx: None)
        cloud.db.transact(lambda tx: None)
    with pytest.raises(Conflict), cloud.services.once.key(Context(project_id="p", user_id="u"), "k", "e"):
        cloud.db.transact(lambda tx: None)
    assert cloud.db.transact(lambda tx: 1) == 1


def test_S41_no_secret_is_kept_under_a_key(cloud: Any) -> None:
    path = f"/identity/v3/users/{cloud.ids['alice']}/credentials/OS-EC2"
    body = {"tenant_id": cloud.ids["north"]}
    first, again = (create(cloud, "abc", body, path=path) for _ in range(2))
    secret = first.json["credential"]["secret"]
    assert again.json == first.json and len(secret) > 20
    made = create(cloud, "def", {"keypair": {"name": "k"}}, path="/compute/v2.1/os-keypairs").json["keypair"]
    lines = made["private_key"].splitlines()
    kept = repr(table(cloud.db, client_tokens))
    assert len(table(cloud.db, client_tokens)) == 2
    assert secret not in kept and lines[len(lines) // 2] not in kept


def test_S41_what_is_kept_cannot_be_tried_against_guesses(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who reads the row knows all of the request but its password."""
    said = list[bytes]()
    real = idempotency.wire.encode
    monkeypatch.setattr(idempotency.wire, "encode", lambda value: said.append(real(value)) or said[-1])
    assert create(cloud, "abc").status_int == 202
    (row,) = table(cloud.db, client_tokens)
    assert said and row["digest"] not in {hashlib.sha256(text).hexdigest() for text in said}


def test_a_key_outlives_the_keys_of_the_controllers(cloud: Any) -> None:
    """A new Fernet key is put beside the old one; what was done before is still known."""
    first = create(cloud, "abc")
    path = Path(cloud.conf.identity.key_repository)
    (path / "2").write_bytes(Fernet.generate_key())
    changed = services.build(cloud.conf, cloud.db)
    cloud.app = Front(server.load(cloud.conf), changed, cloud.conf)
    again, other = create(cloud, "abc"), create(cloud, "abc", {"volume": {"size": 2, "name": "v"}})
    assert (again.status_int, again.json) == (first.status_int, first.json) and other.status_int == 422
