"""Times in queries, as seconds. Pure."""

import datetime

from nova_like.api.common.request import Request
from nova_like.model.errors import Invalid


def seconds(text: str) -> float:
    """Of an ISO 8601 time; UTC when it names no zone. Raises Invalid."""
    try:
        moment = datetime.datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
    except (ValueError, OverflowError):
        raise Invalid(f"'{text[:64]}' is no time", field="time") from None


def asked(req: Request, name: str) -> float | None:
    """A time of the query string. Raises Invalid naming it."""
    text = req.GET.get(name)
    if not text:
        return None
    try:
        return seconds(text)
    except Invalid as fault:
        raise Invalid(f"Invalid input for query parameter {name}: {fault.reason}", field=name) from None
