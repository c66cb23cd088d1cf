"""Server groups and scheduler hints: where instances end up beside others, by the real engine on two hosts."""

from typing import Any

from nova_like import concurrency
from nova_like.db import audit, groups
from nova_like.flows import company
from nova_like.model.commands import BootInstances
from tests.flows.cloud import CTX, IMAGE, PROJECT, USER, LittleCloud
from tests.flows.scenarios import instances


def group(cloud: LittleCloud, policy: str, most: int | None = None) -> str:
    row = {"id": concurrency.new_id(), "project_id": PROJECT, "user_id": USER, "name": "g", "policy": policy,
           "most_per_host": most}  # fmt: skip
    cloud.database.transact(lambda tx: groups.insert(tx, row))
    return str(row["id"])


def boot(cloud: LittleCloud, count: int = 1, **more: Any) -> list[str | None]:
    """Hosts of new instances; None for one that found no place."""
    command = BootInstances("vm", "1", IMAGE, min_count=count, max_count=count, **more)
    ids = [row["id"] for row in instances(cloud).boot(CTX, command)]
    assert cloud.settle() and cloud.wrongs() == []
    return [cloud.row("instances", id)["host"] for id in ids]


def test_anti_affinity_holds_at_once_and_later(cloud: LittleCloud) -> None:
    apart = group(cloud, "anti-affinity")
    assert sorted(boot(cloud, 3, group_id=apart), key=str) == [None, "h1", "h2"]
    assert boot(cloud, group_id=apart) == [None]


def test_several_of_a_group_on_a_host_when_its_rule_says_so(cloud: LittleCloud) -> None:
    found = boot(cloud, 5, group_id=group(cloud, "anti-affinity", 2))
    assert sorted(found, key=str) == [None, "h1", "h1", "h2", "h2"]


def test_affinity(cloud: LittleCloud) -> None:
    assert len(set(boot(cloud, 4, group_id=group(cloud, "affinity")))) == 1


def test_soft_policies_give_way(cloud: LittleCloud) -> None:
    apart = boot(cloud, 4, group_id=group(cloud, "soft-anti-affinity"))
    assert sorted(apart, key=str) == ["h1", "h1", "h2", "h2"]
    together = boot(cloud, 3, group_id=group(cloud, "soft-affinity"))
    assert len(set(together)) == 1 and None not in together


def test_hints(cloud: LittleCloud) -> None:
    command = BootInstances("vm", "1", IMAGE, wishes={"host": "h2"})
    first = instances(cloud).boot(CTX, command)[0]["id"]
    assert cloud.settle() and cloud.row("instances", first)["host"] == "h2"
    for _ in range(3):
        assert boot(cloud, wishes={"same_host": [first]}) == ["h2"]
        assert boot(cloud, wishes={"different_host": [first]}) == ["h1"]
    assert boot(cloud, wishes={"same_host": [first], "different_host": [first]}) == [None]


def test_what_each_policy_binds() -> None:
    there = company.Counter({"h1": 2, "h2": 1})
    assert company.bound("affinity", 1, company.Counter()) == {}
    assert company.bound("affinity", 1, there) == {"only": {"h1", "h2"}}
    assert company.bound("anti-affinity", 2, there) == {"shun": {"h1"}}
    assert company.bound("soft-affinity", 1, there) == {"liking": {"h1": 2, "h2": 1}}
    assert company.bound("soft-anti-affinity", 1, there) == {"liking": {"h1": -2, "h2": -1}}


def test_the_audit_sees_a_broken_policy(cloud: LittleCloud) -> None:
    together = group(cloud, "affinity")
    boot(cloud, 2, group_id=together)
    cloud.database.transact(lambda tx: tx.connection.exec_driver_sql(
        "UPDATE server_groups SET policy = 'anti-affinity'"))  # fmt: skip
    (line,) = cloud.database.read(audit.discrepancies)
    assert together in line
