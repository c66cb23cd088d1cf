"""S1 to S11, about images: the checks, and the guards without which each must find something. Data only."""

from typing import Any

from oslo_utils.imageutils import format_inspector

from nova_like.api.native.image import changes
from nova_like.images import download, foreign, inspect, qcow2, store
from nova_like.model import ids
from nova_like.services import image_intake, images
from tests.functional.hostile import images as tries
from tests.functional.hostile.guards import replaced


def _any_header(head: bytes) -> qcow2.Header:
    return qcow2.Header(3, 1 << 20, 16)


def _any_disk(head: bytes, parser: Any) -> int:
    return 1 << 20


def _nothing(*args: Any, **more: Any) -> None:
    return None


def _yes(*args: Any, **more: Any) -> bool:
    return True


def _write(upload: Any, chunk: bytes) -> None:
    upload._file.write(chunk)


_SAFE = replaced(format_inspector.FileInspector, "safety_check", _nothing)
_SOUND = replaced(foreign, "_CHECKS", dict.fromkeys(("vmdk", "vhd", "vhdx", "vdi", "iso"), _any_disk))
# (number, check, guards)
IMAGE_TRIES = (
    ("S1", tries.check_s1_disks_that_rest_on_others, (replaced(qcow2, "parse", _any_header), _SOUND)),
    ("S2", tries.check_s2_data_files, (replaced(qcow2, "parse", _any_header),
                                     replaced(qcow2, "_check_extensions", _nothing))),
    ("S3", tries.check_s3_vmdks_of_other_files, (_SOUND, _SAFE)),
    ("S4", tries.check_s4_other_formats_than_declared, (replaced(inspect, "_detect", lambda head: {"raw"}),)),
    ("S5", tries.check_s5_polyglots, (replaced(inspect, "_matches", lambda head: set()),)),
    ("S6", tries.check_s6_disks_too_large, (
        replaced(image_intake, "Inspector", lambda kind, most=None: inspect.Inspector(kind)),
        replaced(qcow2, "parse", _any_header))),
    ("S7", tries.check_s7_uploads_without_end, (replaced(store.Upload, "write", _write),
                                                replaced(store.Upload, "abort", _nothing))),
    ("S8", tries.check_s8_names_never_reach_a_path, (replaced(ids, "is_uuid", _yes),)),
    ("S9", tries.check_s9_no_guests_files_are_mounted, ()),  # there is nothing that could be let in
    ("S10", tries.check_s10_what_is_not_the_users, (
        replaced(changes, "READ_ONLY", frozenset()), replaced(changes, "RESERVED", "nothing_"),
        replaced(images, "FIXED_WITH_DATA", frozenset()), replaced(images.Images, "_check_rights", _nothing))),
    ("S11", tries.check_s11_downloads_lead_outside_only, (
        replaced(download, "allowed", _yes), replaced(download, "check", lambda url, rules: download.urlsplit(url)))),
)  # fmt: skip
