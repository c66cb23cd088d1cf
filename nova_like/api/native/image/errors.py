"""The image API's error table."""

import http
from typing import Any

from nova_like.api.common.errors import Errors
from nova_like.model.errors import Fault


def body(status: int, fault: Fault) -> dict[str, Any]:
    title = http.HTTPStatus(status).phrase
    return {"message": fault.reason, "code": f"{status} {title}", "title": title}


ERRORS = Errors(body, {"QuotaExceeded": 413})
