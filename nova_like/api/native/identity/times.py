"""Times that bodies of Identity say: ISO 8601, in UTC unless they name a zone."""

import datetime

from nova_like.model.errors import Invalid


def seconds(text: str | None, field: str = "expires_at") -> float | None:
    """Since 1970. Raises Invalid."""
    if text is None:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
    except (ValueError, OverflowError):
        raise Invalid(f"Invalid input for field {field}: '{text[:64]}' is no time.", field=field) from None


def precise(at: float | None) -> str | None:
    """With microseconds and without a zone, as application credentials show theirs."""
    if at is None:
        return None
    return datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
