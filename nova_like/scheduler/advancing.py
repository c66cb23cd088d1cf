"""Advancing flows one after the other, so that one that cannot be advanced keeps none of the others waiting."""

from collections.abc import Iterable

from nova_like import logs
from nova_like.db import flows as rows
from nova_like.flows.engine import Engine
from nova_like.model.errors import Unavailable

LOG = logs.get(__name__)
REST_SECONDS = 30.0  # of a flow that the engine itself fails at


def advance_each(engine: Engine, flows: Iterable[str], sweeping: bool = False) -> None:
    """Wake each flow. What the engine raises is logged, and that flow rests for a while."""
    for flow in flows:
        try:
            engine.advance(flow, sweeping=sweeping)
        except Unavailable as fault:
            LOG.warning("flow %s stays where it is: %s", flow, fault.reason)
        except Exception:
            LOG.exception("flow %s cannot be advanced", flow)
            engine.database.transact(lambda tx, flow=flow: rows.defer(tx, flow, REST_SECONDS))  # type: ignore[misc]
