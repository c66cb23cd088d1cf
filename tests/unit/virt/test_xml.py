"""The domain definition: everything explicit, nothing of a user's in it."""

import dataclasses
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from nova_like.model.orders import Guest, GuestMetadata, Network, Port
from nova_like.virt.base import Base
from nova_like.virt.libvirt import settings as values
from nova_like.virt.libvirt import xml

ID = "8a3f0f5e-4a55-4a52-9d55-2f1a0d7d1a11"
PORT = "11111111-4a55-4a52-9d55-2f1a0d7d1a11"
SETTINGS = values.Settings(Path("/srv/instances"))
EVIL = "</name><emulator>/bin/sh</emulator>&\"'\n"


@pytest.fixture
def guest():
    metadata = GuestMetadata(ID, "project", EVIL, EVIL, user_data="c2VjcmV0")
    port = Port(PORT, "fa:16:3e:01:02:03", Network(PORT))
    return Guest(ID, EVIL, vcpus=2, ram_mib=128, disk_gib=1, ports=(port,), metadata=metadata)


def made(guest, settings=SETTINGS, base=None, config_drive=False):
    return xml.domain(guest, values.files(settings, guest.id), xml.Drives("none", base, config_drive), settings)


def test_what_a_guest_is(guest):
    root = fromstring(made(guest, base=Base("/cache/x", "raw", 1)))
    assert root.get("type") == "qemu"
    assert (root.findtext("name"), root.findtext("uuid")) == (f"instance-{ID}", ID)
    assert (root.findtext("memory"), root.find("memory").get("unit"), root.findtext("vcpu")) == ("128", "MiB", "2")
    assert root.find("os/type").get("machine") == "pc"
    assert root.findtext("features/tcg/tb-cache") == "32"
    assert root.find("devices/interface").get("type") == "ethernet"
    assert root.find("devices/interface/target").attrib == {"dev": "tap11111111-4a", "managed": "no"}
    assert root.find("devices/interface/mac").get("address") == "fa:16:3e:01:02:03"
    assert [listen.attrib for listen in root.findall("devices/graphics/listen")] == [{"type": "none"}]
    assert root.find("devices/rng/backend").text == "/dev/urandom"


@pytest.mark.parametrize("disk_format", ["raw", "qcow2"])
def test_the_whole_chain_of_formats_is_explicit(guest, disk_format):
    disk = fromstring(made(guest, base=Base("/cache/x", disk_format, 1))).find("devices/disk")
    assert disk.find("driver").get("type") == "qcow2"
    assert disk.find("backingStore/format").get("type") == disk_format
    assert disk.find("backingStore/source").get("file") == "/cache/x"
    end = disk.find("backingStore/backingStore")
    assert end is not None and not list(end) and not end.attrib
    bare = fromstring(made(guest)).find("devices/disk/backingStore")
    assert bare is not None and not list(bare) and not bare.attrib


def test_nothing_of_a_users_gets_in(guest):
    text = made(guest, config_drive=True)
    assert "/bin/sh" not in text and "c2VjcmV0" not in text
    assert text == made(dataclasses.replace(guest, name="plain"), config_drive=True)


@pytest.mark.parametrize(("machine", "bus", "device"), [("pc", "ide", "hda"), ("q35", "sata", "sda")])
def test_config_drive(guest, machine, bus, device):
    settings = dataclasses.replace(SETTINGS, machine=machine)
    drive = fromstring(made(guest, settings, config_drive=True)).findall("devices/disk")[1]
    assert (drive.get("device"), drive.find("driver").get("type")) == ("cdrom", "raw")
    assert drive.find("target").attrib == {"dev": device, "bus": bus}
    assert drive.find("readonly") is not None
    assert len(fromstring(made(guest)).findall("devices/disk")) == 1


def test_kvm_without_a_display(guest):
    settings = dataclasses.replace(SETTINGS, virt_type="kvm", vnc=False, cpu_mode="host-passthrough")
    root = fromstring(made(guest, settings))
    assert root.get("type") == "kvm" and root.find("features/tcg") is None
    assert root.find("devices/graphics") is None and root.find("devices/video/model").get("type") == "none"
    assert root.find("cpu").get("mode") == "host-passthrough"


def test_a_line_to_an_agent_in_the_guest_where_its_image_has_one(guest):
    assert fromstring(made(guest)).find("devices/channel") is None
    target = fromstring(made(dataclasses.replace(guest, agent=True))).find("devices/channel[@type='unix']/target")
    assert target.attrib == {"type": "virtio", "name": "org.qemu.guest_agent.0"}
