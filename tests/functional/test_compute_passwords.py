"""Passwords of servers over HTTP: set by the agent in the guest, kept nowhere. Daemons are played by the test."""

import itertools

import pytest
import sqlalchemy as sa

from nova_like.db import instances
from nova_like.db.schema.images import images
from nova_like.model import options
from nova_like.model.errors import Conflict, Timeout
from tests.functional.compute_world import UNKNOWN, Compute, Project

NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = Compute(tmp_path_factory.mktemp("passwords"))
    yield made
    made.db.dispose()


@pytest.fixture
def own(world) -> Project:
    world.agent.passwords.clear()
    world.agent.fault = None
    return world.project(f"passwords-{next(NUMBERS)}-")


def _says(own: Project, **properties: str) -> None:
    """Properties of the project's image."""
    of_it = sa.update(images).where(images.c.id == own.image)
    own.world.db.transact(lambda tx: tx.execute(of_it.values(properties=properties)))


def _options(own: Project, server: str):
    with own.world.db.reading() as tx:
        return options.of_row(instances.get(tx, server, None))


@pytest.mark.parametrize("said, user", [
    ({}, "root"), ({"os_admin_user": "debian"}, "debian"), ({"os_type": "windows"}, "Administrator"),
])  # fmt: skip
def test_the_agent_in_the_guest_sets_it(own: Project, said: dict[str, str], user: str) -> None:
    _says(own, **said)
    server = own.server()
    assert own.act(server, "changePassword", {"adminPass": "s3cret"}) == 202
    assert own.world.agent.passwords == [(server, user, "s3cret")]
    assert own.get(f"/servers/{server}")["server"]["status"] == "ACTIVE"


def test_who_may_and_when(own: Project) -> None:
    server = own.server()
    change = ("changePassword", {"adminPass": "s3cret"})
    assert own.act(server, *change, "reader") == 403
    assert own.act(UNKNOWN, *change) == 404
    assert own.act(server, "changePassword", {"adminPass": "\N{GRINNING FACE}" * 80}) == 400
    assert own.act(server, "changePassword", {}) == own.act(server, "changePassword", {"adminPass": 1}) == 400
    assert own.act(server, "lock") == 202
    assert own.act(server, *change, "member") == 409
    assert own.act(server, "unlock") == own.act(server, "os-stop") == 202
    own.world.daemons.settle()
    assert own.act(server, *change) == 409
    assert own.world.agent.passwords == []


@pytest.mark.parametrize("fault, status", [
    (Conflict("nobody answers", "instance", code="no_agent"), 409), (Timeout("h1 did not answer", "h1"), 504),
])  # fmt: skip
def test_nobody_who_would_do_it(own: Project, fault, status: int) -> None:
    server = own.server()
    own.world.agent.fault = fault
    assert own.act(server, "changePassword", {"adminPass": "s3cret"}) == status
    assert own.get(f"/servers/{server}")["server"]["status"] == "ACTIVE"


def test_a_server_has_a_line_to_the_agent_that_its_image_has(own: Project) -> None:
    plain = own.server()
    _says(own, hw_qemu_guest_agent="yes")
    server = own.server()
    assert (_options(own, plain).guest_agent, _options(own, server).guest_agent) == (False, True)
    _says(own)
    assert own.act(server, "rebuild", {"imageRef": own.image}) == 202
    assert not _options(own, server).guest_agent
