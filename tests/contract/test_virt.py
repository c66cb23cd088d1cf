"""One suite for every hypervisor: what `virt.base` promises holds on the fake and on libvirt."""

import dataclasses
import io
import os
import select

import pytest
from PIL import Image

from nova_like import concurrency
from nova_like.compute import resizing
from nova_like.compute.reports import describe
from nova_like.fakes import World
from nova_like.images import qcow2
from nova_like.model.context import SYSTEM
from nova_like.model.errors import Conflict, NotFound
from nova_like.model.orders import Connection, Export, Guest, GuestVolume, Order, Power, Volume
from nova_like.rpc.work import Work
from nova_like.virt import base, fake
from nova_like.volume.drivers.file import FileBackend
from tests.integration import libvirt_lab as lab


@pytest.fixture(scope="module")
def libvirt_host(tmp_path_factory):
    from nova_like.virt import libvirt

    root = tmp_path_factory.mktemp("libvirt")
    with lab.own_network():
        daemon = lab.Libvirtd(root)
        daemon.start()
        settings = libvirt.Settings(root / "instances", daemon.uri)
        host, close = libvirt.make("host", settings, lambda: None)
        yield host
        close()
        daemon.stop()


@pytest.fixture(params=["fake", pytest.param("libvirt", marks=pytest.mark.root)])
def host(request, tmp_path):
    if request.param == "fake":
        return fake.make("fake-001", World(tmp_path, "compute"), fake.Knobs())
    if reason := lab.missing():
        pytest.skip(reason)
    return request.getfixturevalue("libvirt_host")


@pytest.fixture
def polite_base(tmp_path):
    path = tmp_path / "base.raw"
    path.write_bytes(lab.tiny_guest(polite=True))
    return base.Base(str(path), "raw", 1 << 20)


@pytest.fixture
def guest(host):
    guest = Guest(concurrency.new_id(), "web", vcpus=1, ram_mib=32, disk_gib=0)
    yield guest
    host.power.stop(guest.id, "f")
    host.power.undefine(guest.id, "f")
    host.disks.remove(guest.id)


@pytest.fixture
def running(host, guest, polite_base):
    host.disks.prepare(guest, polite_base, None, "f")
    host.power.define(guest, "f")
    host.power.start(guest.id, "f")
    return guest


def test_an_unknown_guest(host, guest):
    assert host.power.state(guest.id) is None
    assert host.power.run_id(guest.id) is None
    assert guest.id not in host.power.states()
    assert guest.id not in host.disks.instances()
    assert host.console.tail(guest.id, 100) == b""
    assert host.notes.read(guest.id) == {}
    host.power.stop(guest.id, "f")
    host.power.undefine(guest.id, "f")
    host.disks.remove(guest.id)
    for act in (lambda: host.power.start(guest.id, "f"),):
        with pytest.raises(NotFound):
            act()


def test_defining_does_not_start(host, guest, polite_base):
    host.disks.prepare(guest, polite_base, None, "f")
    host.power.define(guest, "f")
    host.power.define(guest, "f")
    assert host.power.state(guest.id) == base.SHUTDOWN
    assert host.power.states()[guest.id] == base.SHUTDOWN
    assert guest.id in host.disks.instances()


def test_starting_twice_is_one_run(host, running):
    run = host.power.run_id(running.id)
    assert run
    host.power.define(running, "f")
    host.power.start(running.id, "f")
    assert host.power.run_id(running.id) == run
    assert host.power.state(running.id) == host.power.states()[running.id] == base.RUNNING


def test_each_start_is_another_run(host, running):
    runs = [host.power.run_id(running.id)]
    for _ in range(2):
        host.power.stop(running.id, "f")
        assert host.power.run_id(running.id) is None
        host.power.start(running.id, "f")
        runs.append(host.power.run_id(running.id))
    assert len(set(runs)) == 3


def test_stop_repeats(host, running):
    for _ in range(2):
        host.power.stop(running.id, "f")
        assert host.power.state(running.id) == base.SHUTDOWN


def test_a_polite_guest_obeys_the_button(host, running):
    def down():
        host.power.press(running.id)
        return host.power.run_id(running.id) is None

    lab.wait_for(down)
    assert host.power.state(running.id) == base.SHUTDOWN
    host.power.press(running.id)


def test_preparing_again_keeps_the_disk(host, running, polite_base):
    assert not host.disks.needs_image(running)
    host.disks.prepare(running, None, None, "f")
    host.disks.prepare(dataclasses.replace(running, disk_gib=3), polite_base, None, "f")
    assert host.power.state(running.id) == base.RUNNING


def test_notes_outlive_a_stop_and_go_with_the_disks(host, running):
    host.notes.write(running.id, {"reboot": {"flow": "f"}})
    host.power.stop(running.id, "f")
    assert host.notes.read(running.id) == {"reboot": {"flow": "f"}}
    host.power.undefine(running.id, "f")
    host.disks.remove(running.id)
    assert host.notes.read(running.id) == {}
    assert host.power.state(running.id) is None
    assert running.id not in host.disks.instances()


def test_the_console_says_something(host, running):
    lab.wait_for(lambda: host.console.tail(running.id, 4096))
    assert len(host.console.tail(running.id, 4)) == 4
    assert host.console.tail(running.id, 0) == b""


@pytest.mark.parametrize("wake", [False, True])
def test_a_picture_of_its_display(host, running, wake):
    with Image.open(io.BytesIO(host.console.picture(running.id, wake)), formats=["PNG"]) as shown:
        shown.load()
        assert shown.mode == "RGB" and min(shown.size) >= 16
    host.power.stop(running.id, "f")
    with pytest.raises(Conflict):
        host.console.picture(running.id, wake)
    with pytest.raises(NotFound):
        host.console.picture(concurrency.new_id(), wake)


def test_a_password_wants_a_guest_that_runs(host, running):
    with pytest.raises(NotFound):
        host.inside.set_password(concurrency.new_id(), "root", "s3cret")
    host.power.stop(running.id, "f")
    with pytest.raises(Conflict) as refused:
        host.inside.set_password(running.id, "root", "s3cret")
    assert refused.value.facts["code"] == "power"


@pytest.mark.root
@pytest.mark.parametrize("line", [False, True])
def test_nobody_answers_in_a_guest_without_an_agent(libvirt_host, polite_base, line):
    guest = Guest(concurrency.new_id(), "web", vcpus=1, ram_mib=32, disk_gib=0, agent=line)
    libvirt_host.disks.prepare(guest, polite_base, None, "f")
    libvirt_host.power.define(guest, "f")
    libvirt_host.power.start(guest.id, "f")
    try:
        with pytest.raises(Conflict) as refused:
            libvirt_host.inside.set_password(guest.id, "root", "s3cret")
        assert refused.value.facts["code"] == "no_agent"
    finally:
        libvirt_host.power.stop(guest.id, "f")
        libvirt_host.power.undefine(guest.id, "f")
        libvirt_host.disks.remove(guest.id)


def read_until_its_end(line):
    """Everything that comes until the guest has gone; within a minute."""
    seen = b""
    while select.select([line], [], [], 60)[0]:
        try:
            data = os.read(line, 4096)
        except OSError:  # of a pty: nobody is at the other end
            return seen
        if not data:
            return seen
        seen += data
    raise AssertionError("nothing came, not even the end")


@pytest.mark.parametrize("kind", [base.VNC, base.SERIAL])
def test_a_line_to_the_guest_ends_with_it(host, running, kind):
    host.power.stop(running.id, "f")
    with pytest.raises(Conflict):
        host.console.open(running.id, kind)
    host.power.start(running.id, "f")
    lines = [host.console.open(running.id, kind) for _ in range(2)]
    try:
        if kind == base.VNC:
            assert [os.read(line, 12) for line in lines] == [b"RFB 003.008\n"] * 2
        assert os.write(lines[0], b"\r") == 1
        host.power.stop(running.id, "f")
        for line in lines:
            read_until_its_end(line)
    finally:
        for line in lines:
            os.close(line)
    with pytest.raises(NotFound):
        host.console.open(concurrency.new_id(), kind)


def test_facts(host):
    capacity = host.facts.capacity()
    assert min(capacity.vcpus, capacity.ram_mib, capacity.disk_gib) > 0
    facts = host.facts.facts()
    assert facts["hypervisor_type"] and facts["hypervisor_version"] > 0 and facts["cpu_info"]["arch"]
    assert facts["booted_at"] > 0 and facts == host.facts.facts()


def test_a_paused_guest_goes_on(host, running):
    run = host.power.run_id(running.id)
    for _ in range(2):
        host.power.pause(running.id, "f")
        assert host.power.state(running.id) == host.power.states()[running.id] == base.PAUSED
    host.power.start(running.id, "f")  # it runs already, standing still
    assert host.power.run_id(running.id) == run
    for _ in range(2):
        host.power.unpause(running.id, "f")
        assert host.power.state(running.id) == base.RUNNING
    assert host.power.run_id(running.id) == run


def test_a_saved_guest_goes_on_where_it_was(host, running):
    for _ in range(2):
        host.power.save(running.id, "f")
        assert host.power.state(running.id) == host.power.states()[running.id] == base.SUSPENDED
    assert host.power.run_id(running.id) is None
    host.power.define(running, "f")
    host.power.start(running.id, "f")
    assert host.power.state(running.id) == base.RUNNING
    host.power.save(running.id, "f")
    host.power.stop(running.id, "f")  # its memory is given up
    assert host.power.state(running.id) == base.SHUTDOWN


def test_only_what_runs_is_paused_or_saved(host, running):
    host.power.stop(running.id, "f")
    for act in (host.power.pause, host.power.unpause, host.power.save):
        with pytest.raises(Conflict):
            act(running.id, "f")
    assert host.power.state(running.id) == base.SHUTDOWN


def test_a_guest_is_rescued_from_another_disk(host, running, polite_base):
    host.power.stop(running.id, "f")
    for _ in range(2):
        host.disks.prepare_rescue(running, polite_base, "f")
    host.power.define(running, "f")
    host.power.start(running.id, "f")
    assert host.power.state(running.id) == base.RUNNING
    host.power.stop(running.id, "f")
    for _ in range(2):
        host.disks.drop_rescue(running.id, "f")
    host.power.define(running, "f")
    host.power.start(running.id, "f")
    assert host.power.state(running.id) == base.RUNNING


def test_a_discarded_disk_is_made_anew(host, running, polite_base):
    host.power.stop(running.id, "f")
    for _ in range(2):
        host.disks.discard(running.id, "f")
    host.disks.prepare(running, polite_base, None, "f")
    host.power.start(running.id, "f")
    assert host.power.state(running.id) == base.RUNNING


def _virtual_size(data):
    return qcow2.parse(data[: 1 << 20]).virtual_size_bytes


def test_a_running_guest_is_copied_and_goes_on(host, running):
    run = host.power.run_id(running.id)
    for _ in range(2):
        host.copies.make(running.id, "flow-1", lambda: False)
        with host.copies.open(running.id, "flow-1") as data:
            assert _virtual_size(data.read()) == 1 << 20
    assert (host.power.run_id(running.id), host.power.state(running.id)) == (run, base.RUNNING)
    with pytest.raises(NotFound):
        host.copies.open(running.id, "flow-2")
    for _ in range(2):
        host.copies.drop(running.id)
    with pytest.raises(NotFound):
        host.copies.open(running.id, "flow-1")


@pytest.mark.parametrize("rest", ["stop", "pause", "save"])
def test_a_guest_that_rests_is_copied(host, running, rest):
    getattr(host.power, rest)(running.id, "f")
    state = host.power.state(running.id)
    host.copies.make(running.id, "flow-1", lambda: False)
    with host.copies.open(running.id, "flow-1") as data:
        assert _virtual_size(data.read()) == 1 << 20
    assert host.power.state(running.id) == state
    host.power.start(running.id, "f")


def test_only_the_newest_copy_is_kept(host, running):
    host.copies.make(running.id, "flow-1", lambda: False)
    host.copies.make(running.id, "flow-2", lambda: False)
    host.copies.open(running.id, "flow-2").close()
    with pytest.raises(NotFound):
        host.copies.open(running.id, "flow-1")


def test_a_copy_that_is_called_off_leaves_nothing(host, running):
    with pytest.raises(Conflict):
        host.copies.make(running.id, "flow-1", lambda: True)
    with pytest.raises(NotFound):
        host.copies.open(running.id, "flow-1")
    host.copies.make(running.id, "flow-1", lambda: False)


def test_nothing_is_copied_of_an_unknown_guest(host, guest):
    with pytest.raises(NotFound):
        host.copies.make(guest.id, "flow-1", lambda: False)
    host.copies.drop(guest.id)


def test_an_earlier_disk_is_kept_and_taken_back(host, running, polite_base):
    larger = dataclasses.replace(running, vcpus=2, ram_mib=48, disk_gib=1)
    host.power.stop(running.id, "f")
    assert not host.disks.is_kept(running.id)
    for _ in range(2):
        host.disks.keep(running.id, "f")
        host.disks.enlarge(larger, "f")
    assert host.disks.is_kept(running.id)
    host.power.define(larger, "f")
    host.power.start(running.id, "f")
    assert host.power.state(running.id) == base.RUNNING
    host.power.stop(running.id, "f")
    for _ in range(2):
        host.disks.take_back(running.id, "f")
    assert not host.disks.is_kept(running.id)
    host.power.define(running, "f")
    host.power.start(running.id, "f")
    assert host.power.state(running.id) == base.RUNNING


def test_an_earlier_disk_is_given_up(host, running):
    host.power.stop(running.id, "f")
    host.disks.keep(running.id, "f")
    host.power.start(running.id, "f")
    for _ in range(2):
        host.disks.give_up(running.id, "f")
    assert not host.disks.is_kept(running.id)
    host.disks.take_back(running.id, "f")  # nothing is there to take
    assert host.power.state(running.id) == base.RUNNING


@pytest.fixture
def volume(request, host, tmp_path):
    """Makes volumes that a guest can be given; for libvirt by real exports."""
    backend = FileBackend(tmp_path / "volumes", 100.0, 0)
    backend.start("v1")

    def make(device="vdb"):
        id, export = concurrency.new_id(), concurrency.new_id()
        if isinstance(host.volumes, fake.Volumes):
            return GuestVolume(id, device, Connection("192.0.2.1", 10809, export))
        kept = Volume(id, concurrency.new_id(), 1)
        backend.create("v1", kept)
        return GuestVolume(id, device, backend.export("v1", Export(export, kept)))

    yield make
    for id, export in backend.exports("v1").items():
        backend.unexport("v1", Export(export, Volume(id, "", 1)))


def test_volumes_are_in_the_definition(host, guest, polite_base, volume):
    first, second = volume("vdb"), volume("vdd")
    host.disks.prepare(guest, polite_base, None, "f")
    host.power.define(guest, "f")
    both = dataclasses.replace(guest, volumes=(first, second))
    assert not host.volumes.fits(both)
    for _ in range(2):
        assert host.volumes.fit(both, "f") and host.volumes.fits(both)
    host.power.start(guest.id, "f")
    assert host.power.state(guest.id) == base.RUNNING and host.volumes.fits(both)
    host.power.stop(guest.id, "f")
    one = dataclasses.replace(guest, volumes=(second,))
    for _ in range(2):
        assert host.volumes.fit(one, "f") and host.volumes.fits(one)
    assert not host.volumes.fits(both)


def test_a_guest_that_starts_from_a_volume_has_no_disk_of_its_own(host, guest, volume):
    root, more = volume("vda"), volume("vdb")
    born = dataclasses.replace(guest, image=None, disk_gib=0, volumes=(root, more))
    assert not host.disks.needs_image(born)
    for _ in range(2):
        host.disks.prepare(born, None, {"openstack/latest/user_data": b"x"}, "f")
        host.power.define(born, "f")
        host.power.start(born.id, "f")
    assert host.power.state(born.id) == base.RUNNING and host.volumes.fits(born)
    assert host.disks.instances() == {born.id} and host.disks.bases() == set()
    host.power.stop(born.id, "f")
    without = dataclasses.replace(born, volumes=(root,))
    assert host.volumes.fit(without, "f") and host.volumes.fits(without)
    host.power.define(born, "f")
    host.power.start(born.id, "f")
    assert host.power.state(born.id) == base.RUNNING and host.volumes.fits(born)


def test_a_running_guest_is_given_a_volume_and_keeps_it(host, running, volume):
    with_one = dataclasses.replace(running, volumes=(volume(),))
    run = host.power.run_id(running.id)
    for _ in range(2):
        assert host.volumes.fit(with_one, "f") and host.volumes.fits(with_one)
    assert host.power.run_id(running.id) == run
    host.copies.make(running.id, "flow-1", lambda: False)  # of the root disk alone
    with host.copies.open(running.id, "flow-1") as data:
        assert _virtual_size(data.read()) == 1 << 20
    host.power.stop(running.id, "f")
    host.power.start(running.id, "f")
    assert host.volumes.fits(with_one)
    host.power.stop(running.id, "f")
    host.power.define(running, "f")  # as its order says, it has none
    assert host.volumes.fits(running)


def test_a_volume_at_another_place_is_another(host, guest, polite_base, volume):
    first = volume()
    moved = dataclasses.replace(first, connection=dataclasses.replace(first.connection, name="n" * 32))
    host.disks.prepare(guest, polite_base, None, "f")
    host.power.define(dataclasses.replace(guest, volumes=(first,)), "f")
    after = dataclasses.replace(guest, volumes=(moved,))
    assert not host.volumes.fits(after)
    assert host.volumes.fit(after, "f") and host.volumes.fits(after)


def test_a_guest_with_a_volume_is_rescued(host, running, polite_base, volume):
    with_one = dataclasses.replace(running, volumes=(volume("vdb"),))
    host.power.stop(running.id, "f")
    host.disks.prepare_rescue(running, polite_base, "f")
    host.power.define(with_one, "f")
    host.power.start(running.id, "f")
    assert host.power.state(running.id) == base.RUNNING and host.volumes.fits(with_one)


def test_an_unknown_guest_has_no_volumes(host, guest, volume):
    for wanted in (guest, dataclasses.replace(guest, volumes=(volume(),))):
        assert host.volumes.fit(wanted, "f") and host.volumes.fits(wanted)


def order(host, guest, verb, /, **payload):
    """What the agent's verb says; each time as from a new process."""
    asked = Order("flow", verb.__name__, guest.id, 1, host.name, "")
    return verb(host, Work(SYSTEM, asked, verb, payload), **payload)


@pytest.mark.parametrize("rest", ["", "stop", "pause", "save"])
def test_a_parked_guest_is_nothing_but_its_files(host, running, rest):
    if rest:
        getattr(host.power, rest)(running.id, "f")
    for _ in range(2):
        assert order(host, running, resizing.park, power=Power(running.id, soft=False)) == {}
        assert (host.power.state(running.id), host.power.run_id(running.id)) == (None, None)
        assert running.id not in host.power.states() and running.id in host.disks.instances()
    assert describe(host).powers[running.id] == base.SHUTDOWN  # so it is known to be here
    for act in (host.power.start, host.power.pause, host.power.save):
        with pytest.raises((NotFound, Conflict)):
            act(running.id, "f")
    assert not host.disks.needs_image(running)


@pytest.mark.parametrize("runs", [True, False])
def test_a_parked_guest_comes_back(host, running, runs):
    order(host, running, resizing.park, power=Power(running.id, soft=False))
    expected, ids = base.RUNNING if runs else base.SHUTDOWN, set()
    for _ in range(2):
        assert order(host, running, resizing.unpark, guest=running, running=runs) == {"power": expected}
        ids.add(host.power.run_id(running.id))
    assert len(ids) == 1 and (None in ids) is not runs


def test_what_has_no_files_is_not_unparked(host, guest):
    assert order(host, guest, resizing.park, power=Power(guest.id)) == {}
    for runs in (True, False):
        with pytest.raises(NotFound):
            order(host, guest, resizing.unpark, guest=guest, running=runs)
