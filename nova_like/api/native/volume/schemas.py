"""Bodies of the volume API. What is not offered yet (snapshots, other volumes) may be null only."""

from nova_like.api.common.schema import obj, wrapped

TEXT = {"type": ["string", "null"], "maxLength": 255}
NONE = {"type": "null"}
NO = {"enum": [False, "false", "False", None]}
METADATA = {
    "type": "object", "propertyNames": {"minLength": 1, "maxLength": 255}, "maxProperties": 128,
    "additionalProperties": {"type": "string", "maxLength": 255},
}  # fmt: skip
SIZE = {"anyOf": [
    {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}, {"type": "string", "pattern": "^[1-9][0-9]{0,8}$"},
]}  # fmt: skip
_NAMES = {"name": TEXT, "display_name": TEXT, "description": TEXT, "display_description": TEXT}
CREATE = wrapped("volume", obj({
    **_NAMES, "size": SIZE, "metadata": {"anyOf": [METADATA, NONE]}, "availability_zone": TEXT, "volume_type": TEXT,
    "multiattach": NO, "snapshot_id": NONE, "source_volid": NONE, "imageRef": TEXT, "image_id": TEXT,
    "consistencygroup_id": NONE, "source_replica": NONE,
    "backup_id": NONE, "group_id": NONE, "scheduler_hints": {"type": "object", "maxProperties": 0},
}, ("size",)))  # fmt: skip
SET_BOOTABLE = obj({"bootable": {"enum": [True, False, "True", "False", "true", "false"]}}, ("bootable",))
UPDATE = wrapped("volume", obj({**_NAMES, "metadata": METADATA}))
METADATA_BODY = wrapped("metadata", METADATA)
META_BODY = wrapped("meta", {**METADATA, "minProperties": 1, "maxProperties": 1})
_LIMIT = {"type": "integer", "minimum": -1, "maximum": 2**31 - 1}
_COUNTED = obj({"volumes": _LIMIT, "gigabytes": _LIMIT}, minProperties=1)
QUOTA_SET, QUOTA_CLASS = wrapped("quota_set", _COUNTED), wrapped("quota_class_set", _COUNTED)
