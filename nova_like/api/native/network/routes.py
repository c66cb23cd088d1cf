"""The network API on one page. Paths stand under /v2.0."""

from nova_like.api.common.routing import Route
from nova_like.api.native.network import discovery, networks, ports, quotas, schemas, security_groups, subnets

NETWORK, SUBNET = "/networks/{network_id}", "/subnets/{subnet_id}"
GROUP, RULE = "/security-groups/{group_id}", "/security-group-rules/{rule_id}"
ROUTES = (
    Route("GET", "/networks", networks.index),
    Route("POST", "/networks", networks.create, 201, schema=schemas.NETWORK_CREATE),
    Route("GET", NETWORK, networks.show),
    Route("PUT", NETWORK, networks.update, schema=schemas.NETWORK_UPDATE),
    Route("DELETE", NETWORK, networks.delete, 204),
    Route("GET", "/subnets", subnets.index),
    Route("POST", "/subnets", subnets.create, 201, schema=schemas.SUBNET_CREATE),
    Route("GET", SUBNET, subnets.show),
    Route("DELETE", SUBNET, subnets.delete, 204),
    Route("GET", "/ports", ports.index),
    Route("GET", "/ports/{port_id}", ports.show),
    Route("PUT", "/ports/{port_id}", ports.update, schema=schemas.PORT_UPDATE),
    Route("GET", "/security-groups", security_groups.index),
    Route("POST", "/security-groups", security_groups.create, 201, schema=schemas.GROUP_CREATE),
    Route("GET", GROUP, security_groups.show),
    Route("PUT", GROUP, security_groups.update, schema=schemas.GROUP_UPDATE),
    Route("DELETE", GROUP, security_groups.delete, 204),
    Route("GET", "/security-group-rules", security_groups.rules),
    Route("POST", "/security-group-rules", security_groups.create_rule, 201, schema=schemas.RULE_CREATE),
    Route("GET", RULE, security_groups.show_rule),
    Route("DELETE", RULE, security_groups.delete_rule, 204),
    Route("GET", "/extensions", discovery.extensions),
    Route("GET", "/extensions/{alias}", discovery.extension),
    Route("GET", "/quotas/{project_id}", quotas.show),
    Route("PUT", "/quotas/{project_id}", quotas.update, schema=schemas.QUOTA),
    Route("DELETE", "/quotas/{project_id}", quotas.delete, 204),
    Route("GET", "/quotas/{project_id}/details", quotas.details),
    Route("GET", "/quotas/{project_id}/details.json", quotas.details),
    Route("GET", "/quotas/{project_id}/default", quotas.default),
)
