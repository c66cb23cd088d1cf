"""The volume API on one page. Paths stand under /v3 and under /v3/{project_id}."""

from nova_like.api.common.routing import Action, Route
from nova_like.api.native.volume import facts, metadata, quotas, schemas, volumes

VOLUME, QUOTA = "/volumes/{volume_id}", "/os-quota-sets/{target_id}"
CLASS = "/os-quota-class-sets/{class_id}"
METADATA, KEY = f"{VOLUME}/metadata", f"{VOLUME}/metadata/{{metadata_key}}"
ROUTES = (
    Route("GET", "/volumes", volumes.index),
    Route("POST", "/volumes", volumes.create, 202, schema=schemas.CREATE),
    Route("GET", "/volumes/detail", volumes.detail),
    Route("GET", "/volumes/summary", volumes.summary),
    Route("GET", VOLUME, volumes.show),
    Route("PUT", VOLUME, volumes.update, schema=schemas.UPDATE),
    Route("DELETE", VOLUME, volumes.delete, 202),
    Route(
        "POST",
        f"{VOLUME}/action",
        actions={
            "os-force_delete": Action(volumes.force_delete, {"type": ["object", "null"], "maxProperties": 0}),
            "os-set_bootable": Action(volumes.set_bootable, schemas.SET_BOOTABLE, status=200),
        },
    ),
    Route("GET", METADATA, metadata.index),
    Route("POST", METADATA, metadata.merge, schema=schemas.METADATA_BODY),
    Route("PUT", METADATA, metadata.replace, schema=schemas.METADATA_BODY),
    Route("GET", KEY, metadata.show),
    Route("PUT", KEY, metadata.update, schema=schemas.META_BODY),
    Route("DELETE", KEY, metadata.delete),
    Route("GET", "/types", facts.types),
    Route("GET", "/types/{type_id}", facts.type),
    Route("GET", "/snapshots", facts.snapshots),
    Route("GET", "/snapshots/detail", facts.snapshots),
    Route("GET", "/limits", quotas.limits),
    Route("GET", QUOTA, quotas.quota_set),
    Route("PUT", QUOTA, quotas.update, schema=schemas.QUOTA_SET),
    Route("DELETE", QUOTA, quotas.delete, 200),
    Route("GET", f"{QUOTA}/defaults", quotas.defaults),
    Route("GET", CLASS, quotas.show_class),
    Route("PUT", CLASS, quotas.update_class, schema=schemas.QUOTA_CLASS),
    Route("GET", "/os-services", facts.services),
    Route("GET", "/os-availability-zone", facts.zones),
    Route("GET", "/extensions", facts.extensions),
)
