"""Bodies of quota sets, and which resources each microversion knows."""

from typing import Any

from nova_like.api.common.schema import obj, wrapped
from nova_like.api.native.compute.schemas.booleans import BOOLEAN
from nova_like.api.native.compute.schemas.integers import integer

Json = dict[str, Any]
QUOTAS = ("instances", "cores", "ram", "metadata_items", "key_pairs", "server_groups", "server_group_members")
FILES = ("injected_files", "injected_file_content_bytes", "injected_file_path_bytes")
NETS = ("fixed_ips", "floating_ips", "security_groups", "security_group_rules")


def names(at: tuple[int, int]) -> tuple[str, ...]:
    """The resources that a quota set of this microversion has."""
    return QUOTAS + (FILES if at < (2, 57) else ()) + (NETS if at < (2, 36) else ())


def _limits(at: tuple[int, int]) -> Json:
    return dict.fromkeys(names(at), integer(-1))


_STEPS = ("2.1", (2, 1)), ("2.36", (2, 36)), ("2.57", (2, 57))
SET = tuple((since, wrapped("quota_set", obj({**_limits(at), "force": BOOLEAN}))) for since, at in _STEPS)
CLASS = tuple((since, wrapped("quota_class_set", obj(_limits(at)))) for since, at in _STEPS)
