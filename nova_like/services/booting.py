"""Boot: everything between a parsed command and the rows that promise it. One transaction; the bus is not touched."""

import hashlib
from typing import Any

from nova_like import concurrency
from nova_like.db import (
    attachments,
    client_tokens,
    flavors,
    groups,
    hosts,
    images,
    instances,
    keypairs,
    networks,
    ports,
    quotas,
    security_groups,
    tags,
)
from nova_like.db.engine import Database, Transaction
from nova_like.db.ports import PortSpec
from nova_like.flows.start import Starter
from nova_like.model import options, sizes, states, wire
from nova_like.model.commands import BootInstances, NetworkRequest
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, Fault, Invalid, NotFound, Precondition, QuotaExceeded
from nova_like.model.image_formats import ON_HOST
from nova_like.services import boot_disks
from nova_like.services.backlog import Backlog
from nova_like.services.flavors import seen_by
from nova_like.services.quotas import Quotas
from nova_like.services.scope import home

Row = dict[str, Any]
GIB = 1 << 30
MOST_AT_ONCE = 1000
VERB = "boot"


class DryRun(Fault):
    """The request would have been accepted."""

    kind = "DryRun"


class Booting:
    """`starter` starts the flows, `quotas` counts what they hold."""

    def __init__(
        self, database: Database, policy: Any, starter: Starter, quotas: Quotas, backlog: Backlog | None = None
    ) -> None:
        self._database, self._policy, self._starter, self._quotas = database, policy, starter, quotas
        self._backlog = backlog or Backlog(0)

    def boot(self, ctx: Context, command: BootInstances) -> list[str] | list[Row]:
        """The new instances with `ports` and `task`; ids of the earlier ones when the client token was used before.
        Raises Invalid, NotFound, QuotaExceeded, Conflict (code `token`: it came with another request), DryRun."""
        self._policy.check(ctx, "compute:servers:create")
        home(ctx)
        if not 1 <= command.min_count <= command.max_count <= MOST_AT_ONCE:
            raise Invalid("min_count must be <= max_count, both between 1 and 1000", "instance", field="min_count")
        for _ in range(3):
            try:
                return self._database.transact(lambda tx: self._once(tx, ctx, command))
            except _Raced:
                continue
        raise Conflict("The client token is being used by another request", "instance", code="token")

    def _once(self, tx: Transaction, ctx: Context, command: BootInstances) -> list[str] | list[Row]:
        """One try. Raises _Raced when another request took the client token in the meantime."""
        digest = hashlib.sha256(wire.encode(command)).hexdigest()
        if command.client_token and (used := client_tokens.find(tx, ctx.project_id, VERB, command.client_token)):
            if used["digest"] != digest:
                raise Conflict("The client token was used with other parameters", "instance", code="token")
            return used["result"]
        self._backlog.check(tx)
        facts = self._validate(tx, ctx, command)
        if command.dry_run:
            raise DryRun("Request would have succeeded, but DryRun flag is set.")
        count = self._count(tx, ctx, command, facts)
        rows = [_row(ctx, command, facts, index, count) for index in range(count)]
        ids = [row["id"] for row in rows]
        if command.client_token and not client_tokens.record(
            tx, ctx.project_id, VERB, command.client_token, digest, ids
        ):
            raise _Raced
        return self._insert(tx, ctx, command, facts, rows)

    # -- what is asked for exists, and fits

    def _validate(self, tx: Transaction, ctx: Context, command: BootInstances) -> Row:
        flavor = flavors.get(tx, command.flavor_id, seen_by(ctx))
        if flavor is None or flavor["disabled"]:
            raise Invalid(f"Flavor {command.flavor_id} could not be found.", "flavor", code="not_found")
        disks = boot_disks.planned(tx, ctx, command, flavor["ram_mib"]) if command.disks else None
        image = None if disks and disks.from_volume else self._image(tx, ctx, command, flavor)
        key = keypairs.get(tx, ctx.user_id, command.key_name) if command.key_name else None
        if command.key_name and key is None:
            raise Invalid("Invalid key_name provided.", "keypair", code="not_found", value=command.key_name)
        if command.zone and command.zone not in hosts.zones(tx):
            raise Invalid("The requested availability zone is not available", "zone", code="not_found",
                          value=command.zone)  # fmt: skip
        self._check_place(tx, ctx, command)
        groups = self._groups(tx, ctx, command)
        return {"flavor": flavor, "image": image, "key": key, "groups": groups, "disks": disks,
                **self._nics(tx, ctx, command)}  # fmt: skip

    def _image(self, tx: Transaction, ctx: Context, command: BootInstances, flavor: Row) -> Row:
        """What its own disk is made of."""
        try:
            image = images.get_bootable(tx, ctx.project_id, command.image_id)
        except NotFound as error:
            raise Invalid(f"Image {command.image_id} could not be found.", "image", code="not_found") from error
        check_fit(flavor, image)
        return image

    def _check_place(self, tx: Transaction, ctx: Context, command: BootInstances) -> None:
        """The host and the server group that it wants."""
        if host := command.wishes.get("host"):
            self._policy.check(ctx, "compute:servers:create_on_host")
            if hosts.by_name(tx, "compute", host) is None:
                raise Invalid(f"Compute host {host} could not be found.", "host", code="not_found", value=host)
        beside = {id for name in ("same_host", "different_host") for id in command.wishes.get(name, ())}
        if beside and (unknown := beside - instances.known(tx, sorted(beside), ctx.project_id)):
            id = min(unknown)
            raise Invalid(f"Instance {id} could not be found.", "instance", code="not_found", value=id)
        if command.group_id and groups.get(tx, command.group_id, ctx.project_id) is None:
            raise Invalid(f"Instance group {command.group_id} could not be found.", "server group", code="not_found")

    def _groups(self, tx: Transaction, ctx: Context, command: BootInstances) -> list[Row]:
        """{id, name} of each group that the ports get."""
        if not command.security_groups or "default" in command.security_groups:
            default = security_groups.ensure_default(tx, ctx.project_id)
            if set(command.security_groups) <= {"default"}:
                return [{"id": default, "name": "default"}]
        ids = security_groups.resolve(tx, ctx.project_id, command.security_groups)
        names = {row["id"]: row["name"] for row in security_groups.list_groups(tx, ctx.project_id)}
        return [{"id": id, "name": names[id]} for id in ids]

    def _nics(self, tx: Transaction, ctx: Context, command: BootInstances) -> Row:
        """{"nics": [(network row, fixed address or None)], "ports": ids of given ports, in their order}."""
        if isinstance(command.networks, str):
            return {"nics": _automatic(tx, ctx.project_id, command.networks), "ports": []}
        if any(request.port_id for request in command.networks):
            raise Invalid("Booting with an existing port is not offered yet.", "port", code="not_implemented")
        return {"nics": _named(tx, ctx.project_id, command.networks), "ports": []}

    # -- rows

    def _count(self, tx: Transaction, ctx: Context, command: BootInstances, facts: Row) -> int:
        """How many fit between min and max as the quota is now, which is taken at the end. Raises QuotaExceeded."""
        if command.min_count == command.max_count:
            return command.min_count
        limits, used = self._quotas.room(tx, ctx.project_id)
        for count in range(command.max_count, command.min_count, -1):
            try:
                quotas.check(_amounts(facts, count), used, limits)
                return count
            except QuotaExceeded:
                continue
        quotas.check(_amounts(facts, command.min_count), used, limits)
        return command.min_count

    def _insert(self, tx: Transaction, ctx: Context, command: BootInstances, facts: Row, rows: list[Row]) -> list[Row]:
        """Write the rows and start their flows; the rows as they are shown."""
        if command.group_id:
            self._join(tx, ctx, command.group_id, len(rows))
        shown = instances.insert(tx, rows)
        groups = facts["groups"]
        specs = [
            PortSpec(row["id"], position, network, fixed_ip, tuple(group["id"] for group in groups))
            for row in rows
            for position, (network, fixed_ip) in enumerate(facts["nics"])
        ]
        names = {network["id"]: network["name"] for network, _ in facts["nics"]}
        cards: dict[str, list[Row]] = {row["id"]: [] for row in rows}
        for port in ports.create_many(tx, ctx.project_id, specs) if specs else []:
            card = {**port, "network_name": names[port["network_id"]], "groups": groups}
            cards[port["instance_id"]].append(card)
        if command.tags:
            tags.put_many(tx, ctx.project_id, list(cards), "instance", command.tags)
        disks, args, given = facts["disks"], {}, {}
        if disks:
            args = boot_disks.give(tx, ctx, self._starter, disks, [row["id"] for row in rows])
            given = attachments.of_instances(tx, list(cards))
        self._starter.start_fresh(tx, ctx, "boot", [(row["id"], args.get(row["id"], {}), 1) for row in rows])
        # last, since every boot of the project waits for these rows until this transaction has ended
        self._quotas.take(tx, ctx.project_id, _amounts(facts, len(rows)))
        return [{**row, "ports": cards[row["id"]], "volumes": given.get(row["id"], []), "task": dict(SCHEDULING)}
                for row in shown]  # fmt: skip

    def _join(self, tx: Transaction, ctx: Context, group_id: str, count: int) -> None:
        """Whether so many more may be in a server group, which is held from here. Raises QuotaExceeded, Invalid."""
        if groups.hold(tx, group_id, ctx.project_id) is None:
            raise Invalid(f"Instance group {group_id} could not be found.", "server group", code="not_found")
        most = self._quotas.limits(tx, ctx.project_id).get("server_group_members", -1)
        have = len(instances.of_groups(tx, [group_id]).get(group_id, ()))
        if 0 <= most < have + count:
            raise QuotaExceeded("Quota exceeded, too many servers in group", "server group", limit=most, used=have,
                                resource="server_group_members", asked=count)  # fmt: skip


SCHEDULING = {"kind": "boot", "step": "", "unwinding": False}  # what a flow that nobody has looked at is at


def _amounts(facts: Row, count: int) -> dict[str, int]:
    """What so many take of the quota, their volumes included."""
    flavor, disks = facts["flavor"], facts["disks"]
    more = disks.amounts(count) if disks else {}
    return {"instances": count, "cores": count * flavor["vcpus"], "ram": count * flavor["ram_mib"], **more}


class _Raced(Precondition):
    """Another request with the same client token came first; internal."""


def flavor_facts(flavor: Row) -> Row:
    """What an instance keeps of its flavor."""
    return {field: flavor[field] for field in ("id", "name", *sizes.SIZES, "ephemeral_gib", "swap_mib", "extra_specs")}


def check_fit(flavor: Row, image: Row) -> None:
    """Raise Invalid unless an instance of the flavor can be made of the image."""
    if image["status"] != "active":
        raise Invalid(f"Image {image['id']} is not active.", "image", code="state")
    if image["disk_format"] not in ON_HOST:
        raise Invalid(f"Image {image['id']} is no disk that a guest could start from.", "image", code="no_disk")
    if flavor["ram_mib"] < (image["min_ram_mib"] or 0):
        raise Invalid("Flavor's memory is too small for requested image.", "flavor", code="too_small")
    needed = max((image["min_disk_gib"] or 0) * GIB, image["virtual_size_bytes"] or 0)
    if flavor["disk_gib"] and flavor["disk_gib"] * GIB < needed:
        raise Invalid("Flavor's disk is too small for requested image.", "flavor", code="too_small")


def _automatic(tx: Transaction, project_id: str, wish: str) -> list[tuple[Row, str | None]]:
    """`auto`: the one usable network, none when there is none; `none`: no card."""
    if wish == "none":
        return []
    usable = networks.usable(tx, project_id)
    if len(usable) > 1:
        raise Conflict(
            "Multiple possible networks found, use a Network ID to be more specific.", "network", code="ambiguous"
        )
    return [(network, None) for network in usable]


def _named(tx: Transaction, project_id: str, wanted: list[NetworkRequest]) -> list[tuple[Row, str | None]]:
    ids = [request.network_id for request in wanted if request.network_id]
    usable = {row["id"]: row for row in networks.usable(tx, project_id, ids)} if ids else {}
    for request in wanted:
        if request.network_id not in usable:
            raise Invalid(f"Network {request.network_id} could not be found.", "network", code="not_found")
    return [(usable[str(request.network_id)], request.fixed_ip) for request in wanted]


def _row(ctx: Context, command: BootInstances, facts: Row, index: int, count: int) -> Row:
    flavor, key, image = facts["flavor"], facts["key"], facts["image"]
    name = command.name if count == 1 else f"{command.name}-{index + 1}"
    if index == 0:
        facts["reservation"] = concurrency.new_id()
    return {
        "id": concurrency.new_id(), "project_id": ctx.project_id, "user_id": ctx.user_id, "name": name,
        "description": command.description, "hostname": _called(command, name, index, count),
        "state": states.BUILDING, "generation": 1, "wanted_zone": command.zone or "",
        "flavor": flavor_facts(flavor), **sizes.of(flavor),
        **({"image_id": image["id"]} if image else {"image_id": None, "disk_gib": 0}),
        "key_name": command.key_name, "public_key": key["public_key"] if key else None,
        "user_data": command.user_data, "metadata": command.metadata or None,
        "files": command.files or None, "config_drive": command.config_drive or bool(command.files),
        "hints": command.hints or None, "wishes": command.wishes or None, "group_id": command.group_id,
        "options": options.to_row(options.with_image(command.options, image and image["properties"])),
        "reservation_id": facts["reservation"], "launch_index": index,
    }  # fmt: skip


def _called(command: BootInstances, name: str, index: int, count: int) -> str:
    if not command.hostname:
        return _hostname(name)
    return command.hostname if count == 1 else f"{command.hostname}-{index + 1}"


def _hostname(name: str) -> str:
    """A host name (RFC 1123) made of a display name; `server` when nothing is left of it."""
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name.lower())
    return kept.strip("-")[:63].strip("-") or "server"
