"""Lists of images and volumes: who sees what, filters, and paging that neither skips nor repeats."""

import pytest

from nova_like import concurrency
from nova_like.db import image_lists, images, volumes
from nova_like.model.errors import NotFound
from tests.unit.db.network_world import database


@pytest.fixture
def db(tmp_path):
    found = database(tmp_path)
    yield found
    found.dispose()


def image(tx, owner="p1", **more):
    row = {"id": concurrency.new_id(), "owner_id": owner, "status": "active", "name": "i", **more}
    images.insert(tx, row)
    return row["id"]


def volume(tx, project="p1", **more):
    facts = {"project_id": project, "user_id": "u", "size_gib": 1, "state": "available", **more}
    row = {"id": concurrency.new_id(), **facts}
    volumes.insert(tx, row)
    return row["id"]


def test_who_sees_which_image(db):
    def prepare(tx):
        return {v: image(tx, "p2", visibility=v) for v in ("public", "community", "shared", "private")}

    made = db.transact(prepare)

    def listed(project, **filters):
        return {row["visibility"] for row in db.read(lambda tx: image_lists.list_images(tx, project, filters, 10))}

    assert listed("p1") == {"public"}
    assert listed("p1", visibility="community") == {"community"}
    assert listed("p1", visibility="all") == {"public", "community"}
    assert listed("p2") == listed(None) == set(made)
    with db.reading() as tx:
        assert images.get_bootable(tx, "p1", made["community"])["id"] == made["community"]
        for hidden in ("shared", "private"):
            with pytest.raises(NotFound):
                images.get_bootable(tx, "p1", made[hidden])


def test_image_filters(db):
    def prepare(tx):
        return (
            image(tx, name="a", tags=["x", "y"], properties={"os": "debian"}, size_bytes=10),
            image(tx, name="b", tags=["x"], properties={"os": "other"}, size_bytes=20),
            image(tx, name=None, status="queued"),
        )

    one, two, three = db.transact(prepare)

    def found(**filters):
        return {row["id"] for row in db.read(lambda tx: image_lists.list_images(tx, "p1", filters, 10))}

    assert found(tags=["x"]) == {one, two} and found(tags=["x", "y"]) == {one}
    assert found(properties={"os": "debian"}) == {one}
    assert found(size_min=11) == {two} and found(size_max=11) == {one}
    assert found(name=["a", "b"]) == {one, two} and found(status="queued") == {three}


@pytest.mark.parametrize("sort", [None, [("name", "asc")], [("name", "desc"), ("size", "asc")]])
def test_pages_hold_every_row_once(db, sort):
    def prepare(tx):
        return (
            {image(tx, name=name) for name in ("b", None, "a", "b", None, "b", "a")},
            {volume(tx, name=name, size_gib=size) for size, name in enumerate(("b", None, "a", "b", None, "a"), 1)},
        )

    for repository, made in zip((image_lists.list_images, volumes.list_volumes), db.transact(prepare), strict=True):
        seen, marker = [], None
        while True:
            page = db.read(lambda tx, m=marker, r=repository: r(tx, "p1", {}, 2, marker=m, sort=sort))
            if not page:
                break
            seen += [row["id"] for row in page]
            marker = seen[-1]
        assert len(seen) == len(made) and set(seen) == made
        with pytest.raises(LookupError):
            db.read(lambda tx, r=repository: r(tx, "p1", {}, 2, marker="nobody"))


def test_a_volume_moves_only_by_its_table(db):
    one = db.transact(lambda tx: volume(tx, state="creating"))
    assert not db.transact(lambda tx: volumes.move(tx, one, "deleted"))
    assert db.transact(lambda tx: volumes.move(tx, one, "created"))
    assert db.transact(lambda tx: volumes.move(tx, one, "delete"))
    assert db.transact(lambda tx: volumes.move(tx, one, "deleted"))
    assert db.read(lambda tx: volumes.get(tx, one, "p1")) is None
    assert db.read(lambda tx: volumes.summary(tx, "p1")) == (0, 0)


def test_volume_filters(db):
    def prepare(tx):
        return volume(tx, metadata={"k": "v"}), volume(tx, name="n"), volume(tx, "p2")

    one, two, three = db.transact(prepare)

    def found(project, **filters):
        return {row["id"] for row in db.read(lambda tx: volumes.list_volumes(tx, project, filters, 10))}

    assert found("p1", metadata={"k": "v"}) == {one} and found("p1", name="n") == {two}
    assert found(None) == {one, two, three} and found("p2") == {three}
