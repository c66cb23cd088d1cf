"""Times as compute shows them."""

import datetime


def stamp(seconds: float | None) -> str | None:
    """2026-11-21T05:55:23Z."""
    return None if seconds is None else _utc(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_stamp(seconds: float | None) -> str | None:
    """2026-11-21T05:55:23.000000: without a zone, in UTC; what the extensions of old show."""
    return None if seconds is None else _utc(seconds).strftime("%Y-%m-%dT%H:%M:%S.%f")


def clock(seconds: float) -> str:
    """07:05:09, in UTC."""
    return _utc(seconds).strftime("%H:%M:%S")


def _utc(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
