"""How Identity shows its nouns: rows in, JSON out."""

import datetime
from typing import Any
from urllib.parse import urlencode

from nova_like.api.common.request import Request
from nova_like.services.identity_tokens import Token

Row = dict[str, Any]


def time(seconds: float | None) -> str | None:
    """Identity's form of times, microseconds always zero."""
    if seconds is None:
        return None
    return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def link(req: Request, *path: str) -> Row:
    return {"self": "/".join((req.base("identity"), "v3", *path))}


def listed(req: Request, name: str, items: list[Row], *path: str) -> Row:
    """A collection with its links."""
    links = {"next": None, "previous": None, **link(req, *(path or (name,)))}
    if req.query_string:
        links["self"] += f"?{req.query_string}"
    return {name: items, "links": links}


def paged(req: Request, name: str, items: list[Row], *path: str) -> Row:
    """A collection of which the client may have asked for one page."""
    view = listed(req, name, items, *path)
    limit = req.number("limit", minimum=1)
    if items and limit is not None and len(items) >= min(limit, req.conf.api.max_limit):
        more = [(key, value) for key, value in req.GET.items() if key != "marker"]
        query = urlencode([*more, ("marker", items[-1]["id"])])
        view["links"]["next"] = f"{link(req, *(path or (name,)))['self']}?{query}"
    return view


def user(req: Request, row: Row) -> Row:
    view = {
        **(row["extra"] or {}), "id": row["id"], "name": row["name"], "domain_id": row["domain_id"],
        "enabled": row["enabled"], "description": row["description"], "options": row["options"] or {},
        "links": link(req, "users", row["id"]),
        "password_expires_at": time(row["password_expires_at"]),
    }  # fmt: skip
    view |= {key: row[key] for key in ("default_project_id", "email") if row[key] is not None}
    return view


def group(req: Request, row: Row) -> Row:
    return {
        **(row["extra"] or {}), "id": row["id"], "name": row["name"], "domain_id": row["domain_id"],
        "description": row["description"], "links": link(req, "groups", row["id"]),
    }  # fmt: skip


def project(req: Request, row: Row) -> Row:
    return {
        **(row["extra"] or {}), "id": row["id"], "name": row["name"], "domain_id": row["domain_id"],
        "enabled": row["enabled"], "description": row["description"], "options": row["options"] or {},
        "parent_id": row["parent_id"], "is_domain": row.get("is_domain", False), "tags": row["tags"],
        "links": link(req, "projects", row["id"]),
    }  # fmt: skip


def domain(req: Request, row: Row) -> Row:
    return {
        **(row["extra"] or {}), "id": row["id"], "name": row["name"], "enabled": row["enabled"],
        "description": row["description"], "options": row["options"] or {}, "tags": row["tags"],
        "links": link(req, "domains", row["id"]),
    }  # fmt: skip


def role(req: Request, row: Row) -> Row:
    return {
        **(row["extra"] or {}), "id": row["id"], "name": row["name"], "domain_id": row["domain_id"],
        "description": row["description"], "options": row["options"] or {}, "links": link(req, "roles", row["id"]),
    }  # fmt: skip


def credential(req: Request, row: Row) -> Row:
    return {
        "access": row["access"], "secret": row["secret"], "user_id": row["user_id"], "tenant_id": row["project_id"],
        "trust_id": None, "links": link(req, "users", row["user_id"], "credentials", "OS-EC2", row["access"]),
    }  # fmt: skip


def access_rule(row: Row) -> Row:
    return {name: row[name] for name in ("id", "service", "path", "method")}


def token(found: Token, catalog: list[Row] | None) -> Row:
    """The body of a token; `catalog` None leaves it out."""
    claims, user_row = found.claims, found.user
    view: Row = {
        "methods": list(claims.methods), "audit_ids": list(claims.audit_ids),
        "issued_at": time(claims.issued_at), "expires_at": time(claims.expires_at),
        "user": {"id": user_row["id"], "name": user_row["name"], "domain": _domain_of(user_row),
                 "password_expires_at": time(user_row["password_expires_at"])},
    }  # fmt: skip
    kind, _ = claims.scope
    if kind:
        view |= _scope(kind, found.target or {})
        view["roles"] = [{"id": row["id"], "name": row["name"]} for row in found.roles]
        if catalog is not None:
            view["catalog"] = catalog
    return {"token": view | _delegation(found)}


def _delegation(found: Token) -> Row:
    """What a token says of the trust or the application credential that it was given for."""
    view: Row = {}
    if (row := found.standing.trust) is not None:
        people = {who: {"id": row[f"{who}_id"]} for who in ("trustor_user", "trustee_user")}
        view["OS-TRUST:trust"] = {"id": row["id"], "impersonation": row["impersonation"], **people}
    if (row := found.standing.application_credential) is not None:
        shown = {"id": row["id"], "name": row["name"], "restricted": not row["unrestricted"]}
        rules = {"access_rules": [access_rule(one) for one in row["access_rules"]]} if row["access_rules"] else {}
        view["application_credential"] = shown | rules
    return view


def _scope(kind: str, target: Row) -> Row:
    if kind == "project":
        shown = {"id": target["id"], "name": target["name"], "domain": _domain_of(target)}
        return {"project": shown, "is_domain": False}
    if kind == "domain":
        return {"domain": {"id": target["id"], "name": target["name"]}}
    return {"system": {"all": True}}


def _domain_of(row: Row) -> Row:
    return {"id": row["domain_id"], "name": row["domain_name"]}
