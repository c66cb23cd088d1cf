"""The end of attachments that no guest uses any more: their back end closes them, whenever it is there."""

from typing import Any

from nova_like.db import attachments, volumes
from nova_like.flows.recipe import Work


def let_go(work: Work, found: list[dict[str, Any]], gone: bool = False, going: frozenset[str] = frozenset()) -> None:
    """Start the release of each, unless it is under way. `gone`: their instance is, and takes along what it is to;
    `going`: volumes that it takes along although it stays."""
    wanted, generation = [], work.flow["generation"] + 1  # an export that is still on its way comes too late
    for row in found:
        if row["state"] == attachments.RELEASING:
            continue
        volumes.move(work.tx, row["volume_id"], "let_go")
        attachments.update(work.tx, row["id"], state=attachments.RELEASING)
        args = {
            "attachment_id": row["id"],
            "delete": bool((gone or row["volume_id"] in going) and row["delete_on_termination"]),
        }
        wanted.append((row["id"], args, generation))
    if wanted:
        work.starter.start_fresh(work.tx, work.context, "release", wanted)
