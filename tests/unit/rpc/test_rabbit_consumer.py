"""What the consumer does with what cannot be read, without a broker."""

from types import SimpleNamespace
from typing import Any

import pytest

from nova_like.model import wire
from nova_like.model.errors import Invalid
from nova_like.rpc import rabbit


class Raw:
    """A message as kombu hands it over."""

    def __init__(self, body: bytes) -> None:
        self.body, self.rejected = body, 0

    def reject(self) -> None:
        self.rejected += 1


def consumer(taken: list[Any]) -> Any:
    made = rabbit.Consumer.__new__(rabbit.Consumer)
    made.queue_name, made.callback = "flows", taken.append
    made.queue = SimpleNamespace(channel=SimpleNamespace(message_to_python=lambda raw: raw))
    return made


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rabbit, "unreadable", type(rabbit.unreadable)())


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff\xfe", b"7", b"[" * 20_000 + b"]" * 20_000])
def test_what_is_no_object_is_rejected_and_the_next_one_is_taken(body: bytes) -> None:
    taken: list[Any] = []
    reader, bad = consumer(taken), Raw(body)
    reader._callback(bad)
    reader._callback(Raw(b'{"method": "wake"}'))
    assert bad.rejected == 1 and taken == [{"method": "wake"}]
    assert rabbit.unreadable["flows"] == 1


def test_a_flood_is_counted_and_hardly_logged(caplog: pytest.LogCaptureFixture) -> None:
    reader = consumer([])
    for number in range(250):
        reader._callback(Raw(b"x" * number))
    assert rabbit.unreadable["flows"] == 250
    assert [record.args[0] for record in caplog.records] == [1, 10, 100]  # type: ignore[index]


def test_json_nested_without_end_is_invalid() -> None:
    with pytest.raises(Invalid, match="nested too deeply"):
        wire.decode(b"[" * 100_000)
