"""Uploads are what they say, or they are refused: RELIABILITY S1 to S7, as far as bytes alone tell."""

import hashlib
import struct
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova_like.images import inspect
from nova_like.model.errors import Invalid

MIB = 1 << 20


def qemu_img(*arguments):
    subprocess.run(["qemu-img", *map(str, arguments)], check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    path = tmp_path_factory.mktemp("images") / "good.qcow2"
    qemu_img("create", "-f", "qcow2", path, "48M")
    return path.read_bytes()


def patched(data, offset, layout, *values):
    copy = bytearray(data)
    struct.pack_into(layout, copy, offset, *values)
    return bytes(copy)


def test_a_good_qcow2(good):
    findings = inspect.inspect_bytes(good, "qcow2")
    assert (findings.disk_format, findings.size_bytes, findings.virtual_size_bytes) == ("qcow2", len(good), 48 * MIB)
    assert findings.sha256 == hashlib.sha256(good).hexdigest()
    assert findings.sha512 == hashlib.sha512(good).hexdigest()
    assert findings.md5 == hashlib.md5(good).hexdigest()


def test_chunks_of_any_size_find_the_same(good):
    whole = inspect.inspect_bytes(good, "qcow2")
    inspector = inspect.Inspector("qcow2")
    for start in range(0, len(good), 1000):
        inspector.feed(good[start : start + 1000])
    assert inspector.finish() == whole


def test_raw_is_rounded_up_to_sectors():
    findings = inspect.inspect_bytes(b"x" * 1000, "raw")
    assert (findings.size_bytes, findings.virtual_size_bytes) == (1000, 1024)


def test_raw_with_a_partition_table_is_raw():
    sector = bytearray(512)
    sector[510:512] = b"\x55\xaa"
    assert inspect.inspect_bytes(bytes(sector) + bytes(4096), "raw").disk_format == "raw"


@pytest.mark.parametrize("kind", ["qcow2", "vmdk", "vdi", "vhdx", "qed", "vpc", "parallels"])
def test_raw_that_is_something_else_is_refused(tmp_path, kind):
    path = tmp_path / "disk"
    qemu_img("create", "-f", kind, path, "8M")
    with pytest.raises(Invalid, match="declared raw"):
        inspect.inspect_bytes(path.read_bytes(), "raw")
    if kind != "qcow2":
        with pytest.raises(Invalid, match="refused"):
            inspect.inspect_bytes(path.read_bytes(), "qcow2")


def test_raw_that_is_luks_is_refused():
    """Written by hand: qemu-img measures the processor to make one, and fails on a busy machine."""
    header = b"LUKS\xba\xbe" + (1).to_bytes(2, "big") + b"aes".ljust(32, b"\0") + b"xts-plain64".ljust(32, b"\0")
    data = header.ljust(1 << 20, b"\0")
    with pytest.raises(Invalid, match="declared raw"):
        inspect.inspect_bytes(data, "raw")
    with pytest.raises(Invalid, match="refused"):
        inspect.inspect_bytes(data, "qcow2")


@pytest.mark.parametrize("subformat", ["monolithicFlat", "twoGbMaxExtentFlat", "streamOptimized", "monolithicSparse"])
def test_vmdk_descriptors_are_refused_whatever_they_are_called(tmp_path, subformat):
    path = tmp_path / "disk.vmdk"
    qemu_img("create", "-f", "vmdk", "-o", f"subformat={subformat}", path, "8M")
    for declared in ("raw", "qcow2"):
        with pytest.raises(Invalid, match="vmdk"):
            inspect.inspect_bytes(path.read_bytes(), declared)


@pytest.mark.parametrize("backing", ["/etc/passwd", "passwd", 'json:{"driver":"file","filename":"/etc/passwd"}',
                                     "nbd:127.0.0.1:10809", "http://127.0.0.1/x"])  # fmt: skip
def test_s1_backing_file(tmp_path, backing):
    path = tmp_path / "disk"
    qemu_img("create", "-f", "qcow2", "-u", "-F", "raw", "-b", backing, path, "8M")
    with pytest.raises(Invalid, match="backing file"):
        inspect.inspect_bytes(path.read_bytes(), "qcow2")


def test_s2_data_file(tmp_path):
    path = tmp_path / "disk"
    qemu_img("create", "-f", "qcow2", "-o", f"data_file={tmp_path}/canary,data_file_raw=on", path, "8M")
    with pytest.raises(Invalid, match="data file"):
        inspect.inspect_bytes(path.read_bytes(), "qcow2")
    hidden = patched(path.read_bytes(), 72, ">Q", 0)  # the feature bit gone, the extension with the name left
    with pytest.raises(Invalid, match="data file"):
        inspect.inspect_bytes(hidden, "qcow2")


def test_s5_polyglot_of_iso_and_qcow2(good):
    data = bytearray(good.ljust(64 << 10, b"\0"))
    data[0x8000 : 0x8000 + 7] = b"\x01CD001\x01"
    for declared in ("qcow2", "raw"):
        with pytest.raises(Invalid, match="iso"):
            inspect.inspect_bytes(bytes(data), declared)


@pytest.mark.parametrize("bytes_claimed", [1 << 63, (1 << 63) - 512, 1 << 50])
def test_s6_absurd_virtual_size(good, bytes_claimed):
    with pytest.raises(Invalid):
        inspect.inspect_bytes(patched(good, 24, ">Q", bytes_claimed), "qcow2")


def test_s6_honest_but_too_big(tmp_path):
    path = tmp_path / "disk"
    qemu_img("create", "-f", "qcow2", path, "1P")
    with pytest.raises(Invalid, match="allowed"):
        inspect.inspect_bytes(path.read_bytes()[:65536], "qcow2", max_virtual_bytes=1 << 40)


@pytest.mark.parametrize(("offset", "layout", "value"), [
    (4, ">I", 1), (4, ">I", 4), (20, ">I", 8), (20, ">I", 40), (32, ">I", 1), (36, ">I", 0xFFFFFFFF), (36, ">I", 0),
    (40, ">Q", 7), (60, ">I", 1), (72, ">Q", 1), (72, ">Q", 2), (72, ">Q", 4), (72, ">Q", 16), (72, ">Q", 1 << 40),
    (100, ">I", 8), (100, ">I", 0xFFFFFFFF), (8, ">Q", 1), (16, ">I", 9), (24, ">Q", 0),
])  # fmt: skip
def test_each_bad_field_is_refused(good, offset, layout, value):
    with pytest.raises(Invalid):
        inspect.inspect_bytes(patched(good, offset, layout, value), "qcow2")


@pytest.mark.parametrize("length", [0, 3, 4, 71, 72, 100, 103])
def test_truncated_headers(good, length):
    with pytest.raises(Invalid):
        inspect.inspect_bytes(good[:length], "qcow2")


@pytest.mark.parametrize("length", [4, 72, 511])
def test_a_short_qcow2_is_not_raw(good, length):
    with pytest.raises(Invalid):
        inspect.inspect_bytes(good[:length], "raw")


def test_unknown_formats_are_refused():
    with pytest.raises(Invalid, match="not supported"):
        inspect.Inspector("ploop")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2048), st.sampled_from(["raw", "qcow2"]), st.sampled_from([b"", b"QFI\xfb\0\0\0\3", b"KDMV"]))
def test_any_bytes_end_in_findings_or_invalid(data, declared, start):
    try:
        findings = inspect.inspect_bytes(start + data, declared)
    except Invalid:
        return
    assert findings.size_bytes == len(start + data)
