"""Links live by the database's clock: the makers' and the servers' own may be an hour apart."""

from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from nova_like import concurrency
from nova_like.cmd import scheduler_parts
from nova_like.images import links
from nova_like.model.errors import Forbidden
from nova_like.services import image_links

KEY = "k" * 32
IMAGE = "8a3f0f5e-4a55-4a52-9d55-2f1a0d7d1a11"
ROW = {"id": IMAGE, "sha256": "", "size_bytes": 1, "disk_format": "raw", "virtual_size_bytes": 1}
NOW = 1_000_000.0
nothing: Any = None


@pytest.fixture(autouse=True)
def an_hour_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "now", lambda: datetime.fromtimestamp(NOW + 3600, UTC))


def url() -> str:
    images = SimpleNamespace(link_url="http://a", link_key=KEY, link_ttl_seconds=600)
    return scheduler_parts.image_link(SimpleNamespace(images=images), ROW, NOW).url


def serve(database_now: float, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(image_links.rows, "get", lambda tx, id: ROW)
    tx = SimpleNamespace(scalar=lambda statement: database_now)
    database: Any = SimpleNamespace(read=lambda work: work(tx))
    return image_links.ImageLinks(database, nothing, nothing, KEY).download(*links.parse(url()))


def test_a_link_expires_by_the_databases_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    assert links.parse(url())[1] == str(int(NOW) + 600)
    assert serve(NOW + 599, monkeypatch) == ROW
    with pytest.raises(Forbidden):
        serve(NOW + 601, monkeypatch)


def test_a_forged_link_is_refused_ahead_of_the_database() -> None:
    @contextmanager
    def never() -> Any:
        raise AssertionError("the database was asked")

    database: Any = SimpleNamespace(read=lambda work: never().__enter__())
    with pytest.raises(Forbidden):
        image_links.ImageLinks(database, nothing, nothing, KEY).download(IMAGE, "99", "0" * 64)
