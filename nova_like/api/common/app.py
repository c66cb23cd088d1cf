"""The WSGI application of one API: finds the route, reads and validates the body, calls the handler, renders what comes
back or what went wrong in the dialect's form. Knows no noun."""

from collections.abc import Callable, Iterable
from typing import Any

import webob

from nova_like import logs
from nova_like.api.common import body, idempotency, rates, schema
from nova_like.api.common.errors import Errors, HttpFault, Unexpected
from nova_like.api.common.measured import ROUTE
from nova_like.api.common.microversion import Microversions
from nova_like.api.common.reply import render
from nova_like.api.common.request import BODY, CONF, REFUSED, Request
from nova_like.api.common.routing import Action, Route, Table, all_entries
from nova_like.model.errors import Fault, Invalid, NotFound

LOG = logs.get(__name__)
UNKNOWN = "The resource could not be found."
MAX_PARAMETERS = 512  # of a query: a hundred ids fit into the longest URL that clients send, and no query costs much
Before = Callable[[Request, Route, dict[str, str]], None]


class App:
    """`prefix` stands before every path ('/v3/{project_id}'); `before(req, route, path_vars)` runs ahead of every
    handler and may raise or take variables away. Without `slashes`, one at the end of a longer path names something
    empty, which there never is; `nothing`: paths that name nothing though they look like a route."""

    def __init__(
        self, routes: Iterable[Route], errors: Errors, microversions: Microversions | None = None,
        prefix: str = "", before: Before | None = None, nothing: frozenset[str] = frozenset(),
        slashes: bool = True,
    ) -> None:  # fmt: skip
        self.table = Table(routes, prefix)
        self.errors = errors
        self.microversions = microversions
        self.before, self.nothing, self.slashes = before, nothing, slashes
        for route, _, action in all_entries(self.table.routes):
            if (known := (action or route).schema) is not None:
                schema.validators(known)  # a wrong schema stops the start, not the first request

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = self._answer(request)
        except Fault as fault:
            response = self.errors.response(fault)
        except Exception:
            LOG.exception("%s %s failed", request.method, request.path)
            response = self.errors.response(Unexpected("An unexpected error prevented the server from fulfilling "
                                                       "your request."))  # fmt: skip
        if self.microversions is not None:
            self.microversions.leave(request, response)
        return response(environ, start_response)

    def _answer(self, request: Request) -> webob.Response:
        if REFUSED in request.environ:
            raise request.environ[REFUSED]
        _check_text(request)
        if self.microversions is not None:
            self.microversions.enter(request)
        route, variables = self._route(request)
        request.environ[ROUTE] = route.path
        if not route.open:
            rates.charge(request.environ, request.ctx)  # raises before anything of the body is looked at
        if self.before is not None:
            self.before(request, route, variables)
        if route.actions:
            action = self._action(request, route)
            return render(idempotency.handle(request, action.handler, variables), action.status)
        if route.schema is not None and not route.raw:
            schema.validators(route.schema).check(self._body(request, route), request.microversion)
        if route.handler is None:
            raise NotFound("resource", reason=UNKNOWN)
        return render(idempotency.handle(request, route.handler, variables), route.status)

    def _route(self, request: Request) -> tuple[Route, dict[str, str]]:
        if not self.slashes and request.path_info.endswith("/") and request.path_info.count("/") > 2:
            raise NotFound("resource", reason=UNKNOWN)
        at = request.microversion if self.microversions is not None else None
        found = [(route, values) for route, values in self.table.find(request.path_info) if route.serves(at)]
        if not found or request.path_info in self.nothing:
            raise NotFound("resource", reason=UNKNOWN)
        for method in (request.method, "GET") if request.method == "HEAD" else (request.method,):
            for route, values in found:
                if route.method == method:
                    return route, values
        allowed = ", ".join(sorted({route.method for route, _ in found}))
        raise HttpFault(405, "The method specified is not allowed for this resource.", headers={"Allow": allowed})

    def _action(self, request: Request, route: Route) -> Action:
        data = self._body(request, route)
        if not isinstance(data, dict) or len(data) != 1:
            raise Invalid("Malformed request body: one action is needed.", code="malformed")
        name, value = next(iter(data.items()))
        action = route.actions.get(name)
        if action is None:
            raise Invalid(f"There is no such action: {name[:64]}", code="action")
        if not action.serves(request.microversion if self.microversions is not None else None):
            raise NotFound("action", reason=f"This version of the API has no {name} any more, or not yet.")
        request.environ[ROUTE] = f"{route.path}#{name}"
        if action.schema is not None:
            try:
                schema.validators(action.schema).check(value, request.microversion)
            except Invalid as fault:
                fault.facts["action"] = name
                raise
        return action

    def _body(self, request: Request, route: Route) -> Any:
        conf = request.environ.get(CONF)
        limit = conf.api.max_body_bytes if conf is not None else body.DEFAULT_MAX_BYTES
        data = body.read_json(request, limit, route.media)
        if data is None:
            raise Invalid("Malformed request body: a JSON body is needed.", code="malformed")
        request.environ[BODY] = data
        return data


def _check_text(request: Request) -> None:
    """Path and query are UTF-8 without control characters, and no more than anybody needs; the rest names nothing."""
    try:
        path, query = request.path_info, list(request.GET.items())
    except (UnicodeDecodeError, ValueError):
        raise Invalid("The URL is not valid UTF-8.", code="malformed") from None
    if any(character < " " for character in path):
        raise NotFound("resource", reason=UNKNOWN)
    if len(query) > MAX_PARAMETERS:
        raise Invalid(f"The query holds more than {MAX_PARAMETERS} parameters.", code="malformed")
    if any("\0" in name or "\0" in value for name, value in query):
        raise Invalid("The query holds a NUL character.", code="malformed")
