"""A valid request to every route: its path parameters, headers and body, for the sweeps over all routes. Data only.

"<noun>" stands for a thing of the tenant who asks (`Tenant.ids`). Whatever a route takes and is neither such a
reference nor in a PLAIN table has no example, and fails the sweeps.
"""

from typing import Any

# path parameter -> noun
PATHS = {
    "security_group_id": "group", "security_rule_id": "rule",
    "limit_id": "limit", "trust_id": "trust", "credential_id": "credential", "application_credential_id": "robot",
    "access_rule_id": "access_rule",
    "server_id": "server", "keypair_name": "keypair", "port_id": "port", "request_id": "request",
    "project_id": "project", "target_id": "project", "image_id": "image", "network_id": "network",
    "subnet_id": "subnet", "group_id": "group", "rule_id": "rule", "volume_id": "volume", "user_id": "user",
    "attached_id": "attached",
    "access": "access", "flavor_id": "flavor", "member_id": "member", "task_id": "task",
    "server_group_id": "server_group", "user_group_id": "user_group", "console_token": "console",
    "webhook_id": "webhook",
}  # fmt: skip
# personas that are of no tenant's project: scope_role; a stranger's domain is another than the tenants'
SCOPED = (
    "system_reader", "system_member", "system_manager", "domain_reader", "domain_member", "domain_manager",
    "domain_admin", "stranger_reader", "stranger_member", "stranger_manager", "stranger_admin", "project_service",
)  # fmt: skip
# path parameter that no tenant owns -> an example; of `service_id` and the like the world knows one
PLAIN_PATHS = {
    "domain_id": "default", "region_id": "Spare", "spec_key": "k", "metadata_key": "k",
    "tag": "t", "network_name": "net", "type_id": "default", "alias": "security-group",
    "schema": "image", "store_id": "default", "role_id": "", "service_id": "", "hypervisor_id": "",
    "catalog_service_id": "dns", "endpoint_id": "dns-public", "registered_limit_id": "spare",
    "policy_id": "policy", "endpoint_group_id": "group", "hypervisor_name": "h1", "aggregate_id": "",
    "snapshot_id": "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f",
    "host_name": "h1", "service_number": "7", "class_id": "default", "before": "2026-01-01", "extension": "os-hosts",
    "migration_id": "1",
    "namespace": "space", "definition": "d", "metadef": "namespace",
    "prior_role_id": "", "implied_role_id": "",
}  # fmt: skip

_SERVER = {"name": "n", "imageRef": "<image>", "flavorRef": "<flavor>", "networks": "none"}
_DISK = {"uuid": "<image>", "source_type": "image", "destination_type": "local", "boot_index": 0}
_LOGIN = {"methods": ["password"], "password": {"user": {"id": "<user>", "password": "<password>"}}}
_RULE = {"security_group_id": "<group>", "direction": "ingress", "protocol": "udp"}
_SIGNED = {"access": "<access>", "signature": "x"}
_SUBNET = {"network_id": "<network>", "cidr": "10.77.0.0/24", "ip_version": 4}
_SERVICE = {"host": "h1", "binary": "nova-compute"}
_ENDPOINT = {"service_id": "dns", "interface": "public", "url": "http://dns.example"}
_NOTHING: list[Any] = [None]
# "api METHOD path action" -> bodies
BODIES: dict[str, list[Any]] = {
    "identity POST /v3/auth/tokens": [{"auth": {"identity": _LOGIN, "scope": {"project": {"id": "<project>"}}}}],
    "identity POST /v3/users/{user_id}/credentials/OS-EC2": [{"tenant_id": "<project>"}],
    "identity POST /v3/ec2tokens": [{"ec2Credentials": _SIGNED}, {"credentials": _SIGNED}],
    "identity POST /v3/services": [{"service": {"type": "dns"}}],
    "identity PATCH /v3/services/{catalog_service_id}": [{"service": {"description": "d"}}],
    "identity POST /v3/regions": [{"region": {"description": "d"}}],
    "identity PUT /v3/regions/{region_id}": [{"region": {"description": "d"}}],
    "identity PATCH /v3/regions/{region_id}": [{"region": {"description": "d"}}],
    "identity POST /v3/endpoints": [{"endpoint": {**_ENDPOINT, "region": "r"}}],
    "identity PATCH /v3/endpoints/{endpoint_id}": [{"endpoint": {"enabled": False}}],
    "identity POST /v3/users/{user_id}/application_credentials": [
        {"application_credential": {"name": "n", "access_rules": [{"id": "<access_rule>"}]}},
        {"application_credential": {"name": "n", "roles": [{"name": "reader"}], "expires_at": "2999-01-01T00:00:00"}},
    ],
    "identity POST /v3/OS-TRUST/trusts": [
        {"trust": {"trustor_user_id": "<user>", "trustee_user_id": "<user>", "project_id": "<project>",
                   "impersonation": False, "roles": [{"name": "reader"}]}},
    ],
    "identity POST /v3/registered_limits": [
        {"registered_limits": [{"service_id": "dns", "resource_name": "records", "default_limit": 1}]},
    ],
    "identity PATCH /v3/registered_limits/{registered_limit_id}": [{"registered_limit": {"default_limit": 2}}],
    "identity POST /v3/limits": [
        {"limits": [{"service_id": "dns", "resource_name": "zones", "resource_limit": 1, "project_id": "<project>"}]},
        {"limits": [{"service_id": "dns", "resource_name": "zones", "resource_limit": 1, "domain_id": "default"}]},
    ],
    "identity PATCH /v3/limits/{limit_id}": [{"limit": {"resource_limit": 2}}],
    "identity POST /v3/policies": [{"policy": {"type": "t", "blob": "b"}}],
    "identity PATCH /v3/policies/{policy_id}": [{"policy": {"blob": "b"}}],
    "identity POST /v3/OS-EP-FILTER/endpoint_groups": [{"endpoint_group": {"name": "n", "filters": {}}}],
    "identity PATCH /v3/OS-EP-FILTER/endpoint_groups/{endpoint_group_id}": [{"endpoint_group": {"name": "n"}}],
    "identity POST /v3/credentials": [
        {"credential": {"type": "t", "blob": "b", "user_id": "<user>", "project_id": "<project>"}},
    ],
    "identity PATCH /v3/credentials/{credential_id}": [{"credential": {"blob": "b", "user_id": "<user>"}}],
    "identity POST /v3/roles": [{"role": {"name": "r"}}],
    "identity PATCH /v3/roles/{role_id}": [{"role": {"description": "d"}}],
    "identity POST /v3/users": [{"user": {"name": "u", "password": "p", "default_project_id": "<project>"}}],
    "identity PATCH /v3/users/{user_id}": [{"user": {"default_project_id": "<project>"}}],
    "identity POST /v3/users/{user_id}/password": [
        {"user": {"original_password": "<password>", "password": "other"}},
    ],
    "identity POST /v3/groups": [{"group": {"name": "g"}}],
    "identity PATCH /v3/groups/{user_group_id}": [{"group": {"description": "d"}}],
    "identity POST /v3/domains": [{"domain": {"name": "d"}}],
    "identity PATCH /v3/domains/{domain_id}": [{"domain": {"description": "d"}}],
    "identity POST /v3/projects": [{"project": {"name": "p"}}, {"project": {"name": "p", "parent_id": "<project>"}}],
    "identity PATCH /v3/projects/{project_id}": [{"project": {"name": "n"}}, {"project": {"parent_id": "default"}}],
    "identity PUT /v3/projects/{project_id}/tags": [{"tags": ["a"]}],
    "compute POST /v2.1/servers": [
        {"server": {**_SERVER, "networks": [{"uuid": "<network>"}], "key_name": "<keypair>"}},
        {"server": {**_SERVER, "networks": [{"uuid": "<network>"}], "security_groups": [{"name": "<group>"}]}},
        {"server": {**_SERVER, "networks": "auto", "security_groups": [{"name": "<group_name>"}]}},
        {"server": {**_SERVER, "networks": [{"port": "<port>"}]}},
        {"server": {**_SERVER, "block_device_mapping_v2": [_DISK]}},
        {"server": {**_SERVER, "imageRef": "", "block_device_mapping_v2": [{**_DISK, "destination_type": "volume",
                                                                           "volume_size": 1}]}},
        *({"server": _SERVER, hints: {"group": "<server_group>", "same_host": "<server>", "different_host": "<server>"}}
          for hints in ("os:scheduler_hints", "OS-SCH-HNT:scheduler_hints")),
        *({"server": _SERVER, hints: {"same_host": ["<server>"], "different_host": ["<server>"]}}
          for hints in ("os:scheduler_hints", "OS-SCH-HNT:scheduler_hints")),
    ],
    "compute PUT /v2.1/servers/{server_id}": [{"server": {"name": "n"}}],
    "compute POST /v2.1/servers/{server_id}/action os-start": _NOTHING,
    "compute POST /v2.1/servers/{server_id}/action os-stop": _NOTHING,
    "compute POST /v2.1/servers/{server_id}/action reboot": [{"type": "HARD"}],
    "compute POST /v2.1/servers/{server_id}/action pause": _NOTHING,
    "compute POST /v2.1/servers/{server_id}/action unpause": _NOTHING,
    "compute POST /v2.1/servers/{server_id}/action suspend": _NOTHING,
    "compute POST /v2.1/servers/{server_id}/action resume": _NOTHING,
    "compute POST /v2.1/servers/{server_id}/action rescue": [None, {"rescue_image_ref": "<image>"}],
    "compute POST /v2.1/servers/{server_id}/action unrescue": _NOTHING,
    "compute POST /v2.1/servers/{server_id}/action createBackup": [
        {"name": "i", "backup_type": "daily", "rotation": 1, "metadata": {"a": "b"}}
    ],
    "compute POST /v2.1/servers/{server_id}/action createImage": [{"name": "i", "metadata": {"a": "b"}}],
    "compute POST /v2.1/servers/{server_id}/action rebuild": [
        {"imageRef": "<image>", "key_name": "<keypair>", "metadata": {"a": "b"}, "user_data": "YQ=="}],
    "compute POST /v2.1/servers/{server_id}/action resize": [{"flavorRef": "<flavor>"}],
    "compute POST /v2.1/servers/{server_id}/action evacuate": [{}],
    "compute POST /v2.1/servers/{server_id}/action migrate": [None, {"host": None}],
    "compute POST /v2.1/servers/{server_id}/action os-migrateLive": [{"host": None, "block_migration": "auto"}],
    "compute POST /v2.1/servers/{server_id}/action confirmResize": _NOTHING,
    "compute POST /v2.1/servers/{server_id}/action revertResize": _NOTHING,
    "compute POST /v2.1/servers/{server_id}/action shelve": _NOTHING,
    "compute POST /v2.1/servers/{server_id}/action shelveOffload": _NOTHING,
    "compute POST /v2.1/servers/{server_id}/action unshelve": [None, {"availability_zone": "nova", "host": "h1"}],
    "compute POST /v2.1/servers/{server_id}/action os-getConsoleOutput": [{}],
    "compute POST /v2.1/servers/{server_id}/action os-getVNCConsole 2.5": [{"type": "novnc"}],
    "compute POST /v2.1/servers/{server_id}/action os-getSerialConsole 2.5": [{"type": "serial"}],
    "compute POST /v2.1/servers/{server_id}/action os-getSPICEConsole 2.5": [{"type": "spice-html5"}],
    "compute POST /v2.1/servers/{server_id}/action os-getRDPConsole 2.5": [{"type": "rdp-html5"}],
    "compute POST /v2.1/servers/{server_id}/remote-consoles": [
        {"remote_console": {"protocol": "vnc", "type": "novnc"}},
        {"remote_console": {"protocol": "serial", "type": "serial"}},
    ],
    "compute POST /v2.1/servers/{server_id}/action forceDelete": _NOTHING,
    "compute POST /v2.1/servers/{server_id}/action lock": [{"locked_reason": "r"}],
    "compute POST /v2.1/servers/{server_id}/action unlock": _NOTHING,
    "compute POST /v2.1/servers/{server_id}/action changePassword": [{"adminPass": "p"}],
    "compute POST /v2.1/servers/{server_id}/action os-resetState": [{"state": "error"}],
    "compute POST /v2.1/servers/{server_id}/action resetNetwork": _NOTHING,
    "compute POST /v2.1/servers/{server_id}/action injectNetworkInfo": _NOTHING,
    "compute POST /v2.1/servers/{server_id}/action restore": _NOTHING,
    "compute POST /v2.1/servers/{server_id}/action addFixedIp 2.43": [{"networkId": "<network>"}],
    "compute POST /v2.1/servers/{server_id}/action removeFixedIp 2.43": [{"address": "<address>"}],
    "compute POST /v2.1/servers/{server_id}/action addSecurityGroup": [{"name": "<group_name>"}],
    "compute POST /v2.1/servers/{server_id}/action removeSecurityGroup": [{"name": "default"}],
    "compute POST /v2.1/images/{image_id}/metadata": [{"metadata": {"a": "b"}}],
    "compute PUT /v2.1/images/{image_id}/metadata": [{"metadata": {"a": "b"}}],
    "compute PUT /v2.1/images/{image_id}/metadata/{metadata_key}": [{"meta": {"k": "w"}}],
    "compute POST /v2.1/os-security-groups": [{"security_group": {"name": "n", "description": "d"}}],
    "compute PUT /v2.1/os-security-groups/{security_group_id}": [{"security_group": {"name": "n"}}],
    "compute POST /v2.1/os-security-group-rules": [
        {"security_group_rule": {"parent_group_id": "<group>", "ip_protocol": "udp"}},
        {"security_group_rule": {"parent_group_id": "<group>", "ip_protocol": "udp", "group_id": "<group>"}}],
    "compute POST /v2.1/os-volumes": [{"volume": {"size": 1}}],
    "compute POST /v2.1/os-snapshots": [{"snapshot": {"volume_id": "<volume>"}}],
    "compute POST /v2.1/os-server-external-events": [
        {"events": [{"name": "network-changed", "server_uuid": "<server>"}]}],
    "compute POST /v2.1/servers/{server_id}/os-volume_attachments": [{"volumeAttachment": {"volumeId": "<volume>"}}],
    "compute PUT /v2.1/servers/{server_id}/os-volume_attachments/{attached_id}": [
        {"volumeAttachment": {"volumeId": "<attached>", "delete_on_termination": True, "serverId": "<server>"}}],
    "compute POST /v2.1/servers/{server_id}/metadata": [{"metadata": {"a": "b"}}],
    "compute PUT /v2.1/servers/{server_id}/metadata": [{"metadata": {"a": "b"}}],
    "compute PUT /v2.1/servers/{server_id}/metadata/{metadata_key}": [{"meta": {"k": "w"}}],
    "compute PUT /v2.1/servers/{server_id}/tags": [{"tags": ["a"]}],
    "compute POST /v2.1/flavors": [{"flavor": {"name": "f", "ram": 64, "vcpus": 1, "disk": 1}}],
    "compute PUT /v2.1/flavors/{flavor_id}": [{"flavor": {"description": "d"}}],
    "compute POST /v2.1/flavors/{flavor_id}/os-extra_specs": [{"extra_specs": {"k": "v"}}],
    "compute PUT /v2.1/flavors/{flavor_id}/os-extra_specs/{spec_key}": [{"k": "v"}],
    "compute POST /v2.1/os-keypairs": [{"keypair": {"name": "n", "public_key": "<public_key>", "user_id": "<user>"}}],
    "compute POST /v2.1/os-keypairs 2.1": [{"keypair": {"name": "n", "public_key": "<public_key>"}}],
    "compute POST /v2.1/os-webhooks": [{"webhook": {"url": "https://example.com/", "events": ["instance.*"]}}],
    "compute POST /v2.1/os-server-groups": [{"server_group": {"name": "n", "policy": "affinity"}}],
    "compute POST /v2.1/os-aggregates": [{"aggregate": {"name": "n", "availability_zone": "z"}}],
    "compute PUT /v2.1/os-aggregates/{aggregate_id}": [{"aggregate": {"name": "n"}}],
    "compute POST /v2.1/os-aggregates/{aggregate_id}/action add_host": [{"host": "h1"}],
    "compute POST /v2.1/os-aggregates/{aggregate_id}/action remove_host": [{"host": "h1"}],
    "compute POST /v2.1/os-aggregates/{aggregate_id}/action set_metadata": [{"metadata": {"k": "v"}}],
    "compute POST /v2.1/os-aggregates/{aggregate_id}/images": [{"cache": [{"id": "<image>"}]}],
    "compute PUT /v2.1/os-services/enable": [_SERVICE],
    "compute PUT /v2.1/os-services/disable": [_SERVICE],
    "compute PUT /v2.1/os-services/disable-log-reason": [{**_SERVICE, "disabled_reason": "r"}],
    "compute PUT /v2.1/os-services/force-down": [{**_SERVICE, "forced_down": True}],
    "compute PUT /v2.1/os-services/{service_id}": [{"status": "disabled"}, {"forced_down": True}],
    "compute PUT /v2.1/os-hosts/{host_name}": [{"status": "disable"}],
    "compute PUT /v2.1/os-quota-sets/{project_id}": [{"quota_set": {"cores": 1}}],
    "compute PUT /v2.1/os-quota-class-sets/{class_id}": [{"quota_class_set": {"cores": 1}}],
    "compute POST /v2.1/flavors/{flavor_id}/action addTenantAccess": [{"tenant": "<project>"}],
    "compute POST /v2.1/flavors/{flavor_id}/action removeTenantAccess": [{"tenant": "<project>"}],
    "image POST /v2/images": [{"name": "i", "owner": "<project>"}],
    "image POST /v2/images/{image_id}/members": [{"member": "any"}],
    "image PUT /v2/images/{image_id}/members/{member_id}": [{"status": "accepted"}],
    "image POST /v2/images/{image_id}/import": [
        {"method": {"name": "web-download", "uri": "http://example.org/disk"}, "stores": ["default"]},
        {"method": {"name": "glance-download", "glance_image_id": "<image>", "glance_region": "RegionOne"}},
    ],
    "image PATCH /v2/images/{image_id}": [
        [{"op": "replace", "path": "/name", "value": "n"}], [{"op": "replace", "path": "/owner", "value": "<project>"}],
    ],
    "image POST /v2/metadefs/namespaces": [{"namespace": "n", "tags": [{"name": "t"}]}],
    "image PUT /v2/metadefs/namespaces/{namespace}": [{"namespace": "n", "description": "d"}],
    "image POST /v2/metadefs/namespaces/{namespace}/tags": [{"tags": [{"name": "t"}]}],
    "image POST /v2/metadefs/namespaces/{namespace}/resource_types": [{"name": "n", "prefix": "p_"}],
    **{f"image {method} /v2/metadefs/namespaces/{{namespace}}/{path}": [{"name": "n"}]
       for kind in ("objects", "properties", "tags")
       for method, path in (("POST", kind), ("PUT", f"{kind}/{{definition}}")) if (method, kind) != ("POST", "tags")},
    "network POST /v2.0/networks": [{"network": {key: "<project>"}} for key in ("project_id", "tenant_id")],
    "network PUT /v2.0/networks/{network_id}": [{"network": {"name": "n"}}],
    "network POST /v2.0/subnets": [{"subnet": {**_SUBNET, key: "<project>"}} for key in ("project_id", "tenant_id")],
    "network POST /v2.0/security-groups": [
        {"security_group": {"name": "n", key: "<project>"}} for key in ("project_id", "tenant_id")
    ],
    "network PUT /v2.0/security-groups/{group_id}": [{"security_group": {"name": "n"}}],
    "network PUT /v2.0/ports/{port_id}": [{"port": {"name": "n", "security_groups": ["<group>"]}}],
    "network POST /v2.0/security-group-rules": [
        {"security_group_rule": {**_RULE, "project_id": "<project>"}},
        {"security_group_rule": {**_RULE, "tenant_id": "<project>", "remote_group_id": "<group>"}},
    ],
    "volume POST /v3/volumes": [{"volume": {"size": 1, name: "<image>"}} for name in ("imageRef", "image_id")],
    "volume PUT /v3/volumes/{volume_id}": [{"volume": {"name": "n"}}],
    "volume POST /v3/volumes/{volume_id}/action os-force_delete": [{}],
    "volume POST /v3/volumes/{volume_id}/action os-set_bootable": [{"bootable": True}],
    "volume PUT /v3/os-quota-sets/{target_id}": [{"quota_set": {"volumes": 1}}],
    "volume PUT /v3/os-quota-class-sets/{class_id}": [{"quota_class_set": {"volumes": 1}}],
    "network PUT /v2.0/quotas/{project_id}": [{"quota": {"security_group": 1}}],
    "volume POST /v3/volumes/{volume_id}/metadata": [{"metadata": {"a": "b"}}],
    "volume PUT /v3/volumes/{volume_id}/metadata": [{"metadata": {"a": "b"}}],
    "volume PUT /v3/volumes/{volume_id}/metadata/{metadata_key}": [{"meta": {"k": "w"}}],
}  # fmt: skip
HEADERS = {
    "identity GET /v3/auth/tokens": {"X-Subject-Token": "<token>"},
    "identity DELETE /v3/auth/tokens": {"X-Subject-Token": "<token>"},
    "image PUT /v2/images/{image_id}/file": {"Content-Type": "application/octet-stream"},
    "image PUT /link/{image_id}": {"Content-Type": "application/octet-stream"},
    "image PUT /v2/images/{image_id}/stage": {"Content-Type": "application/octet-stream"},
}
# text in bodies that names nothing of a tenant's, by the property's own name
PLAIN_FIELDS = {
    "blob",  # for other services to read
    "maintenance_mode", "status", "ip_protocol",  # words of old
    "snapshot_id",  # there are none
    "tag", "device",  # of an event, of a volume
    "events",  # of a webhook: patterns of their names
    "resource_name",
    "expires_at", "secret", "service",
    "type", "url", "region", "region_id", "parent_region_id", "service_id",  # of the catalogue
    "hostname", "hypervisor_hostname", "locked_reason", "backup_type",
    "namespace", "title", "prefix", "properties_target", "required", "pattern",  # of the catalogue of metadata
    "name", "description", "display_name", "display_description",
    "path", "host", "binary", "verb", "signature",
    "body_hash", "password", "methods", "public_key", "adminPass", "accessIPv4", "accessIPv6", "availability_zone",
    "volume_type", "cidr", "direction", "ethertype", "protocol", "port_range_min", "port_range_max", "remote_ip_prefix",
    "tags", "uri", "stores", "glance_region", "glance_service_interface", "email", "original_password",
}  # fmt: skip
# the same by its whole path: nobody's id, or one that says nothing
PLAIN_PLACES = {
    "credential.project_id",  # of a change: must be the one that it has
    "application_credential.roles.[].id", "trust.roles.[].id",  # roles are operators'
    "auth.identity.application_credential.id", "auth.identity.application_credential.user.id",  # no use without the
    "auth.identity.application_credential.user.domain.id",  # secret
    "auth.scope.OS-TRUST:trust.id",  # whose it is is told by the trustee's own login
    "auth.identity.password.user.domain.id", "auth.scope.domain.id", "auth.scope.project.domain.id",  # no tenant's
    "auth.identity.token.id",  # who has another's token is that other
    "region.id",  # chosen by operators
    "limits.[].domain_id",  # no tenant's
    "volumeAttachment.id",  # looked at by nobody
    "id",  # of a new image, chosen by the client: taken is taken
    "member",  # of an image: any project may be offered one, and is not looked up
    "domain.explicit_domain_id", "project.domain_id", "user.domain_id", "group.domain_id",  # no tenant's
    "role.domain_id",
    "project.parent_id",  # in a change: it must be the one that the project has
}  # fmt: skip

# query parameter -> noun; "" is the noun of the route itself. Fields of what a list shows need no line here
FILTERS = {
    "server": "server", "instance_uuid": "server",
    "id": "", "marker": "", "uuid": "server", "image": "image", "key_name": "keypair", "ip": "address",
    "trustor_user_id": "user", "trustee_user_id": "user", "user_id": "user", "project_id": "project",
    "tenant_id": "project", "network_id": "network", "device_id": "server",
    "user.id": "user", "scope.project.id": "project", "reservation_id": "reservation", "parent_id": "project",
    "fixed_ips": "fixed_ip", "flavor": "flavor", "ip6": "address", "image_ref": "image",
    "group.id": "user_group",
}  # fmt: skip
NOUNS = {
    "os-security-groups": "group", "os-volumes": "volume", "os-networks": "network", "os-tenant-networks": "network",
    "tasks": "task", "groups": "user_group",
    "credentials": "credential", "application_credentials": "robot", "access_rules": "access_rule",
    "trusts": "trust", "limits": "limit",
    "servers": "server", "images": "image", "networks": "network", "subnets": "subnet", "ports": "port",
    "security-groups": "group", "security-group-rules": "rule", "volumes": "volume", "os-keypairs": "keypair",
    "os-server-groups": "server_group", "os-webhooks": "webhook",
    "users": "user", "projects": "project", "os-instance-actions": "request", "flavors": "flavor",
}  # fmt: skip
PLAIN_FILTERS = {
    "detailed", "end", "hidden", "migration_type", "source_compute", "start", "zone",
    "all_projects",
    "accessIPv4", "changes-before", "config_drive", "created_at", "description", "display_description", "hostname",
    "launch_index", "launched_at", "locked", "locked_by", "not-tags", "not-tags-any", "tags", "tags-any", "task_state",
    "terminated_at", "visibility",
    "all_tenants", "resource_name", "allow_expired", "availability_zone", "binary", "bootable", "changes-since",
    "deleted", "soft_deleted", "display_name", "domain_id",
    "enabled", "expires", "fields", "host", "hypervisor_hostname_pattern", "include_names",
    "is_domain", "is_public", "limit", "metadata", "minDisk", "minRam", "name", "nocatalog", "node", "offset",
    "page_reverse", "power_state", "role.id", "scope.domain.id", "scope.system", "signature", "sort", "sort_dir",
    "interface", "parent_region_id", "region_id", "service_id", "type",
    "sort_key", "status", "tag", "usage", "vm_state", "with_servers",
    "parents_as_ids", "parents_as_list", "subtree_as_ids",
    "subtree_as_list", "name__contains", "name__icontains", "name__startswith", "name__istartswith", "name__endswith",
    "name__iendswith",
    "effective", "include_subtree", "scope.OS-INHERIT:inherited_to",
}  # fmt: skip
