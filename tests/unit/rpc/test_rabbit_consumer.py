"""What the consumer does with what cannot be read, without a broker."""

from types import SimpleNamespace
from typing import Any

import pytest

from nova_like.model import wire
from nova_like.model.errors import Invalid
from nova_like.rpc import rabbit
from nova_like.rpc.complaints import Complaints


class Raw:
    """A message as amqp hands it over."""

    def __init__(self, body: bytes) -> None:
        self.body, self.rejected, self.delivery_tag, self.channel = body, 0, "1", self
        self.headers, self.properties = None, {"content_type": "application/json"}

    def basic_reject(self, tag: str, requeue: bool) -> None:
        assert tag == self.delivery_tag and not requeue
        self.rejected += 1


def consumer(taken: list[Any]) -> Any:
    made = rabbit.Consumer.__new__(rabbit.Consumer)
    made.queue_name, made.callback, made.complaints = "flows", taken.append, Complaints()
    made.queue = SimpleNamespace(channel=SimpleNamespace(message_to_python=lambda raw: raw))
    return made


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff\xfe", b"7", b"[" * 20_000 + b"]" * 20_000])
def test_what_is_no_object_is_rejected_and_the_next_one_is_taken(body: bytes) -> None:
    taken: list[Any] = []
    reader, bad = consumer(taken), Raw(body)
    reader._callback(bad)
    reader._callback(Raw(b'{"method": "wake"}'))
    assert bad.rejected == 1 and taken == [{"method": "wake"}]
    assert reader.complaints.counters == {"malformed": 1}


def test_a_flood_is_counted_and_hardly_logged(caplog: pytest.LogCaptureFixture) -> None:
    reader = consumer([])
    for number in range(250):
        reader._callback(Raw(b"x" * number))
    assert reader.complaints.counters == {"malformed": 250}
    assert [record.args[2] for record in caplog.records] == [1, 10, 100]  # type: ignore[index]


def test_json_nested_without_end_is_invalid() -> None:
    with pytest.raises(Invalid, match="nested too deeply"):
        wire.decode(b"[" * 100_000)
