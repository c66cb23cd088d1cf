"""POST, GET, HEAD and DELETE of /v3/auth/tokens, and what a token may see under /v3/auth."""

import dataclasses
from typing import Any

import webob

from nova_like.api.common.rates import RATES
from nova_like.api.common.reply import reply
from nova_like.api.common.request import Request
from nova_like.api.native.identity import views
from nova_like.model.errors import Invalid, NotFound, Unauthenticated
from nova_like.services.identity_login import Login, Named
from nova_like.services.identity_tokens import Token

SUBJECT = "X-Subject-Token"
PROVED = {"password", "application_credential"}  # what can be guessed
METHODS = {*PROVED, "token"}


def create(req: Request) -> webob.Response:
    login, limit = _login(req.body_json["auth"]), req.environ[RATES].login
    if not PROVED & set(login.methods):  # a token cannot be guessed
        return _answer(req, req.services.identity.authenticate(login), 201)
    whose = (*dataclasses.astuple(login.user), *dataclasses.astuple(login.credential))
    user = " ".join(part or "" for part in whose)
    limit(req.environ, user)  # before the password costs anything
    try:
        return _answer(req, req.services.identity.authenticate(login), 201)
    except Unauthenticated:
        limit(req.environ, user, cost=1)
        raise


def show(req: Request) -> webob.Response:
    found = req.services.identity.show(req.ctx, _subject(req), req.flag("allow_expired"))
    return _answer(req, found, 200)


def delete(req: Request) -> None:
    req.services.identity.revoke(req.ctx, _subject(req))


def catalog(req: Request) -> dict[str, Any]:
    found = req.services.identity.catalog.of(req.ctx.project_id)
    return {"catalog": found, "links": views.link(req, "auth", "catalog")}


def projects(req: Request) -> dict[str, Any]:
    rows = req.services.identity.directory.own_projects(req.ctx)
    return views.listed(req, "projects", [views.project(req, row) for row in rows], "auth", "projects")


def domains(req: Request) -> dict[str, Any]:
    rows = req.services.identity.directory.own_domains(req.ctx)
    return views.listed(req, "domains", [views.domain(req, row) for row in rows], "auth", "domains")


def system(req: Request) -> dict[str, Any]:
    held = req.services.identity.directory.is_on_system(req.ctx)
    return {"system": [{"all": True}] if held else [], "links": views.link(req, "auth", "system")}


def _answer(req: Request, token: Token, status: int) -> webob.Response:
    kind, id = token.claims.scope
    listed = None if "nocatalog" in req.GET else req.services.identity.catalog.of(id if kind == "project" else "")
    return reply(views.token(token, listed), status, {SUBJECT: token.id, "Vary": "X-Auth-Token"})


def _subject(req: Request) -> str:
    subject = req.headers.get(SUBJECT)
    if not subject:
        raise NotFound("token", reason="Could not find token.")
    return subject


def _login(auth: dict[str, Any]) -> Login:
    asked = auth["identity"]
    methods = tuple(dict.fromkeys(asked["methods"]))
    if unknown := set(methods) - METHODS:
        raise Unauthenticated(f"Attempted to authenticate with an unsupported method: {sorted(unknown)[0]}.")
    if missing := [name for name in methods if name not in asked]:
        raise Invalid(f"Expecting to find {missing[0]} in identity.", field=missing[0], code="missing")
    credential = asked["application_credential"] if "application_credential" in methods else {}
    user = asked["password"]["user"] if "password" in methods else credential.get("user") or {}
    kind, scope = _scope(auth.get("scope"))
    return Login(
        methods=methods, user=_named(user), password=user.get("password"),
        token=asked["token"]["id"] if "token" in methods else None, scope_kind=kind, scope=scope,
        credential=Named(credential.get("id"), credential.get("name")), secret=credential.get("secret"),
    )  # fmt: skip


def _scope(scope: Any) -> tuple[str, Named]:
    """(kind, whom) of the scope that a body names; at the most one may be named."""
    if scope is None:
        return "default", Named()
    if scope == "unscoped" or "unscoped" in scope:
        return "unscoped", Named()
    if len(scope) > 1:
        raise Invalid("A token has one scope only.", field="scope")
    if "OS-TRUST:trust" in scope:
        return "trust", Named(scope["OS-TRUST:trust"]["id"])
    for kind in ("project", "domain"):
        if kind in scope:
            return kind, _named(scope[kind])
    return ("system", Named()) if "system" in scope else ("default", Named())


def _named(data: dict[str, Any]) -> Named:
    domain = data.get("domain") or {}
    return Named(data.get("id"), data.get("name"), domain.get("id"), domain.get("name"))
