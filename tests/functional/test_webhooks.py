"""Webhooks: what a project is told of its instances, signed, and what becomes of it when nobody takes it."""

import base64
import hashlib
import hmac
import ipaddress
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sqlalchemy as sa

from nova_like.cmd import scheduler_parts
from nova_like.db import notices
from nova_like.db.schema.notices import notices as table
from nova_like.db.schema.notices import webhook_deliveries as deliveries
from nova_like.images.download import Rules
from nova_like.scheduler.delivering import Delivering
from nova_like.scheduler.notifying import Notifying
from tests.functional.compute_world import Console, add_host
from tests.functional.conftest import Cloud

KEY = "k" * 32
LOOPBACK = (ipaddress.ip_network("127.0.0.1/32"),)


class Ear:
    """An HTTP server that answers as `says` and keeps (headers, body) of what it is sent."""

    def __init__(self) -> None:
        self.says, self.heard = 204, list[tuple[Any, bytes]]()
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                ear.heard.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(ear.says)
                self.end_headers()

            def log_message(self, *args: Any) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    yield made
    made.http.shutdown()
    made.http.server_close()


class Told:
    """A cloud whose projects may name `ear`, and the scheduler's two duties over its database."""

    def __init__(self, cloud: Cloud, ear: Ear) -> None:
        self.cloud, self.ear = cloud, ear
        rules = Rules((ear.port,), LOOPBACK, 30.0, 60.0)
        cloud.services.webhooks._rules = rules
        self.bus: list[Any] = []
        self.notifying = Notifying(cloud.db, self.bus.extend)
        self.delivering = Delivering(cloud.db, KEY, rules, 3600.0)
        add_host(cloud.db)

    def hook(self, user: str = "alice", **more: Any) -> Any:
        asked = {"url": f"http://127.0.0.1:{self.ear.port}/told?x=1", **more}
        answer = self.cloud.call("POST", "/compute/v2.1/os-webhooks", user, {"webhook": asked})
        assert answer.status_int == 201, answer.text
        return answer.json["webhook"]

    def boot(self, user: str = "alice") -> str:
        image = self.cloud.call("POST", "/image/v2/images", user, {"disk_format": "raw", "container_format": "bare"})
        path = f"/image/v2/images/{image.json['id']}/file"
        kind = "application/octet-stream"
        assert self.cloud.call("PUT", path, user, b"\0" * 512, Content_Type=kind).status_int == 204
        body = {"server": {"name": "web", "imageRef": image.json["id"], "flavorRef": "1", "networks": "none"}}
        answer = self.cloud.call("POST", "/compute/v2.1/servers", user, body, OpenStack_API_Version="compute 2.60")
        assert answer.status_int == 202, answer.text
        return str(answer.json["server"]["id"])

    def deliver(self) -> int:
        self.notifying.tell()
        return self.delivering.deliver()

    def owed(self) -> list[dict[str, Any]]:
        return self.cloud.db.read(lambda tx: tx.rows(sa.select(deliveries)))


@pytest.fixture
def told(tmp_path: Any, ear: Ear) -> Iterator[Told]:
    cloud = Cloud(tmp_path, compute=Console())
    yield Told(cloud, ear)
    cloud.db.dispose()


def test_its_project_is_told_and_can_prove_by_whom(told: Told) -> None:
    hook, others = told.hook(), told.hook("bob")
    assert told.hook("alice", events=["instance.delete.*"])["secret"] != hook["secret"] != others["secret"]
    server = told.boot()
    assert told.deliver() == 1 and told.owed() == []
    ((headers, data),) = told.ear.heard
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + data
    key = base64.b64decode(hook["secret"].removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    body = json.loads(data)
    facts = body["payload"]["nova_object.data"]
    assert (body["event_type"], body["priority"], facts["uuid"]) == ("instance.create.start", "INFO", server)
    assert (facts["state"], facts["display_name"], facts["fault"]) == ("building", "web", None)
    assert "host" not in facts and body["publisher_id"] == "nova-compute"
    (published,) = told.bus
    assert published["message_id"] == headers["webhook-id"] and "host" in published["payload"]["nova_object.data"]
    assert told.notifying.tell() == 0 and told.notifying.counters == {"told": 1}


def test_a_delivery_that_is_not_taken_is_tried_again(told: Told) -> None:
    told.hook()
    told.boot()
    told.ear.says = 500
    assert told.deliver() == 1
    (row,) = told.owed()
    assert row["attempts"] == 1 and row["due_at"] > row["created_at"]
    assert told.deliver() == 0
    told.ear.says = 200
    told.cloud.change(sa.update(deliveries).values(due_at=0.0))
    assert told.deliver() == 1 and told.owed() == []
    assert told.delivering.counters == {"refused": 1, "delivered": 1}
    assert len({headers["webhook-id"] for headers, _ in told.ear.heard}) == 1 and len(told.ear.heard) == 2


def test_a_key_that_could_be_guessed_is_refused(told: Told) -> None:
    conf = told.cloud.conf
    conf.set_override("link_key", KEY, "images")
    conf.set_override("webhook_key", KEY[1:], "notifications")
    with pytest.raises(ValueError, match="webhook_key is shorter than 32"):
        scheduler_parts.make(conf, None, told.cloud.db)


def test_what_is_too_old_is_given_up(told: Told) -> None:
    told.hook()
    told.boot()
    told.ear.says = 410
    told.notifying.tell()
    told.cloud.change(sa.update(deliveries).values(created_at=0.0))
    assert told.deliver() == 1 and told.owed() == [] and told.delivering.counters == {"given_up": 1}


def test_a_broker_that_is_away_loses_nothing(told: Told) -> None:
    told.hook()
    told.boot()

    def away(bodies: Any) -> None:
        raise RuntimeError("away")

    with pytest.raises(RuntimeError):
        Notifying(told.cloud.db, away).tell()
    assert told.owed() == [] and told.notifying.tell() == 1 and len(told.owed()) == 1


def test_an_end_is_told_with_its_fault(told: Told) -> None:
    server = told.boot()
    flow = told.cloud.db.read(lambda tx: tx.scalar(sa.text("SELECT id FROM flows")))
    told.notifying.tell()
    fault = {"kind": "NoValidHost", "reason": "No valid host was found."}
    told.cloud.db.transact(lambda tx: notices.write(tx, [flow], "error", fault))
    told.notifying.tell()
    body = told.bus[-1]
    assert (body["event_type"], body["priority"]) == ("instance.create.error", "ERROR")
    facts = body["payload"]["nova_object.data"]
    assert facts["uuid"] == server
    assert facts["fault"]["nova_object.data"]["exception_message"] == "No valid host was found."


def test_bad_webhooks(told: Told) -> None:
    def ask(**asked: Any) -> tuple[int, str]:
        answer = told.cloud.call("POST", "/compute/v2.1/os-webhooks", "alice", {"webhook": asked})
        return answer.status_int, answer.text

    good = f"http://127.0.0.1:{told.ear.port}/"
    for url in (
        "http://127.0.0.1:1/",
        "http://10.0.0.1/",
        "file:///etc/passwd",
        "x",
        f"http://u@127.0.0.1:{told.ear.port}/",
    ):
        assert ask(url=url)[0] == 400, url
    assert ask(url=good, events=["instance.dance.*"])[0] == 400
    assert ask(url=good, secret="mine")[0] == 400
    for _ in range(10):
        assert ask(url=good)[0] == 201
    assert ask(url=good)[0] == 403
    answer = told.cloud.call("POST", "/compute/v2.1/os-webhooks", "ron", {"webhook": {"url": good}})
    assert answer.status_int == 403
    shown = told.cloud.call("GET", "/compute/v2.1/os-webhooks", "ron").json["webhooks"]
    assert len(shown) == 10 and "secret" not in shown[0]
    path = f"/compute/v2.1/os-webhooks/{shown[0]['id']}"
    assert told.cloud.call("GET", path, "alice").json["webhook"] == shown[0]
    assert told.cloud.call("DELETE", path, "alice").status_int == 204
    assert told.cloud.call("GET", path, "alice").status_int == 404


def test_nobody_is_told_where_nobody_asked(tmp_path: Any) -> None:
    from nova_like.db.notices import write
    from nova_like.flows.notifying import notify_of
    from nova_like.flows.start import nobody

    cloud = Cloud(tmp_path)
    assert notify_of(cloud.conf) is write
    cloud.conf.set_override("webhook_key", "", "notifications")
    assert notify_of(cloud.conf) is nobody
    assert cloud.db.read(lambda tx: tx.rows(sa.select(table))) == []
    cloud.db.dispose()
