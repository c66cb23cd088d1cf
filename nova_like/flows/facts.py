"""Rows to the facts that agents are sent: one builder an order's payload. Reads, never writes."""

import dataclasses
import datetime
from typing import Any

from nova_like.db import attachments, images, instances, port_orders
from nova_like.flows.recipe import Work
from nova_like.model import key_kinds, options, wire
from nova_like.model.errors import NotFound
from nova_like.model.orders import Connection, Guest, GuestMetadata, GuestVolume, ImageLink, Plug, Port

Row = dict[str, Any]


def instance(work: Work) -> Row:
    """The flow's instance, read once a transaction."""
    if "instance" not in work.memory:
        row = instances.get(work.tx, work.resource, None)
        if row is None:
            raise NotFound("instance", work.resource)
        work.memory["instance"] = row
    return work.memory["instance"]


def host(work: Work) -> str:
    """Where the instance is placed; the empty string when it is not."""
    return str(instance(work)["host"] or "")


def guest_ports(work: Work) -> tuple[Port, ...]:
    """The instance's ports without rules; what an earlier step of this flow read is taken from its facts."""
    if "ports" in work.facts:
        return wire.from_wire(tuple[Port, ...], work.facts["ports"])
    return tuple(port_orders.orders(work.tx, work.resource, rules=False))


def plug(work: Work, row: Row | None = None) -> Plug:
    """All that a network agent needs; the ports are kept for the steps that follow. `row`: the instance as it is to
    become, if that is not what its row says."""
    ports = tuple(port_orders.orders(work.tx, work.resource))
    work.facts["ports"] = wire.to_wire([dataclasses.replace(port, rules=()) for port in ports])
    return Plug(work.resource, ports, metadata(row or instance(work)))


def new_guest(work: Work) -> Guest:
    """All that a compute agent needs of one that has never run, with a fresh download link."""
    return dataclasses.replace(_guest(work, instance(work)), image=_image(work, instance(work)))


def guest(work: Work) -> Guest:
    """The same of one that may have volumes."""
    return with_volumes(work, new_guest(work))


def made_guest(work: Work, row: Row | None = None) -> Guest:
    """The same of one whose disk is there: nothing is fetched for it, its image may be gone. `row` as of `plug`."""
    return with_volumes(work, _guest(work, row or instance(work)))


def born_guest(work: Work, rows: list[Row]) -> Guest:
    """As `new_guest`, with the volumes that it starts with: attachments, each with its connection."""
    return dataclasses.replace(new_guest(work), volumes=tuple(_volume(row) for row in rows))


def with_volumes(work: Work, guest: Guest, more: str = "") -> Guest:
    """The guest with all volumes that are attached to it; and `more`, an attachment that is on its way there."""
    found = tuple(
        _volume(row)
        for row in attachments.of_instance(work.tx, work.resource)
        if row["state"] == attachments.ATTACHED or row["id"] == more
    )
    return dataclasses.replace(guest, volumes=found)


def _volume(row: Row) -> GuestVolume:
    reached: Connection = wire.from_wire(Connection, row["connection"])
    return GuestVolume(row["volume_id"], f"vd{row['device'][-1]}", reached)


def _guest(work: Work, row: Row) -> Guest:
    return Guest(
        id=row["id"], name=row["name"], vcpus=row["vcpus"], ram_mib=row["ram_mib"], disk_gib=row["disk_gib"],
        ports=guest_ports(work), metadata=metadata(row), config_drive=row["config_drive"],
        agent=options.of_row(row).guest_agent,
    )  # fmt: skip


def bare_guest(work: Work) -> Guest:
    """What is enough to take a guest away."""
    row = instance(work)
    return Guest(id=row["id"], name=row["name"], vcpus=row["vcpus"], ram_mib=row["ram_mib"], disk_gib=row["disk_gib"])


def bare_plug(work: Work) -> Plug:
    """Ports as they are known, without metadata: enough to take them away."""
    row = instance(work)
    known = GuestMetadata(row["id"], row["project_id"], row["name"], row["hostname"])
    return Plug(work.resource, guest_ports(work), known)


def _image(work: Work, row: Row) -> ImageLink | None:
    return None if row["image_id"] is None else image(work, row["image_id"])


def image(work: Work, image_id: str) -> ImageLink:
    """A fresh download link. Raises NotFound."""
    row = images.get(work.tx, image_id)
    if row is None:
        raise NotFound("image", image_id)
    return work.parts.image_link(row, work.flow["now"])


def metadata(row: Row) -> GuestMetadata:
    """What the guest may read of itself."""
    created, chosen = datetime.datetime.fromtimestamp(row["created_at"], datetime.UTC), options.of_row(row)
    return GuestMetadata(
        instance_id=row["id"], project_id=row["project_id"], name=row["name"], hostname=row["hostname"],
        reservation_id=row["reservation_id"], image_id=row["image_id"] or "", flavor_name=row["flavor"]["name"],
        zone=row["zone"], launch_index=row["launch_index"], created_at=created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **_keys(row), user_data=row["user_data"], files=row["files"] or {},
        meta=row["metadata"] or {}, served=chosen.metadata_served, token_required=chosen.token_required,
        token_hops=chosen.token_hops,
    )  # fmt: skip


def _keys(row: Row) -> dict[str, dict[str, str]]:
    """Its key pair, as that which it is."""
    if not row["public_key"]:
        return {}
    kind = "certificates" if key_kinds.is_certificate(row["public_key"]) else "keys"
    return {kind: {row["key_name"]: row["public_key"]}}
