"""Routes of domains, projects, users, groups, roles and their assignments."""

from nova_like.api.common.routing import Route
from nova_like.api.native.identity import directory_schemas as schemas
from nova_like.api.native.identity import domains, projects

_PROJECT = "/projects/{project_id}"

ROUTES = (
    Route("GET", "/domains", domains.index),
    Route("POST", "/domains", domains.create, 201, schema=schemas.DOMAIN_CREATE),
    Route("GET", "/domains/{domain_id}", domains.show),
    Route("PATCH", "/domains/{domain_id}", domains.update, schema=schemas.DOMAIN_UPDATE),
    Route("DELETE", "/domains/{domain_id}", domains.delete, 204),
    Route("GET", "/projects", projects.index),
    Route("POST", "/projects", projects.create, 201, schema=schemas.PROJECT_CREATE),
    Route("GET", _PROJECT, projects.show),
    Route("PATCH", _PROJECT, projects.update, schema=schemas.PROJECT_UPDATE),
    Route("DELETE", _PROJECT, projects.delete, 204),
    Route("GET", _PROJECT + "/tags", projects.tags),
    Route("PUT", _PROJECT + "/tags", projects.set_tags, schema=schemas.TAGS),
    Route("DELETE", _PROJECT + "/tags", projects.remove_tags, 204),
    Route("GET", _PROJECT + "/tags/{tag}", projects.tag, 204),
    Route("PUT", _PROJECT + "/tags/{tag}", projects.add_tag, 201),
    Route("DELETE", _PROJECT + "/tags/{tag}", projects.remove_tag, 204),
)
