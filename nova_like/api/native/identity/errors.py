"""Identity's error bodies: {"error": {code, message, title}}."""

from http import HTTPStatus
from typing import Any

from nova_like.api.common.errors import Errors
from nova_like.model.errors import Fault


def body(status: int, fault: Fault) -> dict[str, Any]:
    return {"error": {"code": status, "message": fault.reason, "title": HTTPStatus(status).phrase}}


ERRORS = Errors(body)
