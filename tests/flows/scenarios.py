"""What starts each flow, and what must be true when all is quiet. A new recipe is tested by being listed here."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from nova_like.conf.quota import DEFAULTS
from nova_like.db import hosts, volumes
from nova_like.db.engine import Transaction
from nova_like.flows.fencing import fence
from nova_like.model.commands import BootDisk, BootInstances, RebuildInstance
from nova_like.model.errors import NotFound
from nova_like.services.attachments import Attachments
from nova_like.services.booting import Booting
from nova_like.services.evacuating import Evacuating
from nova_like.services.fixed_addresses import FixedAddresses
from nova_like.services.instance_options import InstanceOptions
from nova_like.services.instances import Instances
from nova_like.services.lifecycle import Lifecycle
from nova_like.services.resizing import Resizing
from nova_like.services.shelving import Shelving
from nova_like.services.snapshots import Snapshots
from nova_like.services.soft_deletes import SoftDeletes
from nova_like.services.volumes import Volumes
from tests.flows.cloud import CTX, IMAGE, LARGER, NETWORK, LittleCloud


class Allowing:
    """A policy for tests of flows: policy is tested elsewhere."""

    def check(self, ctx, rule, project_id=None) -> None: ...


class Quotas:
    """Quota service with the defaults."""

    def limits(self, tx: Transaction, project_id: str) -> dict[str, int]:
        return dict(DEFAULTS)

    def room(self, tx: Transaction, project_id: str) -> tuple[dict[str, int], dict[str, int]]:
        from nova_like.db import quotas

        return quotas.room(tx, project_id, DEFAULTS)

    def take(self, tx: Transaction, project_id: str, amounts: dict[str, int]) -> None:
        from nova_like.db import quotas

        quotas.take(tx, project_id, amounts, DEFAULTS)


def instances(cloud: LittleCloud) -> Instances:
    booting = Booting(cloud.database, Allowing(), cloud.starter, Quotas())
    return Instances(cloud.database, Allowing(), cloud.starter, booting, None)


def boot(cloud: LittleCloud) -> str:
    command = BootInstances("vm", "1", IMAGE, key_name=None)
    return instances(cloud).boot(CTX, command)[0]["id"]


def born_of_volumes(cloud: LittleCloud) -> str:
    """An instance that starts from a volume, which is made of an image for it, and has one that was there."""
    disks = (BootDisk("image", IMAGE, 1, True, True), BootDisk("volume", volume(cloud)))
    command = BootInstances("vm", "1", "", key_name=None, disks=disks)
    return instances(cloud).boot(CTX, command)[0]["id"]


def volume_born(cloud: LittleCloud) -> str:
    id = born_of_volumes(cloud)
    assert cloud.settle()
    return id


def _active(cloud: LittleCloud) -> str:
    id = boot(cloud)
    assert cloud.settle()
    return id


def _after(prepare: Callable[[LittleCloud], str], act: Callable[[LittleCloud, str], object]) -> Callable[..., str]:
    """What `prepare` gives, when all that `act` has started on it is over."""

    def prepared(cloud: LittleCloud) -> str:
        id = prepare(cloud)
        act(cloud, id)
        assert cloud.settle()
        return id

    return prepared


_stopped = _after(_active, lambda c, id: instances(c).stop(CTX, id))


def _volume_row(cloud: LittleCloud, **more: str) -> str:
    """A volume as the volume service makes it."""
    from nova_like import concurrency
    from nova_like.db import quotas

    id = concurrency.new_id()

    def work(tx: Transaction) -> None:
        quotas.take(tx, CTX.project_id, {"volumes": 1, "gigabytes": 2}, DEFAULTS)
        volumes.insert(tx, {"id": id, "project_id": CTX.project_id, "user_id": CTX.user_id, "size_gib": 2,
                            "state": "creating", "generation": 1, **more})  # fmt: skip
        cloud.starter.start(tx, CTX, "volume_create", id, {}, 1)

    cloud.database.transact(work)
    return id


def _of_image(cloud: LittleCloud) -> str:
    return _volume_row(cloud, image_id=IMAGE)


def volume(cloud: LittleCloud, image: str = "") -> str:
    id = _of_image(cloud) if image else _volume_row(cloud)
    assert cloud.settle()
    return id


def _delete_volume(cloud: LittleCloud, id: str) -> None:
    """A volume that is gone already is not found."""
    with contextlib.suppress(NotFound):
        Volumes(cloud.database, Allowing(), Quotas(), cloud.starter).delete(CTX, id)


@dataclass(frozen=True)
class Scenario:
    """`prepare` gives the resource; `act` starts the flow on it; `ends` are the states it may end in when nothing
    fails, `broken` those when a step failed for good. `without`: steps that are not needed then; `late`: as
    `broken`, when all but the last step was done, if that is another; `name` tells it from others of the kind; `lasts`:
    seconds until it is seen what a delete has left on a host that was said to be off."""

    kind: str
    table: str
    prepare: Callable[[LittleCloud], str]
    act: Callable[[LittleCloud, str], None]
    ends: str
    broken: str
    cancel: Callable[[LittleCloud, str], None]
    name: str = ""
    without: tuple[str, ...] = ()
    late: str = ""
    asked: str = ""  # the kind of what the user asked for, if that is another flow
    begun: bool = False  # it is on its way already when it is prepared
    lasts: float = 0.0


def _delete(cloud: LittleCloud, id: str) -> None:
    """A delete is accepted in every state; one that is gone already is not found."""
    with contextlib.suppress(NotFound):
        instances(cloud).delete(CTX, id)


def _ignore(answer: object) -> None: ...


def _nothing(cloud: LittleCloud, id: str) -> None: ...


def _lifecycle(verb: str) -> Callable[[LittleCloud, str], None]:
    return lambda cloud, id: getattr(Lifecycle(instances(cloud)), verb)(CTX, id)


def _left(cloud: LittleCloud) -> str:
    """An instance that is deleted while its host is away."""
    id = _active(cloud)
    cloud.cut_off(cloud.row("instances", id)["host"])
    _delete(cloud, id)
    cloud.let_pass(4.0)
    assert cloud.row("instances", id)["state"] == "deleted"
    return id


def _left_volume(cloud: LittleCloud) -> str:
    """A volume that is deleted while its back end is away."""
    id = volume(cloud)
    cloud.cut_off("v1")
    _delete_volume(cloud, id)
    cloud.let_pass(4.0)
    assert cloud.row("volumes", id)["state"] == "deleted"
    return id


def _bring_back(cloud: LittleCloud, id: str) -> None:
    cloud.bring_back(cloud.row("instances", id)["host"])


def _action(kind: str, before: str, ends: str) -> Scenario:
    """An action of `services.lifecycle` on an instance that another one has been carried out on."""
    prepare = _after(_active, _lifecycle(before)) if before else _active
    broken = {"": "active", "pause": "paused", "suspend": "suspended", "rescue": "rescued"}[before]
    return Scenario(kind, "instances", prepare, _lifecycle(kind), ends, broken, _delete)


def _rebuild(cloud: LittleCloud, id: str) -> None:
    Lifecycle(instances(cloud)).rebuild(CTX, id, RebuildInstance(IMAGE, {"name": "new"}))


def resizing(cloud: LittleCloud) -> Resizing:
    return Resizing(instances(cloud), Quotas())


def resize(cloud: LittleCloud, id: str, flavor: str = LARGER) -> None:
    resizing(cloud).resize(CTX, id, flavor)


def migrate(cloud: LittleCloud, id: str) -> None:
    resizing(cloud).migrate(CTX, id)


def full(cloud: LittleCloud, id: str) -> str:
    """The name of the instance's own host, which takes nothing more."""
    host = str(cloud.row("instances", id)["host"])
    cloud.database.transact(lambda tx: hosts.switch(tx, host, False, "full"))
    return host


def retype(cloud: LittleCloud, id: str) -> None:
    """A resize of a stopped one, which is confirmed by it."""
    resizing(cloud).retype(CTX, id, LARGER)


def _crowded_stopped(cloud: LittleCloud) -> str:
    id = _stopped(cloud)
    full(cloud, id)
    return id


def _crowded(cloud: LittleCloud) -> str:
    id = _active(cloud)
    full(cloud, id)
    return id


_resized = _after(_active, resize)
_resized_stopped = _after(_stopped, resize)
_resized_away = _after(_crowded, resize)
_migrated = _after(_active, migrate)


def off(cloud: LittleCloud, id: str, host: str = "") -> str:
    """The name of the instance's host (or of `host`), whose power is off for sure."""
    host = host or str(cloud.row("instances", id)["host"])
    if host not in cloud.cut:
        cloud.cut_off(host)
    cloud.database.transact(lambda tx: fence(tx, host, 75.0))
    return host


def _stranded(cloud: LittleCloud) -> str:
    id = _stopped(cloud)
    off(cloud, id)
    return id


def evacuating(cloud: LittleCloud) -> Evacuating:
    return Evacuating(instances(cloud), 75.0)


def evacuate(cloud: LittleCloud, id: str) -> None:
    """Its host is on again sooner than anybody thought."""
    evacuating(cloud).evacuate(CTX, id)
    cloud.bring_back(cloud.row("instances", id)["host"])


HERE = ("plug", "resize")
MOVED = ("clear", "moved")
AWAY = ("park", "copy", "promised", "upload", "sent", "drop", "unplug", "plug_there", "spawn_there", "there", "rest")


def _replug(cloud: LittleCloud, id: str) -> None:
    InstanceOptions(cloud.database, Allowing(), cloud.starter).set(CTX, id, token_required=True)


def fixed_addresses(cloud: LittleCloud) -> FixedAddresses:
    return FixedAddresses(cloud.database, Allowing(), cloud.starter)


def more_addresses(cloud: LittleCloud, id: str) -> None:
    fixed_addresses(cloud).add(CTX, id, NETWORK)


def fewer_addresses(cloud: LittleCloud, id: str) -> None:
    """Its last one goes."""
    sql = f"SELECT a.address FROM addresses a JOIN ports p ON p.id = a.port_id WHERE p.instance_id = '{id}' "
    fixed_addresses(cloud).remove(CTX, id, cloud.one(sql + "AND NOT leaving ORDER BY a.position DESC LIMIT 1"))


_with_two = _after(_active, more_addresses)


def snapshots(cloud: LittleCloud) -> Snapshots:
    return Snapshots(instances(cloud), Allowing())


def shelving(cloud: LittleCloud) -> Shelving:
    return Shelving(instances(cloud), snapshots(cloud), Allowing())


def shelve(cloud: LittleCloud, id: str) -> None:
    shelving(cloud).shelve(CTX, id)


def _staying(cloud: LittleCloud) -> str:
    """One that stays on its host when it is shelved."""
    cloud.offload_seconds(-1.0)
    return _active(cloud)


_shelved = _after(_staying, shelve)
_paused = _after(_staying, _lifecycle("pause"))
_offloaded = _after(_active, shelve)


def soft_deletes(cloud: LittleCloud, seconds: float = 3600.0) -> SoftDeletes:
    return SoftDeletes(cloud.database, Allowing(), instances(cloud), cloud.starter, Quotas(), seconds)


def soft_delete(cloud: LittleCloud, id: str) -> None:
    soft_deletes(cloud).delete(CTX, id)


_soft_deleted = _after(_active, soft_delete)
_rescued = _after(_active, _lifecycle("rescue"))


def attachments(cloud: LittleCloud) -> Attachments:
    return Attachments(cloud.database, Allowing(), instances(cloud))


def _attach(cloud: LittleCloud, id: str) -> None:
    attachments(cloud).attach(CTX, id, _only_volume(cloud))


def _only_volume(cloud: LittleCloud) -> str:
    return str(cloud.one("SELECT id FROM volumes WHERE state <> 'deleted'"))


def _with_volume(cloud: LittleCloud) -> str:
    """An instance, and a volume beside it."""
    volume(cloud)
    return _active(cloud)


attached = _after(_with_volume, _attach)  # an instance that has a volume


def _unshelve(cloud: LittleCloud, id: str) -> None:
    shelving(cloud).unshelve(CTX, id)


def _detach(cloud: LittleCloud, id: str) -> None:
    attachments(cloud).detach(CTX, id, _only_volume(cloud))


def _detached_unasked(cloud: LittleCloud) -> str:
    """An instance whose host went away, and whose volume was taken from it then."""
    id = attached(cloud)
    cloud.cut_off(cloud.row("instances", id)["host"])
    _detach(cloud, id)
    cloud.let_pass(8.0)
    assert cloud.one("SELECT state FROM volumes") == "available"
    return id


SCENARIOS = [
    Scenario("boot", "instances", boot, _nothing, "active", "error", _delete,
             without=("filled", "export", "exported")),
    Scenario("boot", "instances", born_of_volumes, _nothing, "active", "error", _delete, "boot-volumes"),
    Scenario("delete", "instances", _active, _delete, "deleted", "deleted", _delete, "delete",
             ("clear", "clear_ports")),
    Scenario("delete", "instances", _migrated, _delete, "deleted", "deleted", _delete, "delete-moved"),
    Scenario("stop", "instances", _active, lambda c, id: instances(c).stop(CTX, id), "stopped", "active", _delete),
    Scenario("start", "instances", _stopped, lambda c, id: instances(c).start(CTX, id), "active", "stopped", _delete),
    Scenario("reboot", "instances", _active, lambda c, id: instances(c).reboot(CTX, id, True), "active", "active",
             _delete),
    *(_action(kind, before, ends) for kind, before, ends in (
        ("pause", "", "paused"), ("unpause", "pause", "active"), ("suspend", "", "suspended"),
        ("resume", "suspend", "active"), ("rescue", "", "rescued"), ("unrescue", "rescue", "active"),
    )),
    Scenario("rebuild", "instances", _stopped, _rebuild, "stopped", "error", _delete),
    Scenario("resize", "instances", _active, resize, "resized", "active", _delete, "resize", AWAY),
    Scenario("resize", "instances", _crowded, resize, "resized", "active", _delete, "resize-away",
             (*HERE, "there", "rest")),
    Scenario("resize", "instances", _stopped, retype, "stopped", "stopped", _delete, "retype", AWAY),
    Scenario("resize", "instances", _crowded_stopped, retype, "stopped", "stopped", _delete, "retype-away", HERE),
    Scenario("migrate", "instances", _stopped, migrate, "resized", "stopped", _delete),
    Scenario("evacuate", "instances", _stranded, evacuate, "stopped", "stopped", _delete, lasts=200.0),
    Scenario("confirm_move", "instances", _migrated, lambda c, id: resizing(c).confirm(CTX, id), "active", "resized",
             _delete),
    Scenario("revert_move", "instances", _resized_away, lambda c, id: resizing(c).revert(CTX, id), "active", "resized",
             _delete),
    Scenario("confirm_resize", "instances", _resized_stopped, lambda c, id: resizing(c).confirm(CTX, id), "stopped",
             "resized", _delete),
    Scenario("revert_resize", "instances", _resized, lambda c, id: resizing(c).revert(CTX, id), "active", "resized",
             _delete),
    Scenario("volume_create", "volumes", _volume_row, _nothing, "available", "error", _delete_volume),
    Scenario("volume_create", "volumes", _of_image, _nothing, "available", "error", _delete_volume,
             "volume_create-image"),
    Scenario("replug", "instances", _active, _replug, "active", "active", _delete),
    Scenario("replug", "instances", _active, more_addresses, "active", "active", _delete, "replug-more"),
    Scenario("replug", "instances", _with_two, fewer_addresses, "active", "active", _delete, "replug-fewer"),
    Scenario("snapshot", "instances", _active, lambda c, id: _ignore(snapshots(c).create(CTX, id, "s", {}, halt=True)),
             "active", "active", _delete),
    Scenario("backup", "instances", _active, lambda c, id: _ignore(snapshots(c).backup(CTX, id, "s", {}, "daily", 1)),
             "active", "active", _delete),
    Scenario("shelve", "instances", _active, shelve, "offloaded", "active", _delete, "shelve", ("down",)),
    Scenario("shelve", "instances", _paused, shelve, "shelved", "paused", _delete, "shelve-paused", ("halt",),
             "stopped"),
    Scenario("shelve_offload", "instances", _shelved, lambda c, id: shelving(c).offload(CTX, id), "offloaded",
             "offloaded", _delete),
    Scenario("unshelve", "instances", _offloaded, _unshelve, "active", "offloaded", _delete, "unshelve", ("start",)),
    Scenario("unshelve", "instances", _shelved, _unshelve, "active", "shelved", _delete, "unshelve-there",
             ("place", "plug", "spawn")),
    *(Scenario("soft_delete", "instances", prepare, soft_delete, "soft_deleted", "soft_deleted", _delete,
               f"soft_delete{name}", (*without, "plug", "revert_resize")) for prepare, name, without in (
        (_active, "", ("confirm_resize", *MOVED, "unrescue")), (_resized, "-resized", (*MOVED, "unrescue")),
        (_migrated, "-moved", ("confirm_resize", "unrescue")), (_resized_away, "-away", ("confirm_resize", "unrescue")),
        (_rescued, "-rescued", ("confirm_resize", *MOVED)))),
    Scenario("restore", "instances", _soft_deleted, lambda c, id: soft_deletes(c).restore(CTX, id), "active",
             "stopped", _delete, late="active"),
    Scenario("attach", "instances", _with_volume, _attach, "active", "active", _delete),
    Scenario("detach", "instances", attached, _detach, "active", "active", _delete, without=("told",)),
    Scenario("detach", "instances", _detached_unasked, _bring_back, "active", "active", _delete,
             "detach-away", ("detach",), begun=True),
    Scenario("release", "instances", attached, _delete, "deleted", "deleted", _delete, asked="delete"),
    Scenario("release", "instances", volume_born, _delete, "deleted", "deleted", _delete, "release-born",
             asked="delete"),
    Scenario("purge", "instances", _left, _bring_back, "deleted", "deleted", _delete),
    Scenario("volume_purge", "volumes", _left_volume, lambda c, id: c.bring_back("v1"), "deleted", "deleted",
             _delete_volume),
    Scenario("volume_delete", "volumes", volume, _delete_volume, "deleted", "deleted", _delete_volume),
]  # fmt: skip
