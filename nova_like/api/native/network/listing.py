"""What every list and show of this API can do with views: filters by any field, `fields`, order, pages. Pure."""

from typing import Any

from nova_like.api.common import paging
from nova_like.api.common.request import Request
from nova_like.model.errors import Invalid

View = dict[str, Any]
_CONTROL = {"fields", "limit", "marker", "sort_key", "sort_dir", "page_reverse"}


def collection(req: Request, name: str, views: list[View]) -> View:
    """{name: the views that the query asks for, name_links: where there are more}."""
    page = paging.page(req)
    wanted = req.GET.dict_of_lists()
    found = [view for view in views if all(_fits(view, key, texts) for key, texts in wanted.items())]
    found = _ordered(req, found)
    reverse = req.flag("page_reverse")
    rest = _behind(found[::-1] if reverse else found, page.marker)
    limit = page.limit if "limit" in req.GET and page.limit else len(rest)  # without a limit, all there are
    shown = rest[:limit]
    if reverse:
        shown = shown[::-1]
    body: View = {name: [_fields(req, view) for view in shown]}
    if len(rest) > limit:
        url = f"{req.base('network')}/v2.0/{req.path_info.strip('/').split('/')[-1]}"
        body[f"{name}_links"] = paging.links(req, url, shown, page)
    return body


def one(req: Request, name: str, view: View) -> View:
    return {name: _fields(req, view)}


def _fields(req: Request, view: View) -> View:
    wanted = set(req.GET.getall("fields"))
    return {key: value for key, value in view.items() if key in wanted} if wanted else view


def _fits(view: View, key: str, texts: list[str]) -> bool:
    """Whether the field is one of these; a field that this noun does not have filters nothing."""
    if key in _CONTROL or key not in view:
        return True
    value = view[key]
    if key == "fixed_ips":
        return all(_has_ip(value, text) for text in texts)
    if isinstance(value, list):
        return bool(set(texts) & {item for item in value if isinstance(item, str)})
    return any(_same(value, text) for text in texts)


def _has_ip(ips: list[View], text: str) -> bool:
    """`ip_address=..`, `ip_address_substr=..` or `subnet_id=..`."""
    key, _, wanted = text.partition("=")
    if key == "ip_address_substr":
        return any(wanted in ip["ip_address"] for ip in ips)
    return any(ip.get(key) == wanted for ip in ips)


def _same(value: Any, text: str) -> bool:
    if isinstance(value, bool):
        return text.lower() in (("true", "1", "t", "yes") if value else ("false", "0", "f", "no"))
    return ("" if value is None else str(value)) == text


def _ordered(req: Request, views: list[View]) -> list[View]:
    keys, ways = req.GET.getall("sort_key"), req.GET.getall("sort_dir")
    if ways and len(ways) != len(keys):
        raise Invalid("The number of sort_keys and sort_dirs must be same", field="sort_dir")
    for key, way in reversed(list(zip(keys, ways or ["asc"] * len(keys), strict=True))):
        if way not in ("asc", "desc") or (views and not isinstance(views[0].get(key, []), str | int | None)):
            raise Invalid(f"Invalid sort key or direction: {key[:64]} {way[:64]}", field="sort_key")
        views = sorted(views, key=lambda view: (view[key] is not None, view[key] or 0) if _numeric(view[key]) else
                       (view[key] is not None, view[key] or ""), reverse=way == "desc")  # fmt: skip
    return views


def _numeric(value: Any) -> bool:
    return isinstance(value, int)


def _behind(views: list[View], marker: str | None) -> list[View]:
    if marker is None:
        return views
    for index, view in enumerate(views):
        if view["id"] == marker:
            return views[index + 1 :]
    raise Invalid(f"The marker {marker[:64]} could not be found.", field="marker")
