"""The plain nouns of identity: what their bodies say and how they are shown. Data, and one route of its own: a region
is made under an id of the client's by PUT."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.common.routing import Route
from nova_like.api.native.identity import kept
from nova_like.api.native.identity.schemas import ID, NAME, loose

Row = dict[str, Any]
TEXT = {"type": "string", "maxLength": 4000}
OPTIONAL = {"type": ["string", "null"], "maxLength": 4000}
OR_NONE = {"type": ["string", "null"], "minLength": 1, "maxLength": 255}
FLAG = {"type": "boolean"}
URL = {"type": "string", "pattern": r"^[a-zA-Z0-9+.-]+:[^\s]+$", "maxLength": 1024}
INTERFACE = {"enum": ["public", "internal", "admin"]}


def _endpoint(row: Row) -> Row:
    region = row["region_id"] or None
    return {**row, "region_id": region, "region": region}


SERVICE = kept.Noun("service", "services", "catalog_service_id", "services",
                    {"type": NAME, "name": {"type": "string", "maxLength": 255}, "description": TEXT, "enabled": FLAG},
                    ("type",), ("type", "name"))  # fmt: skip
REGION = kept.Noun("region", "regions", "region_id", "regions",
                   {"id": {"type": "string", "maxLength": 255}, "description": {"type": "string", "maxLength": 255},
                    "parent_region_id": OR_NONE}, (), ("parent_region_id",))  # fmt: skip
ENDPOINT = kept.Noun("endpoint", "endpoints", "endpoint_id", "endpoints",
                     {"service_id": ID, "interface": INTERFACE, "url": URL, "region": OR_NONE, "region_id": OR_NONE,
                      "enabled": FLAG}, ("service_id", "interface", "url"),
                     ("service_id", "interface", "region_id"), _endpoint)  # fmt: skip
CREDENTIAL = kept.Noun("credential", "credentials", "credential_id", "credentials",
                       {"type": NAME, "blob": {"type": "string", "maxLength": 65536}, "user_id": ID,
                        "project_id": OR_NONE}, ("type", "blob"), ("user_id", "type"))  # fmt: skip
_AMOUNT = {"type": "integer", "minimum": -1, "maximum": 2**31 - 1}
_PLACE = {"service_id": ID, "region_id": OR_NONE, "resource_name": NAME, "description": OPTIONAL}
REGISTERED = kept.Noun("registered_limit", "registered_limits", "registered_limit_id", "registered_limits",
                       {**_PLACE, "default_limit": _AMOUNT}, ("service_id", "resource_name", "default_limit"),
                       ("service_id", "region_id", "resource_name"), many=True)  # fmt: skip
LIMIT = kept.Noun("limit", "limits", "limit_id", "limits",
                  {**_PLACE, "resource_limit": _AMOUNT, "project_id": OR_NONE, "domain_id": OR_NONE},
                  ("service_id", "resource_name", "resource_limit"),
                  ("service_id", "region_id", "resource_name", "project_id", "domain_id"), many=True,
                  changeable=("resource_limit", "description"))  # fmt: skip
POLICY = kept.Noun("policy", "policies", "policy_id", "policies",
                   {"type": NAME, "blob": {"type": "string", "maxLength": 65536}}, ("type", "blob"),
                   ("type",))  # fmt: skip
ENDPOINT_GROUP = kept.Noun("endpoint_group", "endpoint_groups", "endpoint_group_id", "endpoint_groups",
                           {"name": NAME, "description": OPTIONAL, "filters": loose({
                               "service_id": ID, "interface": INTERFACE, "region_id": ID})}, ("name", "filters"),
                           ("name",), path="/OS-EP-FILTER/endpoint_groups")  # fmt: skip
NOUNS = (SERVICE, REGION, ENDPOINT, CREDENTIAL, REGISTERED, LIMIT, POLICY, ENDPOINT_GROUP)


def put_region(req: Request, region_id: str) -> Row:
    said = {name: value for name, value in req.body_json["region"].items() if name in REGION.fields}
    row = req.services.identity.regions.create(req.ctx, {**said, "id": region_id})
    return {"region": kept.shown(req, REGION, row)}


def model(req: Request) -> Row:
    """How limits of projects that stand in one another go together: not at all."""
    req.ctx  # noqa: B018  (needs a token)
    flat = "Limit enforcement and validation does not take project hierarchy into consideration."
    return {"model": {"name": "flat", "description": flat}}


ROUTES = (
    Route("GET", "/limits/model", model),
    *(route for noun in NOUNS for route in kept.routes(noun)),
    Route("PUT", "/regions/{region_id}", put_region, 201, schema=loose({"region": loose(REGION.fields)}, ("region",))),
)
