"""Rows of tags, and the service over them, on a real database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nova_like import concurrency
from nova_like.db import tags as rows
from nova_like.db.engine import Database
from nova_like.db.schema import METADATA
from nova_like.model.context import Context
from nova_like.model.errors import Forbidden, QuotaExceeded
from nova_like.services.policy import Policy
from nova_like.services.tags import MOST, Tags

MEMBER = Context(user_id="u", project_id="p", roles=("member", "reader"))
OTHER = Context(user_id="v", project_id="q", roles=("member", "reader"))
READER = Context(user_id="w", project_id="p", roles=("reader",))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Tags]:
    db = Database(f"sqlite:///{tmp_path}/tags.sqlite")
    METADATA.create_all(db.engine)
    yield Tags(db, Policy())
    db.dispose()


def test_a_project_sees_its_own_tags_only(service: Tags) -> None:
    one, two = concurrency.new_id(), concurrency.new_id()
    service.create(MEMBER, [("instance", one), ("image", two)], {"a": "1", "b": ""})
    service.create(OTHER, [("image", two)], {"a": "theirs"})
    assert service.of(MEMBER, [one, two]) == {one: {"a": "1", "b": ""}, two: {"a": "1", "b": ""}}
    assert service.of(OTHER, [one, two]) == {two: {"a": "theirs"}}
    assert [(row["resource_id"], row["kind"], row["key"]) for row in service.list(OTHER)] == [(two, "image", "a")]
    service.delete(OTHER, [("image", two)], None)
    assert service.of(MEMBER, [two]) == {two: {"a": "1", "b": ""}}


def test_deleting_by_key_by_value_and_all(service: Tags) -> None:
    one = concurrency.new_id()
    service.create(MEMBER, [("instance", one)], {"a": "1", "b": "2", "c": "3"})
    service.delete(MEMBER, [("instance", one)], {"a": None, "b": "other"})
    assert service.of(MEMBER, [one]) == {one: {"b": "2", "c": "3"}}
    service.delete(MEMBER, [("instance", one)], {"b": "2", "unknown": None})
    assert service.of(MEMBER, [one]) == {one: {"c": "3"}}
    service.delete(MEMBER, [("instance", one)], None)
    assert service.of(MEMBER, [one]) == {}


def test_all_or_none(service: Tags) -> None:
    full, free = concurrency.new_id(), concurrency.new_id()
    service.create(MEMBER, [("instance", full)], {f"k{number}": "" for number in range(MOST)})
    with pytest.raises(QuotaExceeded):
        service.create(MEMBER, [("instance", free), ("instance", full)], {"more": ""})
    assert service.of(MEMBER, [free]) == {}
    service.create(MEMBER, [("instance", full)], {"k0": "again"})
    assert service.of(MEMBER, [full])[full]["k0"] == "again"


def test_readers_read(service: Tags) -> None:
    one = concurrency.new_id()
    for change in (service.create, service.delete):
        with pytest.raises(Forbidden):
            change(READER, [("instance", one)], {"a": "1"})
    assert service.list(READER) == []


def test_many_at_once_give_one_value(service: Tags) -> None:
    one, two = concurrency.new_id(), concurrency.new_id()

    def give(number: int) -> None:
        pair = [("instance", one), ("instance", two)]
        service.create(MEMBER, pair if number % 2 else pair[::-1], {"a": str(number), "b": str(number)})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(give, range(40)))
    found = service.of(MEMBER, [one, two])
    assert set(found[one]) == set(found[two]) == {"a", "b"}


def test_what_goes_takes_its_tags_along(service: Tags) -> None:
    one = concurrency.new_id()
    service.create(MEMBER, [("image", one)], {"a": "1"})
    service.create(OTHER, [("image", one)], {"a": "1"})
    service._db.transact(lambda tx: rows.remove_all(tx, one))
    assert service.list(MEMBER) == service.list(OTHER) == []
