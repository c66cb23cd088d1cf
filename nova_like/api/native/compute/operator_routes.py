"""The part of the compute API that is about the cloud itself: hosts, zones, quotas. Operators' for the most part."""

from nova_like.api.common.routing import Action, Route
from nova_like.api.native.compute import aggregates, hosts, limits
from nova_like.api.native.compute.schemas import aggregates as aggregate_schemas
from nova_like.api.native.compute.schemas import operators

AGGREGATE = "/os-aggregates/{aggregate_id}"
QUOTA = "/os-quota-sets/{project_id}"
AGGREGATE_ACTIONS = {
    "add_host": Action(aggregates.add_host, aggregate_schemas.HOST, 200),
    "remove_host": Action(aggregates.remove_host, aggregate_schemas.HOST, 200),
    "set_metadata": Action(aggregates.set_metadata, aggregate_schemas.METADATA, 200),
}
OPERATORS = (
    Route("GET", "/os-availability-zone/detail", hosts.zones_detail),
    Route("GET", "/os-services", hosts.services),
    Route("PUT", "/os-services/enable", hosts.enable, schema=operators.ENABLE, until="2.52"),
    Route("PUT", "/os-services/disable", hosts.disable, schema=operators.ENABLE, until="2.52"),
    Route("PUT", "/os-services/disable-log-reason", hosts.disable_with_reason,
          schema=operators.DISABLE_WITH_REASON, until="2.52"),
    Route("PUT", "/os-services/{service_id}", hosts.update_service, schema=operators.UPDATE_SERVICE, since="2.53"),
    Route("GET", "/os-hypervisors", hosts.hypervisors),
    Route("GET", "/os-hypervisors/detail", hosts.hypervisors_detail),
    Route("GET", "/os-hypervisors/statistics", hosts.statistics, until="2.87"),
    Route("GET", "/os-hypervisors/{hypervisor_id}", hosts.hypervisor),
    Route("GET", "/os-hypervisors/{hypervisor_id}/uptime", hosts.uptime, until="2.87"),
    Route("GET", "/os-hypervisors/{hypervisor_name}/search", hosts.search, until="2.52"),
    Route("GET", "/os-hypervisors/{hypervisor_name}/servers", hosts.guests, until="2.52"),
    Route("GET", "/os-aggregates", aggregates.index),
    Route("POST", "/os-aggregates", aggregates.create, schema=aggregate_schemas.CREATE),
    Route("GET", AGGREGATE, aggregates.show),
    Route("PUT", AGGREGATE, aggregates.update, schema=aggregate_schemas.UPDATE),
    Route("DELETE", AGGREGATE, aggregates.delete),
    Route("POST", f"{AGGREGATE}/action", actions=AGGREGATE_ACTIONS),
    Route("POST", f"{AGGREGATE}/images", aggregates.cache_images, 202, schema=aggregate_schemas.IMAGES, since="2.81"),
    Route("GET", QUOTA, limits.quota_set),
    Route("PUT", QUOTA, limits.update_quota_set, schema=operators.QUOTA_SET),
    Route("GET", f"{QUOTA}/detail", limits.quota_detail),
    Route("GET", f"{QUOTA}/defaults", limits.quota_defaults),
)  # fmt: skip
