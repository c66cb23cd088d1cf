"""What a fake guest writes on its console: some lines at each start."""

from nova_like import concurrency, fakes
from nova_like.model.orders import Guest
from nova_like.virt import fake


def test_each_start_is_several_lines(tmp_path):
    host = fake.make("fake-001", fakes.World(tmp_path, "compute"), fake.Knobs())
    guest = Guest(concurrency.new_id(), "web", 1, 64, 1)
    host.power.define(guest, "f")
    host.power.start(guest.id, "f")
    first = host.console.tail(guest.id, 4096)
    assert first.count(b"\n") > 3 and b"start 1\n" in first
    host.power.stop(guest.id, "f")
    host.power.start(guest.id, "f")
    assert host.console.tail(guest.id, 4096).startswith(first) and b"start 2\n" in host.console.tail(guest.id, 4096)
