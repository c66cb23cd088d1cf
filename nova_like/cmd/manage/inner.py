"""Asks the API in this very process, as an operator who needs no token: the commands then validate as the API does,
because it is the API. Opens no socket, and wakes no scheduler."""

import importlib
import io
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

from nova_like import concurrency
from nova_like.model import wire
from nova_like.model.context import Context
from nova_like.model.errors import Fault

NEWEST = {"compute": "2.96"}
ROLES = ("admin", "manager", "member", "reader")


class Inner:
    """`ask` gives what an API answers. `project_id` is whose the things are that are made."""

    def __init__(self, conf: Any, database: Any, project_id: str = "") -> None:
        from nova_like import services

        self._conf = conf
        self._apps: dict[str, Any] = {}
        self.services = services.build(conf, database)
        self.context = Context(request_id=f"req-{concurrency.new_id()}", user_id="nova-like-manage", roles=ROLES,
                               project_id=project_id, system=True)  # fmt: skip

    def ask(self, api: str, method: str, path: str, body: Any = None, data: Any = None, kind: str = "") -> Any:
        """The decoded answer, None when there is none. `data` is an open file to upload instead of a body. Raises
        Fault with the API's own words."""
        text = b"" if body is None else wire.encode(body)
        environ = self._environ(api, method, path, data or io.BytesIO(text), None if data else len(text))
        environ["CONTENT_TYPE"] = kind or ("application/octet-stream" if data else "application/json")
        seen: list[str] = []
        answer = b"".join(self._app(api)(environ, lambda status, headers, *_: seen.append(status)))
        status = int(seen[0].split()[0])
        found = wire.decode(answer) if answer.strip() else None
        if status >= 400:
            raise Fault(_words(found) or seen[0])
        return found

    def all(self, api: str, path: str, key: str, **query: str) -> Iterator[dict[str, Any]]:
        """Every item of a list, a page after the other."""
        where: str | None = f"{path}?{urlencode(query)}" if query else path
        while where:
            page = self.ask(api, "GET", where)
            yield from page[key]
            where = _next(api, page, key)

    def _environ(self, api: str, method: str, path: str, body: Any, length: int | None) -> dict[str, Any]:
        from nova_like.api.common.request import CONF, CONTEXT, SERVICES

        place = urlsplit(path)
        environ = {
            "REQUEST_METHOD": method, "SCRIPT_NAME": f"/{api}", "PATH_INFO": place.path, "QUERY_STRING": place.query,
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
            "wsgi.input": body, "wsgi.input_terminated": length is None, "wsgi.errors": io.StringIO(),
            CONF: self._conf, SERVICES: self.services, CONTEXT: self.context,
        }  # fmt: skip
        if length is not None:
            environ["CONTENT_LENGTH"] = str(length)
        if api in NEWEST:
            environ["HTTP_OPENSTACK_API_VERSION"] = f"{api} {NEWEST[api]}"
        return environ

    def _app(self, api: str) -> Any:
        if api not in self._apps:
            self._apps[api] = importlib.import_module(f"nova_like.api.native.{api}").factory({})
        return self._apps[api]


def _words(found: Any) -> str:
    """The message of an error's body, whatever the API calls it."""
    if not isinstance(found, dict):
        return ""
    inner = [value["message"] for value in found.values() if isinstance(value, dict) and value.get("message")]
    return str((inner or [found.get("message", "")])[0])


def _next(api: str, page: dict[str, Any], key: str) -> str | None:
    """The path of the next page."""
    links = page.get(f"{key}_links") or []
    url = page.get("next") or next((link["href"] for link in links if link["rel"] == "next"), None)
    if not url:
        return None
    place = urlsplit(url)
    return f"{place.path.removeprefix(f'/{api}')}?{place.query}"


def operator(app: Any) -> Inner:
    """For a command: what it makes and is anybody's is the admin project's, once `bootstrap` has made that."""
    from nova_like.db import projects

    base = app.database
    row = base.read(lambda tx: projects.by_name(tx, "admin", "default"))
    return Inner(app.conf, base, row["id"] if row else "")


def chosen(rows: Iterable[dict[str, Any]], noun: str, which: str) -> str:
    """The id of the one that has this id or name. Raises Fault when there is none, or more than one."""
    found = [row["id"] for row in rows if which in (row["id"], row["name"])]
    if which in found:
        return which
    if not found:
        raise Fault(f"There is no {noun} {which}; see `nova-like-manage {noun} list`.")
    if len(found) > 1:
        raise Fault(f"There are {len(found)} {noun}s of the name {which}: give the id ({', '.join(found[:5])}).")
    return str(found[0])
