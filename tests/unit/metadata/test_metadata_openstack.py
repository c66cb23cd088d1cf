"""Config drive files, and network_data.json as cloud-init reads it."""

import json

from nova_like.metadata import openstack
from tests.unit.metadata.facts import PORT, USER_DATA, guest


def test_config_drive_files() -> None:
    facts = guest()
    files = openstack.files(facts.metadata, facts.ports)
    assert files["openstack/latest/user_data"] == USER_DATA
    assert files["ec2/latest/user-data"] == USER_DATA
    assert json.loads(files["openstack/latest/meta_data.json"])["hostname"] == "web-1.novalocal"
    meta_data = json.loads(files["ec2/latest/meta-data.json"])
    assert meta_data["instance-id"] == "i-11111111222243338"
    assert meta_data["public-keys"]["0"]["openssh-key"].startswith("ssh-ed25519")
    assert "openstack/2018-08-27/network_data.json" in files
    assert "openstack/2012-08-10/network_data.json" not in files


def test_network_data_with_dhcp() -> None:
    data = openstack.network_data(guest().ports)
    link = data["links"][0]
    assert (link["id"], link["vif_id"], link["mtu"]) == ("tapaaaaaaaa-bb", PORT, 1450)
    assert data["networks"][0]["type"] == "ipv4_dhcp"
    assert data["networks"][0]["link"] == link["id"]
    assert data["services"] == [{"type": "dns", "address": "192.0.2.53"}]


def test_network_data_without_dhcp_is_static() -> None:
    network = openstack.network_data(guest(dhcp=False).ports)["networks"][0]
    assert (network["type"], network["ip_address"], network["netmask"]) == ("ipv4", "10.0.0.5", "255.255.255.0")
    assert network["routes"] == [{"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "10.0.0.1"}]


def test_a_guest_without_ports_has_all_but_addresses() -> None:
    files = openstack.files(guest().metadata, ())
    assert json.loads(files["openstack/latest/network_data.json"])["links"] == []
