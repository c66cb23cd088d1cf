"""RabbitMQ's management interface: what `doctor` asks it, and the users that `host add` makes by it."""

import base64
import ssl
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from nova_like.model import wire
from nova_like.model.errors import Invalid, Unavailable
from nova_like.rpc.permissions import Permissions, TopicPermissions

PORTS = {"http": 15672, "https": 15671}
SECONDS = 3.0
REMEDY = ("`rabbitmq-plugins enable rabbitmq_management` and [bus] management_url with a user tagged administrator, or "
          "[bus] rabbitmqctl, make this work")  # fmt: skip


class Management:
    """Of [bus] management_url, as its user or else as the one of [bus] url. Invalid when that is no http URL."""

    def __init__(self, conf: Any) -> None:
        bus = conf.bus
        first, path = urlsplit(bus.url.split(",")[0]), urlsplit(bus.url).path
        self._vhost = quote(unquote(path[1:]) or "/", safe="")
        scheme = "https" if bus.ssl else "http"
        given = urlsplit(bus.management_url or f"{scheme}://{first.hostname}:{PORTS[scheme]}")
        if given.scheme not in ("http", "https"):
            raise Invalid("[bus] management_url is no http URL")
        self.base = f"{given.scheme}://{given.netloc.rpartition('@')[2]}{given.path.rstrip('/')}"
        who = given if given.username else first
        login = f"{unquote(who.username or '')}:{unquote(who.password or '')}"
        self._headers = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}",
                         "Content-Type": "application/json"}  # fmt: skip
        nobody_between = urllib.request.ProxyHandler({})  # the password is for the broker, whatever http_proxy says
        self._opener = urllib.request.build_opener(nobody_between, *_verified(given.scheme, bus.ssl_ca_file))

    def queues(self) -> list[dict[str, Any]]:
        """Of our virtual host."""
        return list(self._ask("GET", f"queues/{self._vhost}"))

    def permissions(self) -> list[dict[str, Any]]:
        """Of our virtual host."""
        return list(self._ask("GET", f"vhosts/{self._vhost}/permissions"))

    def put_user(self, name: str, password: str) -> None:
        self._ask("PUT", f"users/{quote(name, safe='')}", {"password": password, "tags": ""})

    def permit(self, name: str, rights: Permissions, topics: list[TopicPermissions]) -> None:
        place = f"{self._vhost}/{quote(name, safe='')}"
        self._ask("PUT", f"permissions/{place}", rights._asdict())
        for topic in topics:
            self._ask("PUT", f"topic-permissions/{place}", topic._asdict())

    def users(self) -> set[str]:
        return {row["name"] for row in self._ask("GET", "users")}

    def drop_user(self, name: str) -> None:
        self._ask("DELETE", f"users/{quote(name, safe='')}")

    def drop_queues(self, names: list[str]) -> None:
        for name in names:
            self._ask("DELETE", f"queues/{self._vhost}/{quote(name, safe='')}")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else wire.encode(body)
        url = f"{self.base}/api/{path}"
        request = urllib.request.Request(url, data, self._headers, method=method)  # noqa: S310 - http(s), as checked
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                text = answer.read()
                return wire.decode(text) if text else None
        except urllib.error.HTTPError as error:
            if method == "DELETE" and error.code == 404:
                return None
            raise Unavailable(f"RabbitMQ's management interface at {self.base} answers {error.code} {error.reason}: "
                              f"{REMEDY}") from None  # fmt: skip
        except (OSError, ValueError) as error:
            raise Unavailable(
                f"RabbitMQ's management plugin does not answer at {self.base}: {error}; {REMEDY}"
            ) from None


def _verified(scheme: str, ca_file: str | None) -> list[urllib.request.BaseHandler]:
    """The handler of https, which believes the broker's authority only. Unavailable without its file."""
    if scheme != "https":
        return []
    try:
        return [urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca_file))]
    except OSError as error:
        raise Unavailable(f"[bus] ssl_ca_file {ca_file}: {error}") from None
