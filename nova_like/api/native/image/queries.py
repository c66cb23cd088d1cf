"""Filters and order of an image list, out of its query string."""

import csv
import datetime
from typing import Any

from nova_like.api.common.request import FALSE, TRUE, Request
from nova_like.api.native.image.schemas import BASE
from nova_like.api.native.image.views import COLUMNS
from nova_like.model.errors import Invalid

Row = dict[str, Any]
_PAGING = {"limit", "marker", "sort", "sort_key", "sort_dir"}
_NUMBERS = {"min_disk": "min_disk_gib", "min_ram": "min_ram_mib", "size": "size_bytes",
            "size_min": "size_min", "size_max": "size_max"}  # fmt: skip
_FLAGS = {"protected": "protected", "os_hidden": "hidden"}
_TEXTS = {"name": "name", "status": "status", "visibility": "visibility", "owner": "owner_id", "id": "id",
          "disk_format": "disk_format", "container_format": "container_format", "checksum": "md5",
          "os_hash_value": "sha512"}  # fmt: skip
_TIMES = {"created_at": "created_at", "updated_at": "updated_at"}
_LISTS = {"name", "status", "id", "disk_format", "container_format"}
MEMBER_STATUSES = {"pending", "accepted", "rejected", "all"}
SORT_KEYS = ("created_at", "updated_at", "name", "id", "status", "size", "disk_format", "container_format")
OPERATORS = {"gt", "gte", "lt", "lte", "eq", "neq"}
VISIBILITIES = {*BASE["visibility"]["enum"], "all"}


def filters(req: Request) -> Row:
    """What `services.images.list` takes. Raises Invalid."""
    found: Row = {"tags": req.GET.getall("tag"), "properties": {}, "times": []}
    for name, text in req.GET.items():
        if name in _TEXTS:
            found[_TEXTS[name]] = _in(text) if name in _LISTS else text
        elif name in _NUMBERS:
            found[_NUMBERS[name]] = req.number(name)
        elif name in _FLAGS:
            found[_FLAGS[name]] = _flag(name, text)
        elif name in _TIMES:
            found["times"].append((_TIMES[name], *_moment(name, text)))
        elif name == "member_status":
            found[name] = _member_status(text)
        elif name not in _PAGING and name != "tag" and name not in COLUMNS:
            found["properties"][name] = text
    if found.get("visibility", "all") not in VISIBILITIES:
        raise Invalid(f"Invalid visibility value: {found['visibility'][:64]}", "image", field="visibility")
    return found


def _in(text: str) -> str | list[str]:
    """`in:a,"b,c"` is a choice; anything else is itself."""
    if not text.startswith("in:"):
        return text
    try:
        return next(csv.reader([text[3:]], strict=True), [])
    except csv.Error:
        raise Invalid("Invalid filter value after 'in:'.", "image") from None


def _moment(name: str, text: str) -> tuple[str, float]:
    """(operator, seconds since 1970) of `gt:2026-01-31T10:00:00Z`; without an operator it is `eq`."""
    how, _, rest = text.partition(":")
    if how not in OPERATORS:
        how, rest = "eq", text
    try:
        moment = datetime.datetime.fromisoformat(rest)
        return how, (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
    except (ValueError, OverflowError):
        raise Invalid(f"Invalid value for {name}: a time is needed.", "image", field=name) from None


def _member_status(text: str) -> str | None:
    if text not in MEMBER_STATUSES:
        raise Invalid(f"Invalid member status value: {text[:64]}", "image", field="member_status")
    return None if text == "all" else text


def _flag(name: str, text: str) -> bool:
    if text.lower() not in TRUE | FALSE:
        raise Invalid(f"Invalid value for {name}: a boolean is needed.", "image", field=name)
    return text.lower() in TRUE


def sort(req: Request) -> list[tuple[str, str]] | None:
    """[(name, "asc" or "desc")] of `sort=name:asc,...` or of `sort_key` and `sort_dir`."""
    if "sort" in req.GET:
        if "sort_key" in req.GET or "sort_dir" in req.GET:
            raise Invalid("Old and new sorting syntax cannot be combined.", "image", field="sort")
        parts = [part.strip().partition(":") for part in req.GET["sort"].split(",")]
        return [_checked(name, way or "desc") for name, _, way in parts]
    keys, ways = req.GET.getall("sort_key"), req.GET.getall("sort_dir")
    if not keys and not ways:
        return None
    keys = keys or ["created_at"]
    if len(ways) > 1 and len(ways) != len(keys):
        raise Invalid("Number of sort dirs does not match the number of sort keys", "image", field="sort_dir")
    ways = ways * len(keys) if len(ways) == 1 else ways or ["desc"] * len(keys)
    return [_checked(name, way) for name, way in zip(keys, ways, strict=True)]


def _checked(name: str, way: str) -> tuple[str, str]:
    if name not in SORT_KEYS:
        raise Invalid(f"Invalid sort key: {name[:64]}", "image", field="sort_key")
    if way not in ("asc", "desc"):
        raise Invalid(f"Invalid sort direction: {way[:64]}", "image", field="sort_dir")
    return name, way
