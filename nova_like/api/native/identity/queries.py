"""What the query of one of the directory's lists asks for, as db/listing.py takes it."""

from typing import Any

from nova_like.api.common.request import Request

TESTS = ("contains", "icontains", "startswith", "istartswith", "endswith", "iendswith")
TAGS = ("tags", "tags-any", "not-tags", "not-tags-any")


def wanted(
    req: Request, *fields: str, texts: tuple[str, ...] = ("name",), flags: tuple[str, ...] = ()
) -> dict[str, Any]:
    """{field, or text field__test: value} of the filters that are given, and the page. Raises Invalid."""
    names = (*fields, *texts, *(f"{text}__{test}" for text in texts for test in TESTS))
    found: dict[str, Any] = {name: req.GET[name] for name in names if name in req.GET}
    found |= {name: req.flag(name) for name in flags if name in req.GET}
    if (limit := req.number("limit", minimum=1)) is not None:
        found["limit"] = min(limit, req.conf.api.max_limit)
    if "marker" in req.GET:
        found["marker"] = req.GET["marker"]
    return found


def tags(req: Request) -> dict[str, list[str]]:
    """{filter: tags} of the ones that are given, as db/project_tags.py takes it."""
    given = {name: [tag for tag in req.GET[name].split(",") if tag] for name in TAGS if name in req.GET}
    return {name: names for name, names in given.items() if names}
