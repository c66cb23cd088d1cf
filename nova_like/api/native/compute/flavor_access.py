"""Which projects may use a flavor that is not public."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.api.common.routing import Action
from nova_like.api.common.schema import obj

Json = dict[str, Any]
TENANT = obj({"tenant": {"type": "string", "minLength": 1, "maxLength": 255}}, ("tenant",))


def _view(flavor_id: str, projects: list[str]) -> Json:
    return {"flavor_access": [{"flavor_id": flavor_id, "tenant_id": project} for project in projects]}


def index(req: Request, flavor_id: str) -> Json:
    return _view(flavor_id, req.services.flavors.access(req.ctx, flavor_id))


def add(req: Request, flavor_id: str) -> Json:
    project = req.body_json["addTenantAccess"]["tenant"]
    return _view(flavor_id, req.services.flavors.add_access(req.ctx, flavor_id, project))


def remove(req: Request, flavor_id: str) -> Json:
    project = req.body_json["removeTenantAccess"]["tenant"]
    return _view(flavor_id, req.services.flavors.drop_access(req.ctx, flavor_id, project))


ACTIONS = {"addTenantAccess": Action(add, TENANT, 200), "removeTenantAccess": Action(remove, TENANT, 200)}
