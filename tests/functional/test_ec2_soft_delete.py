"""What the other dialect put away, as Amazon's shows it: on its way out, and gone for good when it is terminated."""

from nova_like.api.ec2 import ids
from nova_like.model.context import Context
from tests.functional.ec2_cloud import Cloud, code_of
from tests.functional.ec2_world import World


def test_put_away_and_terminated(tmp_path) -> None:
    world = World(tmp_path)
    world.conf.set_override("reclaim_instance_interval", 3600)
    world.build()
    with world.serving():
        cloud = Cloud(world)
        one, other = cloud.running(2)
        account = cloud.account
        ctx = Context("req-1", account.user_id, project_id=account.project_id, roles=("member", "reader"))
        (row,) = [row for row in _rows(world) if ids.show("instance", row["id"]) == one]
        world.services.soft_deletes.delete(ctx, row["id"])
        assert cloud.states([one]) == ["shutting-down"]
        world.daemons.settle()
        assert (cloud.states([one]), cloud.states([other])) == (["shutting-down"], ["running"])
        assert code_of(cloud.ec2.start_instances, InstanceIds=[one]) == "IncorrectInstanceState"
        cloud.ec2.terminate_instances(InstanceIds=[one, other])
        world.daemons.settle()
        assert [row["state"] for row in _rows(world)] == ["deleted", "deleted"]
        assert cloud.states([one]) == ["terminated"]


def _rows(world: World) -> list:
    from nova_like.db import instances
    from nova_like.model.commands import InstanceQuery

    return world.db.read(lambda tx: instances.list_instances(tx, InstanceQuery(deleted_since=0.0), None))
