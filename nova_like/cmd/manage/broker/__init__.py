"""The broker's users, for the operator's commands. `of` says by which of the two ways they are managed."""

from typing import Any, Protocol

from nova_like.model.errors import Invalid
from nova_like.rpc.permissions import Permissions, TopicPermissions


class Broker(Protocol):
    """Whoever may manage users. Each verb may be repeated, and raises Unavailable when the broker does not do it."""

    def put_user(self, name: str, password: str) -> None: ...

    def permit(self, name: str, rights: Permissions, topics: list[TopicPermissions]) -> None: ...

    def users(self) -> set[str]: ...

    def drop_user(self, name: str) -> None:
        """Its connections are closed by the broker."""

    def drop_queues(self, names: list[str]) -> None: ...


def of(conf: Any) -> Broker:
    """By [bus] rabbitmqctl, else by the management interface. Raises Invalid for a bus inside one process."""
    from nova_like.cmd.manage.broker.ctl import Ctl
    from nova_like.cmd.manage.broker.management import Management

    if conf.bus.url.startswith("local:"):
        raise Invalid("The bus is inside one process: it has no users. [bus] url must name a RabbitMQ.")
    return Ctl(conf) if conf.bus.rabbitmqctl else Management(conf)
