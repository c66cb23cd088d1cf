"""Debian's cloud-init reads our metadata by its own sources: Ec2 and OpenStack of a real port, and a config drive."""

import base64
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pycdlib
import pytest

from nova_like.metadata import openstack
from nova_like.model import sshkeys
from nova_like.model.orders import GuestMetadata, Plug
from nova_like.virt.libvirt import config_drive
from tests.contract.test_network import network, plug
from tests.integration.network_lab import Lab
from tools.trial import debs

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("dnsmasq"), reason="needs root, dnsmasq and nft"),
]
PYTHON = "/usr/bin/python3"  # Debian's, for which its packages are made
PACKAGES = (
    "cloud-init", "python3-attr", "python3-certifi", "python3-chardet", "python3-configobj", "python3-idna",
    "python3-jinja2", "python3-json-pointer", "python3-jsonpatch", "python3-jsonschema", "python3-markupsafe",
    "python3-netifaces", "python3-oauthlib", "python3-pyrsistent", "python3-requests", "python3-serial", "python3-six",
    "python3-urllib3", "python3-yaml",
)  # fmt: skip
SCRIPT = "#!/bin/sh\necho from user data\n"
# cloud-init looks names up; in here there is nobody to ask, which is told at once by the loopback only
NO_RESOLVER = ("unshare", "-m", "sh", "-c", 'mount --bind /dev/null /etc/resolv.conf && exec "$@"', "sh")
READER = Path(__file__).with_name("cloud_init_reader.py")
PRODUCT = "OpenStack Compute"  # what virt/libvirt/xml.py says the machine is


@pytest.fixture(scope="module")
def library() -> str:
    """Where Python finds cloud-init."""
    root = debs.unpacked("cloud-init", PACKAGES)
    assert root is not None, "apt has no cloud-init"
    return str(root / "usr/lib/python3/dist-packages")


@pytest.fixture(scope="module")
def order() -> Plug:
    key = sshkeys.generate("ed25519")[1].strip()
    made = plug(network(), 11)
    metadata = GuestMetadata(
        made.instance_id, "project", "web", "web-1", user_data=base64.b64encode(SCRIPT.encode()).decode(),
        keys={"mine": key}, zone="nova", files={"/etc/put": base64.b64encode(b"in").decode()},
    )  # fmt: skip
    return Plug(made.instance_id, made.ports, metadata)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    try:
        yield lab
    finally:
        lab.close()


def test_each_source_reads_what_is_meant(lab: Lab, library: str, order: Plug, tmp_path: Path) -> None:
    agent, image = lab.agent(), tmp_path / "config-drive.iso"
    agent.start()
    guest = lab.guest(order.ports[0])
    agent.plug("host-1", order)
    guest.settle("10.99.1.1")
    config_drive.write(image, openstack.files(order.metadata, order.ports))
    _extract(image, tmp_path / "cloud" / "seed" / "config_drive")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": library, "LC_ALL": "C.UTF-8"}
    known = {"OpenStack": order.instance_id, "ConfigDrive": order.instance_id,
             "Ec2": "i-" + order.instance_id.replace("-", "")[:17]}  # fmt: skip
    for name, instance in known.items():
        found = json.loads(guest.run(*NO_RESOLVER, PYTHON, str(READER), name, str(tmp_path), PRODUCT, env=environment))
        assert found["keys"] == list(order.metadata.keys.values()), name
        assert (found["instance"], found["host"]) == (instance, order.metadata.hostname), name
        assert found["user_data"] == SCRIPT, name
        if name != "Ec2":
            assert found["files"] == {"/etc/put": "b'in'"}, name
        assert order.ports[0].mac in json.dumps(found["network"]), "the network is configured by the card's address"


def _extract(image: Path, target: Path) -> None:
    iso = pycdlib.PyCdlib()
    iso.open(str(image))
    for folder, _, names in iso.walk(joliet_path="/"):
        for name in names:
            path = target / folder.lstrip("/") / name
            path.parent.mkdir(parents=True, exist_ok=True)
            iso.get_file_from_iso(str(path), joliet_path=f"{folder.rstrip('/')}/{name}")
    iso.close()
