"""Notifications of real flows on PostgreSQL, over a real RabbitMQ, as oslo.messaging's own listener takes them."""

import queue
import shutil
from collections.abc import Iterator
from typing import Any

import oslo_messaging
import pytest
from oslo_config import cfg

from nova_like import conf as configuration
from nova_like.db import notices
from nova_like.model.errors import Unavailable
from nova_like.rpc.notifier import Notifier
from nova_like.rpc.permissions import permissions
from nova_like.scheduler.notifying import Notifying
from tests.flows.cloud import CTX, LittleCloud
from tests.flows.scenarios import boot, instances
from tests.integration.private_rabbit import Broker

pytestmark = pytest.mark.root
PATIENCE = 90.0


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    directory = tmp_path_factory.mktemp("rabbit")
    made = Broker(directory)
    made.start()
    made.ctl("add_user", "controller", "secret")
    made.ctl("set_permissions", "controller", *permissions("controller"))
    yield made
    made.remove()
    shutil.rmtree(directory)


class Listener:
    """A stock listener of `versioned_notifications`; `heard` are (event type, priority, payload, context)."""

    def __init__(self, broker: Broker) -> None:
        self.heard: queue.Queue[Any] = queue.Queue()
        transport = oslo_messaging.get_notification_transport(cfg.ConfigOpts(), url=broker.url())
        target = oslo_messaging.Target(exchange="nova", topic="versioned_notifications")
        self._listener = oslo_messaging.get_notification_listener(transport, [target], [self], executor="threading")
        self._listener.start()

    def info(self, ctxt: Any, publisher_id: str, event_type: str, payload: Any, metadata: Any) -> None:
        self.heard.put((event_type, "info", payload, {**ctxt, **metadata, "publisher": publisher_id}))

    def error(self, ctxt: Any, publisher_id: str, event_type: str, payload: Any, metadata: Any) -> None:
        self.heard.put((event_type, "error", payload, {**ctxt, **metadata, "publisher": publisher_id}))

    def stop(self) -> None:
        self._listener.stop()
        self._listener.wait()


@pytest.fixture
def notifier(broker: Broker) -> Iterator[Notifier]:
    conf = configuration.new()
    conf([], default_config_files=[])
    conf.set_override("url", broker.url("controller", "secret"), "bus")
    made = Notifier(conf)
    yield made
    made.close()


def test_oslo_messaging_hears_an_instances_life(broker: Broker, notifier: Notifier, cloud: LittleCloud) -> None:
    cloud.starter.notify = notices.write
    notifying = Notifying(cloud.database, notifier.publish)
    listener = Listener(broker)
    try:
        id = boot(cloud)
        assert cloud.settle()
        instances(cloud).delete(CTX, id)
        assert cloud.settle()
        assert notifying.tell() == 4 and notifying.tell() == 0
        heard = [listener.heard.get(timeout=PATIENCE) for _ in range(4)]
    finally:
        listener.stop()
    assert [event for event, *_ in heard] == [f"instance.{name}" for name in (
        "create.start", "create.end", "delete.start", "delete.end")]  # fmt: skip
    _, priority, payload, context = heard[1]
    data = payload["nova_object.data"]
    assert (priority, payload["nova_object.name"]) == ("info", "InstanceActionPayload")
    assert (data["uuid"], data["state"], data["tenant_id"]) == (id, "active", CTX.project_id)
    assert context["request_id"] == data["request_id"] == CTX.request_id and data["host"] in context["publisher"]


def test_a_broker_that_is_away_and_back(broker: Broker, notifier: Notifier, cloud: LittleCloud) -> None:
    cloud.starter.notify = notices.write
    notifying = Notifying(cloud.database, notifier.publish)
    boot(cloud)
    assert cloud.settle()
    broker.kill()
    with pytest.raises(Unavailable):
        notifying.tell()
    broker.start()
    assert notifying.tell() == 2
