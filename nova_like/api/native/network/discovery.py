"""Version documents of the network API, and the list of extensions: what is there, and nothing else."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route
from nova_like.model.errors import NotFound

RESOURCES = (("network", "networks"), ("subnet", "subnets"), ("port", "ports"))
EXTENSIONS = (
    ("binding", "Port Binding", "Expose port bindings of a virtual port to external application"),
    ("external-net", "Neutron external network", "Adds external network attribute to network resource."),
    ("net-mtu", "Network MTU", "Provides MTU attribute for a network resource."),
    ("pagination", "Pagination support", "Extension that indicates that pagination is enabled."),
    ("port-security", "Port Security", "Provides port security"),
    ("project-id", "project_id field enabled", "Extension that indicates that project_id field is enabled."),
    ("provider", "Provider Network", "Expose mapping of virtual networks to physical networks"),
    ("quotas", "Quota management support", "Expose functions for quotas management per project"),
    ("security-group", "security-group", "The security groups extension."),
    (
        "security-groups-normalized-cidr",
        "Normalized CIDR field for security group rules",
        "Add a normalized_cidr field to security group rule",
    ),
    ("sorting", "Sorting support", "Extension that indicates that sorting is enabled."),
    ("standard-attr-description", "standard-attr-description", "Extension to add descriptions to standard attributes"),
    ("standard-attr-timestamp", "Resource timestamps", "Adds created_at and updated_at fields to all resources."),
)
UPDATED = "2013-01-20T00:00:00-00:00"


def versions(req: Request) -> dict[str, Any]:
    link = {"rel": "self", "href": f"{req.base('network')}/v2.0/"}
    return {"versions": [{"id": "v2.0", "status": "CURRENT", "links": [link]}]}


def resources(req: Request) -> dict[str, Any]:
    base = f"{req.base('network')}/v2.0"
    return {
        "resources": [
            {"name": name, "collection": many, "links": [{"rel": "self", "href": f"{base}/{many}"}]}
            for name, many in RESOURCES
        ]
    }


def _extension(alias: str, name: str, description: str) -> dict[str, Any]:
    return {"alias": alias, "name": name, "description": description, "updated": UPDATED, "links": []}


def extensions(req: Request) -> dict[str, Any]:
    req.ctx  # noqa: B018  # the caller must be somebody
    return {"extensions": [_extension(*facts) for facts in EXTENSIONS]}


def extension(req: Request, alias: str) -> dict[str, Any]:
    req.ctx  # noqa: B018
    for facts in EXTENSIONS:
        if facts[0] == alias:
            return {"extension": _extension(*facts)}
    raise NotFound("extension", alias[:64], f"Extension with alias {alias[:64]} does not exist")


ROUTES = (Route("GET", "/", versions, open=True), Route("GET", "/v2.0", resources))
