"""Routes of identity's plain nouns, made from a table of them: list, show, create, change, delete. Knows no noun."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route
from nova_like.api.native.identity import views
from nova_like.api.native.identity.schemas import loose
from nova_like.model.errors import Invalid

Row = dict[str, Any]


@dataclass(frozen=True)
class Noun:
    """`fields` are the JSON schemas of what a body may say, by name, and also what is taken from it; `filters` the
    columns that a list may be asked for; `part` the attribute of services.identity; `many`: bodies hold lists."""

    name: str
    plural: str
    parameter: str
    part: str
    fields: dict[str, Any]
    required: tuple[str, ...]
    filters: tuple[str, ...]
    show: Callable[[Row], Row] = dict
    path: str = ""
    many: bool = False
    changeable: tuple[str, ...] = ()  # what a change may say, where that is not all

    @property
    def url(self) -> str:
        return self.path or f"/{self.plural}"


def routes(noun: Noun) -> tuple[Route, ...]:
    one = f"{noun.url}/{{{noun.parameter}}}"
    known = {name: noun.fields[name] for name in noun.changeable or noun.fields}
    new = loose(noun.fields, noun.required)
    created = {"type": "array", "items": new, "minItems": 1, "maxItems": 100} if noun.many else new
    word = noun.plural if noun.many else noun.name
    return (
        Route("GET", noun.url, _index(noun)),
        Route("POST", noun.url, _create_all(noun) if noun.many else _create(noun), 201,
              schema=loose({word: created}, (word,))),
        Route("GET", one, _show(noun)),
        Route("PATCH", one, _update(noun), schema=loose({noun.name: loose(known)}, (noun.name,))),
        Route("DELETE", one, _delete(noun), 204),
    )  # fmt: skip


def shown(req: Request, noun: Noun, row: Row) -> Row:
    return {**noun.show(row), "links": views.link(req, noun.url.strip("/"), row["id"])}


def _part(req: Request, noun: Noun) -> Any:
    return getattr(req.services.identity, noun.part)


def _said(noun: Noun, body: Row, id: str = "") -> Row:
    """What a body says of the fields that there are. Raises Invalid for another id than the path's."""
    if id and body.get("id", id) != id:
        raise Invalid(f"Cannot change {noun.name} ID.", field="id")
    fields = noun.changeable if id and noun.changeable else noun.fields
    return {name: body[name] for name in fields if name in body}


def _index(noun: Noun) -> Callable[..., Row]:
    def index(req: Request) -> Row:
        wanted = {name: req.GET[name] for name in noun.filters if name in req.GET}
        rows = _part(req, noun).list(req.ctx, **wanted)
        return views.listed(req, noun.plural, [shown(req, noun, row) for row in rows], noun.url.strip("/"))

    return index


def _create(noun: Noun) -> Callable[..., Row]:
    def create(req: Request) -> Row:
        row = _part(req, noun).create(req.ctx, _said(noun, req.body_json[noun.name]))
        return {noun.name: shown(req, noun, row)}

    return create


def _create_all(noun: Noun) -> Callable[..., Row]:
    def create_all(req: Request) -> Row:
        rows = _part(req, noun).create_all(req.ctx, [_said(noun, body) for body in req.body_json[noun.plural]])
        return {noun.plural: [shown(req, noun, row) for row in rows]}

    return create_all


def _show(noun: Noun) -> Callable[..., Row]:
    def show(req: Request, **path: str) -> Row:
        return {noun.name: shown(req, noun, _part(req, noun).get(req.ctx, path[noun.parameter]))}

    return show


def _update(noun: Noun) -> Callable[..., Row]:
    def update(req: Request, **path: str) -> Row:
        id = path[noun.parameter]
        row = _part(req, noun).update(req.ctx, id, _said(noun, req.body_json[noun.name], id))
        return {noun.name: shown(req, noun, row)}

    return update


def _delete(noun: Noun) -> Callable[..., None]:
    def delete(req: Request, **path: str) -> None:
        _part(req, noun).delete(req.ctx, path[noun.parameter])

    return delete
