"""Rows of unified limits, and of the policy blobs and groups of endpoints that Identity keeps for others."""

from nova_like.db.records import Records
from nova_like.db.schema.unified_limits import endpoint_groups, limits, policies, registered_limits

REGISTERED = Records(registered_limits, "service_id", "resource_name", "id")
LIMITS = Records(limits, "service_id", "resource_name", "id")
POLICIES = Records(policies, "type", "id")
ENDPOINT_GROUPS = Records(endpoint_groups, "name", "id")
