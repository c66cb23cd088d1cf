"""All recipes by kind: what the engine runs and the harness tests."""

from nova_like.flows.attaching import ATTACH, DETACH, RELEASE
from nova_like.flows.backup import BACKUP
from nova_like.flows.boot import BOOT
from nova_like.flows.delete import DELETE
from nova_like.flows.evacuate import EVACUATE
from nova_like.flows.migrate import CONFIRM_MOVE, MIGRATE, REVERT_MOVE
from nova_like.flows.power import POWER
from nova_like.flows.purge import PURGE, VOLUME_PURGE
from nova_like.flows.recipe import Recipe
from nova_like.flows.renewing import REBUILD, RESCUE, UNRESCUE
from nova_like.flows.replug import REPLUG
from nova_like.flows.resize import CONFIRM_RESIZE, RESIZE, REVERT_RESIZE
from nova_like.flows.shelving import SHELVE, SHELVE_OFFLOAD, UNSHELVE
from nova_like.flows.snapshot import SNAPSHOT
from nova_like.flows.soft_delete import RESTORE, SOFT
from nova_like.flows.volumes import VOLUME_CREATE, VOLUME_DELETE

RECIPES: dict[str, Recipe] = {
    recipe.kind: recipe
    for recipe in (
        BOOT,
        DELETE,
        *POWER,
        RESCUE,
        UNRESCUE,
        REBUILD,
        RESIZE,
        CONFIRM_RESIZE,
        REVERT_RESIZE,
        MIGRATE,
        CONFIRM_MOVE,
        REVERT_MOVE,
        EVACUATE,
        REPLUG,
        SNAPSHOT,
        BACKUP,
        SHELVE,
        SHELVE_OFFLOAD,
        UNSHELVE,
        SOFT,
        RESTORE,
        VOLUME_CREATE,
        VOLUME_DELETE,
        ATTACH,
        DETACH,
        RELEASE,
        PURGE,
        VOLUME_PURGE,
    )  # fmt: skip
}
