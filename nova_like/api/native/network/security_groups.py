"""Handlers of security groups and of their rules."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.network import listing, owners, views
from nova_like.model.errors import Forbidden, Invalid

Json = dict[str, Any]


def _own(req: Request, body: Json) -> None:
    """Groups belong to the caller's project; making them for others is not offered."""
    if owners.of(req.ctx, body) != req.ctx.project_id:
        raise Forbidden("A security group can be made for the caller's own project only.", "security group")


def index(req: Request) -> Json:
    rows = req.services.security_groups.list(req.ctx, all_projects=True)
    return listing.collection(req, "security_groups", [views.group(row) for row in rows])


def show(req: Request, group_id: str) -> Json:
    return listing.one(req, "security_group", views.group(req.services.security_groups.get(req.ctx, group_id)))


def create(req: Request) -> Json:
    body = req.body_json["security_group"]
    _own(req, body)
    row = req.services.security_groups.create(req.ctx, body["name"], body.get("description", ""))
    return {"security_group": views.group(row)}


def update(req: Request, group_id: str) -> Json:
    row = req.services.security_groups.update(req.ctx, group_id, req.body_json["security_group"])
    return {"security_group": views.group(row)}


def delete(req: Request, group_id: str) -> None:
    req.services.security_groups.delete(req.ctx, group_id)


def rules(req: Request) -> Json:
    rows = req.services.security_groups.rules(req.ctx, all_projects=True)
    return listing.collection(req, "security_group_rules", [views.rule(row) for row in rows])


def show_rule(req: Request, rule_id: str) -> Json:
    row = req.services.security_groups.rule(req.ctx, rule_id)
    return listing.one(req, "security_group_rule", views.rule(row))


def create_rule(req: Request) -> Json:
    body = req.body_json["security_group_rule"]
    owners.of(req.ctx, body)
    wish = {
        "direction": body["direction"], "ethertype": body.get("ethertype") or "IPv4", "protocol": body.get("protocol"),
        "port_min": _number(body, "port_range_min"), "port_max": _number(body, "port_range_max"),
        "remote_cidr": body.get("remote_ip_prefix") or None, "remote_group_id": body.get("remote_group_id") or None,
        "description": body.get("description", ""),
    }  # fmt: skip
    row = req.services.security_groups.add_rule(req.ctx, body["security_group_id"], wish)
    return {"security_group_rule": views.rule(row)}


def _number(body: Json, name: str) -> int | None:
    """An integer, given as one or as its digits."""
    value = body.get(name)
    if value is None or isinstance(value, int):
        return value
    if not (value.isascii() and value.lstrip("-").isdigit()):
        raise Invalid(f"Invalid value for port {value}", "security group rule", field=name, code="rule")
    return int(value)


def delete_rule(req: Request, rule_id: str) -> None:
    req.services.security_groups.delete_rule(req.ctx, rule_id)
