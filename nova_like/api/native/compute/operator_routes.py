"""The part of the compute API that is about the cloud itself: hosts, zones, quotas. Operators' for the most part."""

from nova_like.api.common.routing import Action, Route
from nova_like.api.native.compute import (
    aggregates,
    audits,
    flavor_access,
    hosts,
    migrations,
    old_hosts,
    quotas,
    server_words,
    usages,
)
from nova_like.api.native.compute.schemas import aggregates as aggregate_schemas
from nova_like.api.native.compute.schemas import operators, words
from nova_like.api.native.compute.schemas import quotas as quota_schemas

AGGREGATE = "/os-aggregates/{aggregate_id}"
QUOTA = "/os-quota-sets/{project_id}"
HOST = "/os-hosts/{host_name}"
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
    Route("PUT", "/os-services/force-down", hosts.force_down, schema=operators.FORCE_DOWN, since="2.11", until="2.52"),
    Route("DELETE", "/os-services/{service_number}", hosts.delete_numbered, 204, until="2.52"),
    Route("DELETE", "/os-services/{service_id}", hosts.delete_service, 204, since="2.53"),
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
    Route("GET", "/os-hosts", old_hosts.index, until="2.42"),
    Route("GET", HOST, old_hosts.show, until="2.42"),
    Route("PUT", HOST, old_hosts.update, schema=operators.UPDATE_HOST, until="2.42"),
    *(Route("GET", f"{HOST}/{verb}", old_hosts.power, until="2.42") for verb in ("startup", "shutdown", "reboot")),
    Route("GET", QUOTA, quotas.show),
    Route("PUT", QUOTA, quotas.update, schema=quota_schemas.SET),
    Route("DELETE", QUOTA, quotas.delete, 202),
    Route("GET", f"{QUOTA}/detail", quotas.detail),
    Route("GET", f"{QUOTA}/defaults", quotas.defaults),
    Route("GET", "/os-quota-class-sets/{class_id}", quotas.show_class),
    Route("PUT", "/os-quota-class-sets/{class_id}", quotas.update_class, schema=quota_schemas.CLASS),
    Route("GET", "/flavors/{flavor_id}/os-flavor-access", flavor_access.index),
    Route("POST", "/flavors/{flavor_id}/action", actions=flavor_access.ACTIONS),
    Route("GET", "/os-simple-tenant-usage", usages.index),
    Route("GET", "/os-simple-tenant-usage/{project_id}", usages.show),
    Route("GET", "/os-instance_usage_audit_log", audits.index),
    Route("GET", "/os-instance_usage_audit_log/{before}", audits.show),
    Route("GET", "/os-migrations", migrations.index),
    Route("POST", "/os-server-external-events", server_words.external_events, schema=words.EVENTS),
)  # fmt: skip
