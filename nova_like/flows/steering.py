"""What an operator may ask of a flow: to be tried now, to turn round. The row is changed; a scheduler does the rest."""

from typing import Any

from nova_like.db import flows
from nova_like.db.engine import Transaction
from nova_like.flows.catalog import RECIPES
from nova_like.flows.recipe import Recipe
from nova_like.model.errors import Conflict, NotFound


def find(tx: Transaction, id: str) -> dict[str, Any]:
    """The flow of this id, or the newest one of the resource of this id. Raises NotFound."""
    found = flows.get(tx, id) or next(iter(flows.history(tx, id)), None)
    if found is None:
        known = "ended ones are kept for [database] retain_flows_hours; see `nova-like-manage flow list --all`"
        raise NotFound("flow", id, f"There is no flow {id}, nor one of a resource of this id ({known}).")
    return found


def retry(tx: Transaction, id: str) -> dict[str, Any]:
    """Make a live flow due now and its pace that of a fresh step; its row as it was. Raises NotFound, Conflict."""
    flow = _live(tx, id)
    flows.retry(tx, flow)
    return flow


def cancel(tx: Transaction, id: str) -> dict[str, Any]:
    """Have a flow unwind at its next turn, as a delete's take-over does; its row as it was. Raises NotFound, Conflict.

    Its resource is then as the recipe's failure leaves it: an instance that was booting is in ERROR.
    """
    flow = _live(tx, id)
    recipe: Recipe | None = RECIPES.get(flow["kind"])
    if recipe is None or not recipe.cancellable:
        raise Conflict(f"A {flow['kind']} only goes forward and cannot be cancelled. If its host is away it ends when "
                       f"the host is back; `nova-like-manage flow retry {flow['id']}` tries it now.")  # fmt: skip
    if flow["cancel"] or flow["state"] != "running":
        raise Conflict(f"Flow {flow['id']} is on its way back already ({flow['state']}). If an undo is stuck, "
                       f"`nova-like-manage flow retry {flow['id']}` tries it now.")  # fmt: skip
    flows.cancel(tx, flow, None)
    return flow


def _live(tx: Transaction, id: str) -> dict[str, Any]:
    flow = flows.lock(tx, find(tx, id)["id"])
    if flow is None or flow["state"] not in flows.LIVE:
        ended = flow["state"] if flow else "gone"
        raise Conflict(f"Flow {flow['id'] if flow else id} has ended ({ended}): there is nothing left to do. What it "
                       f"did: `nova-like-manage flow show {flow['id'] if flow else id}`.")  # fmt: skip
    return flow
