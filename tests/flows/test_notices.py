"""What flows put down for those who want to be told: their beginning and their end, once, with the instance of then."""

from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

from nova_like.db import notices
from nova_like.db.schema.hosts import hosts
from nova_like.db.schema.notices import notices as table
from nova_like.flows.catalog import RECIPES
from nova_like.model.notices import ACTIONS, EVENT_TYPES
from tests.flows.cloud import CTX, LittleCloud
from tests.flows.scenarios import SCENARIOS, Scenario, boot, instances


@pytest.fixture
def cloud(cloud: LittleCloud) -> LittleCloud:
    cloud.starter.notify = notices.write
    return cloud


def rows(cloud: LittleCloud) -> list[dict[str, Any]]:
    return cloud.database.read(lambda tx: tx.rows(sa.select(table)))


def told(cloud: LittleCloud) -> list[tuple[str, str]]:
    """(event type without its noun, the instance's state) of all notices, sorted: the clock may have stood still."""
    return sorted((row["event_type"].removeprefix("instance."), row["state"]) for row in rows(cloud))


def test_every_flow_of_an_instance_has_a_name() -> None:
    assert set(ACTIONS) == {kind for kind, recipe in RECIPES.items() if recipe.resource == "instance"}


FOLLOWS = {"shelve": ("shelve_offload",), "retype": ("confirm_resize",), "retype-away": ("confirm_move",)}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name or one.kind)
def test_begin_and_end(cloud: LittleCloud, scenario: Scenario) -> None:
    id = scenario.prepare(cloud)
    before = Counter(event for event, _ in told(cloud))
    scenario.act(cloud, id)
    assert cloud.settle()
    found = Counter(event for event, _ in told(cloud)) - (Counter() if scenario.kind == "boot" else before)
    kinds = [scenario.kind, *FOLLOWS.get(scenario.name, ())]
    actions = [ACTIONS[kind] for kind in [scenario.asked] * bool(scenario.asked) or kinds if kind in ACTIONS]
    phases = ("end",) if scenario.begun else ("start", "end")
    assert found == Counter(f"{action}.{phase}" for action in actions for phase in phases)
    assert {f"instance.{event}" for event in found} <= set(EVENT_TYPES)


def test_states_are_those_of_the_moment(cloud: LittleCloud) -> None:
    id = boot(cloud)
    assert cloud.settle()
    instances(cloud).delete(CTX, id)
    assert cloud.settle()
    assert told(cloud) == [("create.end", "active"), ("create.start", "building"),
                           ("delete.end", "deleted"), ("delete.start", "active")]  # fmt: skip


def test_a_delete_in_the_middle(cloud: LittleCloud) -> None:
    id = boot(cloud)
    instances(cloud).delete(CTX, id)
    assert cloud.settle()
    assert [event for event, _ in told(cloud)] == ["create.error", "create.start", "delete.end", "delete.start"]


def test_an_end_without_a_host_says_why(cloud: LittleCloud) -> None:
    cloud.database.transact(lambda tx: tx.execute(sa.update(hosts).values(enabled=False)))
    id = boot(cloud)
    assert cloud.settle()
    assert told(cloud) == [("create.error", "error"), ("create.start", "building")]
    (fault,) = [row["fault"] for row in rows(cloud) if row["fault"]]
    assert fault["reason"] in cloud.row("instances", id)["fault"] and "host" in fault["reason"]
