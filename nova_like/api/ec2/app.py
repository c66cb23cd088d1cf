"""The WSGI application of the EC2 dialect: authenticates a request, finds its action, answers in XML. Knows no noun."""

import dataclasses
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from nova_like import concurrency, logs
from nova_like.api.common import rates
from nova_like.api.common.measured import ROUTE
from nova_like.api.common.request import CONF, REFUSED, SERVICES
from nova_like.api.common.request_id import REQUEST_ID
from nova_like.api.ec2 import errors, operations, parse, query, refused, render, signature, signature_v2
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.shapes import Operation
from nova_like.model.context import Context
from nova_like.model.errors import Fault, NotFound, Unauthenticated

LOG = logs.get(__name__)
DEFAULT_VERSION = "2016-11-15"
STS_VERSION = "2011-06-15"
_VERSION = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}\Z")
StartResponse = Callable[..., Any]
Headers = list[tuple[str, str]]


class App:
    """One for both mounts: what tells EC2 from STS is the version asked for, and then the action."""

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request_id = environ.get(REQUEST_ID) or f"req-{concurrency.new_id()}"
        status, text, more = self._answer(environ, request_id)
        body = text.encode()
        headers = [
            ("Content-Type", "text/xml;charset=UTF-8"), ("Content-Length", str(len(body))),
            ("x-amzn-RequestId", request_id), *more,
        ]  # fmt: skip
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer(self, environ: dict[str, Any], request_id: str) -> tuple[int, str, Headers]:
        service, more = "ec2", list[tuple[str, str]]()
        logs.mark(request_id)
        try:
            if REFUSED in environ:
                raise environ[REFUSED]
            asked, body = _read(environ)
            given = asked + query.form(environ, body)
            params = query.one_each(given)
            service = "sts" if params.get("Version") == STS_VERSION else "ec2"
            claim, ctx = _authenticated(environ, asked, body, given, service)
            service = claim.service
            rates.charge(environ, ctx)
            params = {name: value for name, value in params.items() if claim.region or name not in signature_v2.OWN}
            operation = _operation(params, claim)
            environ[ROUTE] = operation.name
            version = _version(params)
            ctx = dataclasses.replace(ctx, request_id=request_id)
            call = Call(
                operation.name, ctx, parse.parse(operation.input, params), environ[SERVICES],
                environ[CONF], _base(environ),
            )  # fmt: skip
            return 200, render.reply(operation, _run(call), version, request_id), []
        except Fault as fault:
            code, message, status = errors.answer(fault)
            if "retry_after" in fault.facts:
                more = [("Retry-After", str(int(fault.facts["retry_after"])))]
        except Exception:
            LOG.exception("EC2 request %s failed", request_id)
            code, message, status = errors.INTERNAL
        return status, render.error(service, code, message, request_id, status >= 500), more


def _read(environ: dict[str, Any]) -> tuple[query.Pairs, bytes]:
    """The pairs of the query string, and the body."""
    if environ["REQUEST_METHOD"] not in ("GET", "POST"):
        raise refused.Refused("InvalidRequest", "Only GET and POST are served here.", 405)
    if environ.get("PATH_INFO", "") not in ("", "/"):
        raise refused.Refused("InvalidRequest", "There is nothing at this path.", 404)
    body = query.read_body(environ, environ[CONF].api.max_body_bytes)
    return query.pairs(environ.get("QUERY_STRING", "")), body


def _authenticated(
    environ: dict[str, Any], asked: query.Pairs, body: bytes, given: query.Pairs, service: str
) -> tuple[signature.Claim, Context]:
    """Whose key signed the request, and how. `given` are the pairs of query and form."""
    keys = _Keys(environ[SERVICES])
    request = signature.from_environ(environ, asked, body)
    if signature_v2.is_meant(dict(given)):
        claim = signature_v2.verify(request, given, service, keys.secret)
    else:
        claim = signature.verify(request, keys.secret)
    return claim, keys.context


class _Keys:
    """The access keys that the identity service keeps, and whose the last one asked for is."""

    def __init__(self, services: Any) -> None:
        self.services = services
        self.context = Context()

    def secret(self, access: str) -> str | None:
        try:
            found = self.services.identity.ec2_key(access)
        except (NotFound, Unauthenticated):
            return None
        if found is None:
            return None
        secret, self.context = found
        return secret


def _operation(params: dict[str, str], claim: signature.Claim) -> Operation:
    name = params.get("Action", "")
    if not name:
        raise refused.Refused("MissingAction", "The request must contain the parameter Action")
    operation = operations.find(name)
    if operation is None:
        raise refused.Refused("InvalidAction", f"The action {name[:100]} is not valid for this web service.")
    if operation.service != claim.service:
        raise refused.Refused("SignatureDoesNotMatch", f"{name} must be signed for {operation.service}.", 403)
    return operation


def _version(params: dict[str, str]) -> str:
    version = params.get("Version", DEFAULT_VERSION)
    if not _VERSION.match(version):
        raise refused.Refused("NoSuchVersion", f"The requested version ({version[:40]}) does not exist.")
    return version


def _run(call: Call) -> dict[str, Any] | None:
    entry = operations.TABLE[call.action]
    call.services.policy.check(call.ctx, entry.rule)  # also where the services would find nothing to do
    if call.params.get("DryRun") and not entry.own_dry_run:
        raise refused.dry_run()
    return entry.handler(call)


def _base(environ: dict[str, Any]) -> str:
    public = environ[CONF].api.public_url
    root = public or f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', 'localhost')}"
    return str(root).rstrip("/") + environ.get("SCRIPT_NAME", "")
