"""The compute API on one page. Paths stand under /v2.1; versions bound what each microversion knows."""

from nova_like.api.common.routing import Route
from nova_like.api.native.compute import (
    consoles,
    extensions,
    flavors,
    groups,
    hosts,
    instance_actions,
    keypairs,
    limits,
    migrations,
    server_metadata,
    server_networks,
    server_tags,
    server_volumes,
    server_words,
    servers,
    webhooks,
)
from nova_like.api.native.compute.old_routes import ACTIONS as OLD_ACTIONS
from nova_like.api.native.compute.old_routes import OLD
from nova_like.api.native.compute.operator_routes import OPERATORS
from nova_like.api.native.compute.schemas import flavors as flavor_schemas
from nova_like.api.native.compute.schemas import groups as group_schemas
from nova_like.api.native.compute.schemas import keypairs as keypair_schemas
from nova_like.api.native.compute.schemas import servers as server_schemas
from nova_like.api.native.compute.schemas import volumes as volume_schemas
from nova_like.api.native.compute.schemas import webhooks as webhook_schemas
from nova_like.api.native.compute.server_actions import ACTIONS
from nova_like.api.native.compute.server_images import ACTIONS as IMAGES
from nova_like.api.native.compute.server_lifecycle import ACTIONS as LIFECYCLE
from nova_like.api.native.compute.server_shelving import ACTIONS as SHELVING
from nova_like.api.native.compute.server_words import ACTIONS as WORDS

SERVER = "/servers/{server_id}"
FLAVOR = "/flavors/{flavor_id}"
ATTACHMENTS = f"{SERVER}/os-volume_attachments"
ATTACHMENT = f"{ATTACHMENTS}/{{attached_id}}"
ROUTES = (
    Route("GET", "/servers", servers.index),
    Route("POST", "/servers", servers.create, 202, schema=server_schemas.CREATE),
    Route("GET", "/servers/detail", servers.detail),
    Route("GET", SERVER, servers.show),
    Route("PUT", SERVER, servers.update, schema=server_schemas.UPDATE),
    Route("DELETE", SERVER, servers.delete, 204),
    Route("POST", f"{SERVER}/action", actions={
        **ACTIONS, **LIFECYCLE, **SHELVING, **IMAGES, **WORDS, **consoles.ACTIONS, **OLD_ACTIONS,
        **server_networks.ACTIONS}),
    Route("GET", f"{SERVER}/metadata", server_metadata.index),
    Route("POST", f"{SERVER}/metadata", server_metadata.merge, schema=server_schemas.METADATA_BODY),
    Route("PUT", f"{SERVER}/metadata", server_metadata.replace, schema=server_schemas.METADATA_BODY),
    Route("GET", f"{SERVER}/metadata/{{metadata_key}}", server_metadata.show),
    Route("PUT", f"{SERVER}/metadata/{{metadata_key}}", server_metadata.update, schema=server_schemas.META_BODY),
    Route("DELETE", f"{SERVER}/metadata/{{metadata_key}}", server_metadata.delete, 204),
    Route("GET", f"{SERVER}/tags", server_tags.index, since="2.26"),
    Route("PUT", f"{SERVER}/tags", server_tags.replace, schema=server_schemas.TAGS_BODY, since="2.26"),
    Route("DELETE", f"{SERVER}/tags", server_tags.clear, 204, since="2.26"),
    Route("GET", f"{SERVER}/tags/{{tag}}", server_tags.check, 204, since="2.26"),
    Route("PUT", f"{SERVER}/tags/{{tag}}", server_tags.add, 201, since="2.26"),
    Route("DELETE", f"{SERVER}/tags/{{tag}}", server_tags.delete, 204, since="2.26"),
    Route("GET", f"{SERVER}/ips", server_networks.addresses),
    Route("GET", f"{SERVER}/ips/{{network_name}}", server_networks.network_addresses),
    Route("GET", f"{SERVER}/os-interface", server_networks.interfaces),
    Route("GET", f"{SERVER}/os-interface/{{port_id}}", server_networks.interface),
    Route("GET", ATTACHMENTS, server_volumes.index),
    Route("POST", ATTACHMENTS, server_volumes.attach, schema=volume_schemas.ATTACH),
    Route("GET", ATTACHMENT, server_volumes.show),
    Route("PUT", ATTACHMENT, server_volumes.update, 202, schema=volume_schemas.UPDATE),
    Route("DELETE", ATTACHMENT, server_volumes.detach, 202),
    Route("GET", f"{SERVER}/os-server-password", server_words.password),
    Route("DELETE", f"{SERVER}/os-server-password", server_words.clear_password, 204),
    Route("GET", f"{SERVER}/diagnostics", server_words.diagnostics),
    Route("GET", f"{SERVER}/topology", server_words.topology, since="2.78"),
    Route("GET", f"{SERVER}/migrations", migrations.of_server, since="2.23"),
    Route("GET", f"{SERVER}/migrations/{{migration_id}}", migrations.one_of_server, since="2.23"),
    Route("GET", f"{SERVER}/os-instance-actions", instance_actions.index),
    Route("GET", f"{SERVER}/os-instance-actions/{{request_id}}", instance_actions.show),
    Route("GET", "/flavors", flavors.index),
    Route("POST", "/flavors", flavors.create, schema=flavor_schemas.CREATE),
    Route("GET", "/flavors/detail", flavors.detail),
    Route("GET", FLAVOR, flavors.show),
    Route("PUT", FLAVOR, flavors.update, schema=flavor_schemas.UPDATE, since="2.55"),
    Route("DELETE", FLAVOR, flavors.delete, 202),
    Route("GET", f"{FLAVOR}/os-extra_specs", flavors.specs),
    Route("POST", f"{FLAVOR}/os-extra_specs", flavors.set_specs, schema=flavor_schemas.EXTRA_SPECS),
    Route("GET", f"{FLAVOR}/os-extra_specs/{{spec_key}}", flavors.spec),
    Route("PUT", f"{FLAVOR}/os-extra_specs/{{spec_key}}", flavors.set_spec, schema=flavor_schemas.EXTRA_SPEC),
    Route("DELETE", f"{FLAVOR}/os-extra_specs/{{spec_key}}", flavors.delete_spec),
    Route("GET", "/os-keypairs", keypairs.index),
    Route("POST", "/os-keypairs", keypairs.create, schema=keypair_schemas.CREATE, until="2.1"),
    Route("POST", "/os-keypairs", keypairs.create, 201, schema=keypair_schemas.CREATE, since="2.2"),
    Route("GET", "/os-keypairs/{keypair_name}", keypairs.show),
    Route("DELETE", "/os-keypairs/{keypair_name}", keypairs.delete, 202, until="2.1"),
    Route("DELETE", "/os-keypairs/{keypair_name}", keypairs.delete, 204, since="2.2"),
    Route("GET", "/os-availability-zone", hosts.zones),
    Route("GET", "/os-server-groups", groups.index),
    Route("POST", "/os-server-groups", groups.create, schema=group_schemas.CREATE),
    Route("GET", "/os-server-groups/{server_group_id}", groups.show),
    Route("DELETE", "/os-server-groups/{server_group_id}", groups.delete, 204),
    Route("GET", "/os-webhooks", webhooks.index),
    Route("POST", "/os-webhooks", webhooks.create, 201, schema=webhook_schemas.CREATE),
    Route("GET", "/os-webhooks/{webhook_id}", webhooks.show),
    Route("DELETE", "/os-webhooks/{webhook_id}", webhooks.delete, 204),
    Route("GET", "/limits", limits.show),
    Route("GET", "/extensions", extensions.index),
    Route("GET", "/extensions/{extension}", extensions.show),
    *consoles.ROUTES,
    *OPERATORS,
    *OLD,
)  # fmt: skip
