"""Authentication by token: X-Auth-Token becomes the request's context. A request without a token goes on without one
(open routes need none, the others answer 401 themselves); a token that is not valid is refused by the same means."""

from collections.abc import Callable, Iterable
from typing import Any

from nova_like import logs
from nova_like.api.common import kinds
from nova_like.api.common.request import CONTEXT, NO_CONTEXT, REFUSED, SERVICES
from nova_like.api.common.request_id import REQUEST_ID
from nova_like.model.errors import Unauthenticated, Unavailable

TOKEN = "nova_like.token"  # the validated token, for identity's own routes  # noqa: S105
SERVICE_ROLES = {"admin", "service"}
LOG = logs.get(__name__)


class TokenAuth:
    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        text = environ.get("HTTP_X_AUTH_TOKEN")
        environ.pop(CONTEXT, None)
        if text and REFUSED not in environ and not _is_document(environ):
            try:
                token = _caller(environ, text)
            except Unauthenticated:
                pass  # no context: the route says 401 in its API's form
            except Unavailable as fault:
                LOG.error("cannot validate tokens: %s", fault.reason)
                environ[NO_CONTEXT] = fault  # the route says 503, or does without a caller
            else:
                environ[TOKEN] = token
                environ[CONTEXT] = token.context_for(environ.get(REQUEST_ID, ""))
        return self.app(environ, start_response)


def _caller(environ: dict[str, Any], text: str) -> Any:
    """The token of a request. Raises Unauthenticated for one that is not valid, or not for this request. A service that
    goes on for a user, and says so by a token of its own, may do so for a while after his token has ended, and is not
    held to what his program may ask for directly."""
    identity = environ[SERVICES].identity
    if _is_from_service(identity, environ.get("HTTP_X_SERVICE_TOKEN")):
        return identity.validate(text, allow_expired=True)
    token = identity.validate(text)
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    mount, _, rest = path.lstrip("/").partition("/")
    if not token.permits(mount, environ["REQUEST_METHOD"], f"/{rest}"):
        raise Unauthenticated("The access rules of the application credential do not permit this request.")
    return token


def _is_from_service(identity: Any, text: str | None) -> bool:
    if not text:
        return False
    try:
        return bool(SERVICE_ROLES & {role["name"] for role in identity.validate(text).roles})
    except Unauthenticated:
        return False


def _is_document(environ: dict[str, Any]) -> bool:
    """Needs no caller, and passes no gate: must cost nothing that can be busy."""
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return kinds.of(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", "")) == kinds.DOCUMENT


def factory(global_conf: dict[str, Any], **local_conf: Any) -> Callable[[Any], TokenAuth]:
    return TokenAuth
