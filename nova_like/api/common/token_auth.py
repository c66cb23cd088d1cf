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
LOG = logs.get(__name__)


class TokenAuth:
    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        text = environ.get("HTTP_X_AUTH_TOKEN")
        environ.pop(CONTEXT, None)
        if text and REFUSED not in environ and not _is_document(environ):
            try:
                token = environ[SERVICES].identity.validate(text)
            except Unauthenticated:
                pass  # no context: the route says 401 in its API's form
            except Unavailable as fault:
                LOG.error("cannot validate tokens: %s", fault.reason)
                environ[NO_CONTEXT] = fault  # the route says 503, or does without a caller
            else:
                environ[TOKEN] = token
                environ[CONTEXT] = token.context_for(environ.get(REQUEST_ID, ""))
        return self.app(environ, start_response)


def _is_document(environ: dict[str, Any]) -> bool:
    """Needs no caller, and passes no gate: must cost nothing that can be busy."""
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return kinds.of(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", "")) == kinds.DOCUMENT


def factory(global_conf: dict[str, Any], **local_conf: Any) -> Callable[[Any], TokenAuth]:
    return TokenAuth
