"""Security groups through compute, as clients did before 2.36: the Network API's groups, of whose rules only those
show that let something in. Decides nothing that the Network API does not."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.native.compute.views import security_groups as views
from nova_like.model.errors import Conflict, Invalid
from nova_like.model.ids import is_uuid
from nova_like.services.scope import home

Json = dict[str, Any]


def index(req: Request) -> Json:
    everybody = req.flag("all_tenants") and req.ctx.is_admin
    rows = req.services.security_groups.list(req.ctx, everybody)
    start = min(req.number("offset", 0) or 0, len(rows))
    limit = req.number("limit", len(rows))
    names = views.names(rows)
    return {"security_groups": [views.group(row, names) for row in rows[start:][:limit]]}


def _shown(req: Request, row: Json) -> Json:
    return {"security_group": views.group(row, views.names([row, *_of_rules(req, row)]))}


def _of_rules(req: Request, row: Json) -> list[Json]:
    """The groups that are needed to show a group's rules."""
    others = {rule["remote_group_id"] for rule in row["rules"]} - {None, row["id"]}
    return [one for one in req.services.security_groups.list(req.ctx) if one["id"] in others] if others else []


def show(req: Request, security_group_id: str) -> Json:
    return _shown(req, req.services.security_groups.get(req.ctx, security_group_id))


def create(req: Request) -> Json:
    asked = req.body_json["security_group"]
    home(req.ctx)
    try:
        return _shown(req, req.services.security_groups.create(req.ctx, asked["name"], asked.get("description") or ""))
    except Conflict as fault:
        raise Invalid(fault.reason, fault.noun) from None


def update(req: Request, security_group_id: str) -> Json:
    asked = req.body_json["security_group"]
    values = {name: asked[name] or "" for name in ("name", "description") if name in asked}
    try:
        return _shown(req, req.services.security_groups.update(req.ctx, security_group_id, values))
    except Conflict as fault:
        raise Invalid(fault.reason, fault.noun) from None


def delete(req: Request, security_group_id: str) -> None:
    """Rules of other groups that name it go with it."""
    try:
        req.services.security_groups.delete(req.ctx, security_group_id, unname=True)
    except Conflict as fault:
        raise Invalid(fault.reason, fault.noun) from None


def create_rule(req: Request) -> Json:
    asked = req.body_json["security_group_rule"]
    parent, other = asked["parent_group_id"], asked.get("group_id")
    for id in (parent, other):
        if id is not None and not is_uuid(id):
            raise Invalid("Security group id should be a UUID.", field="parent_group_id")
    cidr = asked.get("cidr") or None
    wish = {
        "direction": "ingress", "ethertype": "IPv6" if cidr and ":" in cidr else "IPv4",
        "protocol": asked.get("ip_protocol"), "remote_group_id": other,
        "remote_cidr": None if other else cidr or "0.0.0.0/0", **_ports(asked),
    }  # fmt: skip
    try:
        rule = req.services.security_groups.add_rule(req.ctx, parent, wish)
    except Conflict as fault:
        raise Invalid(fault.reason, fault.noun) from None
    group = req.services.security_groups.get(req.ctx, parent)
    return {"security_group_rule": views.rule(rule, views.names([group, *_of_rules(req, group)]))}


def _ports(asked: Json) -> dict[str, int | None]:
    """Ports, or type and code of ICMP; -1 is all of them."""
    found = {}
    for given, name in (("from_port", "port_min"), ("to_port", "port_max")):
        value = None if asked.get(given) is None else int(asked[given])
        found[name] = None if value == -1 else value
    return found


def delete_rule(req: Request, security_rule_id: str) -> None:
    req.services.security_groups.delete_rule(req.ctx, security_rule_id)


def of_server(req: Request, server_id: str) -> Json:
    """The groups that a server's ports are in."""
    instance = req.services.instances.get(req.ctx, server_id)
    ids = {group["id"] for port in instance["ports"] for group in port.get("groups") or ()}
    rows = req.services.security_groups.list(req.ctx, req.ctx.is_admin)
    names = views.names(rows)
    return {"security_groups": [views.group(row, names) for row in rows if row["id"] in ids]}


def add_to_server(req: Request, server_id: str) -> None:
    req.services.memberships.add(req.ctx, server_id, req.body_json["addSecurityGroup"]["name"])


def remove_from_server(req: Request, server_id: str) -> None:
    req.services.memberships.remove(req.ctx, server_id, req.body_json["removeSecurityGroup"]["name"])
