"""S3, S5, S6: disks of other makers are sound and rest on nothing, or they are refused; each guard by its own file."""

import struct
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova_like.images import inspect
from nova_like.model.errors import Invalid

MIB = 1 << 20
QEMU = {"vmdk": "vmdk", "vhd": "vpc", "vhdx": "vhdx", "vdi": "vdi"}


def made(folder, kind, *options, size="9M"):
    """The bytes of an image that qemu-img made."""
    path = folder / f"made.{kind}"
    path.unlink(missing_ok=True)
    subprocess.run(["qemu-img", "create", "-q", "-f", QEMU[kind], *options, str(path), size], check=True, timeout=60)
    return path.read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("foreign")


@pytest.fixture(scope="module")
def good(folder):
    return {kind: made(folder, kind) for kind in QEMU}


def iso(size=64 << 10):
    data = bytearray(size)
    data[0x8000:0x8007] = b"\x01CD001\x01"
    struct.pack_into("<H", data, 0x8000 + 128, 2048)
    struct.pack_into("<L", data, 0x8000 + 80, size // 2048)
    return bytes(data)


def patched(data, offset, layout, *values):
    copy = bytearray(data)
    struct.pack_into(layout, copy, offset, *values)
    return bytes(copy)


@pytest.mark.parametrize("kind", QEMU)
def test_sound_ones_are_taken_in_chunks_of_any_size(good, kind):
    whole = inspect.inspect_bytes(good[kind], kind)
    assert whole.disk_format == kind and 9 * MIB <= whole.virtual_size_bytes < 9 * MIB + 64 * 1024
    for size in (999, 65536):
        inspector = inspect.Inspector(kind)
        for start in range(0, len(good[kind]), size):
            inspector.feed(good[kind][start : start + size])
        assert inspector.finish() == whole


def test_a_disc_is_as_large_as_its_bytes():
    data = iso()
    assert inspect.inspect_bytes(data, "iso").virtual_size_bytes == len(data)
    hybrid = patched(data, 510, "2s", b"\x55\xaa")
    assert inspect.inspect_bytes(hybrid, "iso").disk_format == "iso"


@pytest.mark.parametrize("kind", ["raw", "ami", "aki", "ari"])
def test_plain_bytes_have_no_header_of_others(good, kind):
    assert inspect.inspect_bytes(b"x" * 5000, kind).disk_format == kind
    for data in (*good.values(), iso()):
        with pytest.raises(Invalid, match="declared"):
            inspect.inspect_bytes(data, kind)


@pytest.mark.parametrize("declared", [*QEMU, "iso", "qcow2"])
def test_what_is_something_else_is_refused(good, declared):
    mbr = b"\0" * 510 + b"\x55\xaa" + bytes(65536)
    others = {**good, "iso": iso(), "raw": b"x" * 65536, "mbr": mbr}
    for kind in others.keys() - {declared}:
        with pytest.raises(Invalid):
            inspect.inspect_bytes(others[kind], declared)


@pytest.mark.parametrize("subformat", ["monolithicFlat", "twoGbMaxExtentFlat", "twoGbMaxExtentSparse"])
def test_s3_a_vmdk_of_other_files(folder, subformat):
    with pytest.raises(Invalid):
        inspect.inspect_bytes(made(folder, "vmdk", "-o", f"subformat={subformat}"), "vmdk")


def test_s3_a_stream_optimized_vmdk(folder):
    data = made(folder, "vmdk", "-o", "subformat=streamOptimized")
    assert inspect.inspect_bytes(data, "vmdk").virtual_size_bytes == 9 * MIB


@pytest.mark.parametrize(("old", "new"), [
    (b'createType="monolithicSparse"', b'createType="monolithicFlat"'),
    (b"parentCID=ffffffff", b"parentCID=00000001"),
    (b"# The Disk Data Base", b'parentFileNameHint="/etc/passwd"\n#'),
    (b"# The Disk Data Base", b'ParentFileNameHint = "passwd"\n#'),
    (b"# Extent description", b'RW 1 FLAT "/etc/passwd" 0\n#'),
])  # fmt: skip
def test_s3_a_vmdk_whose_descriptor_names_a_file(good, old, new):
    data = good["vmdk"]
    start = data.index(b"# Disk DescriptorFile")
    text = data[start : data.index(b"\0", start)]
    assert old in text
    bent = text.replace(old, new)
    changed = data[:start] + bent + data[start + max(len(text), len(bent)) :]
    with pytest.raises(Invalid, match="refused"):
        inspect.inspect_bytes(changed, "vmdk")


def test_s1_disks_that_rest_on_another(good):
    differencing = patched(good["vhd"], 60, ">I", 4)
    with pytest.raises(Invalid, match="dynamic"):
        inspect.inspect_bytes(differencing, "vhd")
    with pytest.raises(Invalid, match="rests on another"):
        inspect.inspect_bytes(patched(good["vdi"], 0x4C, "<I", 4), "vdi")


def test_s1_a_vhdx_with_a_parent(good):
    data = good["vhdx"]
    table = data.index(b"metadata")
    entry = table + 32
    while data[entry : entry + 4] != bytes.fromhex("3767a1ca"):
        entry += 32
    (item,) = struct.unpack_from("<I", data, entry + 16)
    with pytest.raises(Invalid, match="parent"):
        inspect.inspect_bytes(patched(data, table + item + 4, "<I", 2), "vhdx")


@pytest.mark.parametrize(("kind", "offset", "layout"), [("vhd", 48, ">Q"), ("vdi", 0x170, "<Q"), ("vmdk", 12, "<Q")])
@pytest.mark.parametrize("claimed", [1 << 62, 0, 1 << 50])
def test_s6_absurd_virtual_sizes(good, kind, offset, layout, claimed):
    with pytest.raises(Invalid):
        inspect.inspect_bytes(patched(good[kind], offset, layout, claimed), kind, max_virtual_bytes=1 << 42)


@pytest.mark.parametrize("kind", [*QEMU, "iso"])
@pytest.mark.parametrize("length", [1, 64, 511])
def test_s5_truncated(good, kind, length):
    data = {**good, "iso": iso()}[kind]
    with pytest.raises(Invalid):
        inspect.inspect_bytes(data[:length], kind)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), kind=st.sampled_from(list(QEMU)))
def test_s5_any_bytes_end_in_findings_or_invalid(good, data, kind):
    image = bytearray(good[kind][:300_000])
    for _ in range(data.draw(st.integers(1, 6))):
        image[data.draw(st.integers(0, min(4096, len(image)) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = inspect.inspect_bytes(bytes(image), kind)
    except Invalid:
        return
    assert found.disk_format == kind and found.virtual_size_bytes > 0
