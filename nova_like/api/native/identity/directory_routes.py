"""Routes of domains, projects, users, groups, roles and their assignments."""

from nova_like.api.common.routing import Route
from nova_like.api.native.identity import assignments, domains, grants, groups, projects, roles, users
from nova_like.api.native.identity import directory_schemas as schemas

_PROJECT, _USER, _GROUP = "/projects/{project_id}", "/users/{user_id}", "/groups/{user_group_id}"
_IMPLIED = "/roles/{prior_role_id}/implies/{implied_role_id}"

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
    Route("GET", "/users", users.index),
    Route("POST", "/users", users.create, 201, schema=schemas.USER_CREATE),
    Route("GET", _USER, users.show),
    Route("PATCH", _USER, users.update, schema=schemas.USER_UPDATE),
    Route("DELETE", _USER, users.delete, 204),
    Route("POST", _USER + "/password", users.change_password, 204, schema=schemas.USER_PASSWORD, open=True),
    Route("GET", _USER + "/groups", users.groups),
    Route("GET", _USER + "/projects", users.projects),
    Route("GET", "/groups", groups.index),
    Route("POST", "/groups", groups.create, 201, schema=schemas.GROUP_CREATE),
    Route("GET", _GROUP, groups.show),
    Route("PATCH", _GROUP, groups.update, schema=schemas.GROUP_UPDATE),
    Route("DELETE", _GROUP, groups.delete, 204),
    Route("GET", _GROUP + "/users", groups.members),
    Route("GET", _GROUP + "/users/{user_id}", groups.member, 204),
    Route("PUT", _GROUP + "/users/{user_id}", groups.add_member, 204),
    Route("DELETE", _GROUP + "/users/{user_id}", groups.remove_member, 204),
    Route("GET", "/roles", roles.index),
    Route("POST", "/roles", roles.create, 201, schema=schemas.ROLE_CREATE),
    Route("GET", "/roles/{role_id}", roles.show),
    Route("PATCH", "/roles/{role_id}", roles.update, schema=schemas.ROLE_UPDATE),
    Route("DELETE", "/roles/{role_id}", roles.delete, 204),
    Route("GET", "/role_inferences", roles.inferences),
    Route("GET", "/roles/{prior_role_id}/implies", roles.implied),
    Route("GET", _IMPLIED, roles.implication),
    Route("PUT", _IMPLIED, roles.imply, 201),
    Route("DELETE", _IMPLIED, roles.imply_no_more, 204),
    *grants.ROUTES,
    Route("GET", "/role_assignments", assignments.index),
)
