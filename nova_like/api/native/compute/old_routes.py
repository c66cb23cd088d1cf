"""The part of the compute API that other APIs took over: images, security groups, volumes, networks. It ends with 2.35,
and with 2.38 for the metadata of images."""

from nova_like.api.common.routing import Action, Route
from nova_like.api.native.compute import old_groups, old_images, old_networks, old_volumes
from nova_like.api.native.compute.schemas import old as schemas
from nova_like.api.native.compute.schemas import servers as server_schemas

IMAGE = "/images/{image_id}"
IMAGE_METADATA = f"{IMAGE}/metadata"
GROUP = "/os-security-groups/{security_group_id}"
VOLUME = "/os-volumes/{volume_id}"
SNAPSHOT = "/os-snapshots/{snapshot_id}"
OLD = (
    Route("GET", "/images", old_images.index, until="2.35"),
    Route("GET", "/images/detail", old_images.detail, until="2.35"),
    Route("GET", IMAGE, old_images.show, until="2.35"),
    Route("DELETE", IMAGE, old_images.delete, 204, until="2.35"),
    Route("GET", IMAGE_METADATA, old_images.metadata, until="2.38"),
    Route("POST", IMAGE_METADATA, old_images.merge, schema=server_schemas.METADATA_BODY, until="2.38"),
    Route("PUT", IMAGE_METADATA, old_images.replace, schema=server_schemas.METADATA_BODY, until="2.38"),
    Route("GET", f"{IMAGE_METADATA}/{{metadata_key}}", old_images.item, until="2.38"),
    Route("PUT", f"{IMAGE_METADATA}/{{metadata_key}}", old_images.set_item,
          schema=server_schemas.META_BODY, until="2.38"),
    Route("DELETE", f"{IMAGE_METADATA}/{{metadata_key}}", old_images.delete_item, 204, until="2.38"),
    Route("GET", "/os-security-groups", old_groups.index, until="2.35"),
    Route("POST", "/os-security-groups", old_groups.create, schema=schemas.GROUP, until="2.35"),
    Route("GET", GROUP, old_groups.show, until="2.35"),
    Route("PUT", GROUP, old_groups.update, schema=schemas.CHANGED_GROUP, until="2.35"),
    Route("DELETE", GROUP, old_groups.delete, 202, until="2.35"),
    Route("POST", "/os-security-group-rules", old_groups.create_rule, schema=schemas.RULE, until="2.35"),
    Route("DELETE", "/os-security-group-rules/{security_rule_id}", old_groups.delete_rule, 202, until="2.35"),
    Route("GET", "/servers/{server_id}/os-security-groups", old_groups.of_server),
    Route("GET", "/os-volumes", old_volumes.index, until="2.35"),
    Route("GET", "/os-volumes/detail", old_volumes.index, until="2.35"),
    Route("POST", "/os-volumes", old_volumes.create, schema=schemas.VOLUME, until="2.35"),
    Route("GET", VOLUME, old_volumes.show, until="2.35"),
    Route("DELETE", VOLUME, old_volumes.delete, 202, until="2.35"),
    Route("GET", "/os-snapshots", old_volumes.no_snapshots, until="2.35"),
    Route("GET", "/os-snapshots/detail", old_volumes.no_snapshots, until="2.35"),
    Route("POST", "/os-snapshots", old_volumes.refuse_snapshot, schema=schemas.SNAPSHOT, until="2.35"),
    Route("GET", SNAPSHOT, old_volumes.no_snapshot, until="2.35"),
    Route("DELETE", SNAPSHOT, old_volumes.no_snapshot, until="2.35"),
    Route("GET", "/os-networks", old_networks.networks, until="2.35"),
    Route("GET", "/os-networks/{network_id}", old_networks.network, until="2.35"),
    Route("GET", "/os-tenant-networks", old_networks.tenant_networks, until="2.35"),
    Route("GET", "/os-tenant-networks/{network_id}", old_networks.tenant_network, until="2.35"),
)  # fmt: skip
ACTIONS = {
    "addSecurityGroup": Action(old_groups.add_to_server, schemas.OF_SERVER),
    "removeSecurityGroup": Action(old_groups.remove_from_server, schemas.OF_SERVER),
}
