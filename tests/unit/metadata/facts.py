"""One guest with everything, for the metadata tests."""

import base64

from nova_like.metadata.guest import Guest
from nova_like.model.orders import Address, GuestMetadata, Network, Port, Subnet

INSTANCE = "11111111-2222-4333-8444-555555555555"
PORT = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
KEY = "ssh-ed25519 AAAAC3Nza me@here"
USER_DATA = b"#!/bin/sh\necho \xff\n"

SUBNET = Subnet("99999999-0000-4000-8000-000000000001", "10.0.0.0/24", "10.0.0.1", ("192.0.2.53",))
NETWORK = Network("99999999-0000-4000-8000-000000000002", "net", 1450, (SUBNET,))


def guest(user_data: bytes | None = USER_DATA, dhcp: bool = True) -> Guest:
    subnet = Subnet(SUBNET.id, SUBNET.cidr, SUBNET.gateway, SUBNET.dns, dhcp)
    network = Network(NETWORK.id, "net", 1450, (subnet,))
    port = Port(PORT, "02:16:3e:00:00:05", network, (Address(SUBNET.id, "10.0.0.5"),), (), ("default", "web"))
    facts = GuestMetadata(
        instance_id=INSTANCE,
        project_id="77777777777747778777777777777777",
        name="web-1",
        hostname="web-1.novalocal",
        reservation_id="r-0123456789abcdef0",
        image_id="66666666-2222-4333-8444-555555555555",
        flavor_name="m1.tiny",
        zone="eu-west-1a",
        launch_index=2,
        created_at="2026-01-01T00:00:00Z",
        keys={"mine": KEY},
        certificates={"win": "certificate"},
        user_data=base64.b64encode(user_data).decode() if user_data is not None else None,
        meta={"role": "web"},
        tags={"Name": "web", "a/b": "not addressable"},
    )
    return Guest(facts, (port,))
