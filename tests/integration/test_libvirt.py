"""The compute agent over a real libvirtd and real QEMU guests: orders, events, outages, hostile images."""

import base64
import dataclasses
import hashlib
import io
import json
import os
import signal
import stat
import subprocess
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nova_like import concurrency
from nova_like.compute import libvirt_host
from nova_like.compute.handler import Handler
from nova_like.compute.reports import describe
from nova_like.images import sending
from nova_like.images.cache import Cache
from nova_like.images.fetch import Limits
from nova_like.model.context import SYSTEM
from nova_like.model.orders import (
    Export,
    Guest,
    GuestMetadata,
    GuestVolume,
    ImageLink,
    Network,
    Order,
    Port,
    Power,
    Upload,
    Volume,
    tap_name,
)
from nova_like.rpc.agent import Agent
from nova_like.rpc.waiting import Waiting
from nova_like.volume.drivers.file import FileBackend
from tests.integration import libvirt_lab as lab

pytestmark = [pytest.mark.root, pytest.mark.guest, pytest.mark.skipif(bool(lab.missing()), reason=lab.missing())]
HOST = "host"
CANARY = b"CANARY-of-the-host"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_PUT(self):
        Path(self.translate_path(self.path)).write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()


class Store:
    """Serves a directory of images as the image API's links do."""

    def __init__(self, path):
        self.path = path
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: Quiet(*args, directory=str(path)))
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def put(self, data, disk_format="raw", virtual=None):
        id = concurrency.new_id()
        (self.path / id).write_bytes(data)
        url = f"http://127.0.0.1:{self.server.server_address[1]}/{id}"
        return ImageLink(id, url, hashlib.sha256(data).hexdigest(), len(data), disk_format, virtual or len(data))

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Controller:
    """An agent process's worth of objects, and what it says."""

    def __init__(self, daemon, root):
        from nova_like.virt import libvirt

        self.answers, self.reports, self.changes = [], [], []
        self.instances = root / "instances"
        self.cache_path = root / "image-cache"
        self.agent = None
        self.host, self.close = libvirt.make(HOST, libvirt.Settings(self.instances, daemon.uri), self.changed)
        cache = Cache(self.cache_path, Limits(), 1 << 40, self.host.disks.bases)
        self.agent = Agent("compute", HOST, [HOST], self.report, lambda name: describe(self.host))
        self.handler = Handler(
            self.agent, {HOST: self.host}, libvirt_host.fetcher(cache), send=partial(sending.send, limits=Limits())
        )

    def changed(self):
        self.changes.append(time.monotonic())

    def report(self, ctx, method, **arguments):
        (self.answers if method == "answer" else self.reports).append(next(iter(arguments.values())))

    def order(self, verb, payload, generation=1, flow="flow-1", **more):
        id = getattr(payload, "id", None) or payload.instance_id
        order = Order(flow, verb, id, generation, HOST, self.agent.boot_id)
        getattr(self.handler, verb)(SYSTEM, order, payload, **more)
        return self.answers[-1]

    def console(self, id, text):
        lab.wait_for(lambda: text in self.handler.console_output(SYSTEM, HOST, id, 65536), 240)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    root = tmp_path_factory.mktemp("world")
    with lab.own_network():
        daemon = lab.Libvirtd(root)
        daemon.start()
        (root / "store").mkdir()
        store = Store(root / "store")
        yield root, daemon, store
        store.close()
        daemon.stop()


@pytest.fixture
def controller(world):
    root, daemon, _ = world
    controller = Controller(daemon, root)
    yield controller
    controller.close()


@pytest.fixture(scope="module")
def images(world):
    store = world[2]
    return {"stubborn": store.put(lab.tiny_guest()), "polite": store.put(lab.tiny_guest(polite=True))}


@pytest.fixture
def new(controller):
    """Makes guests, and makes them gone."""
    made = []

    def make(image, **facts):
        sizes = {"vcpus": 1, "ram_mib": 32, "disk_gib": 0}
        made.append(Guest(concurrency.new_id(), "web", image=image, **{**sizes, **facts}))
        return made[-1]

    yield make
    for guest in made:
        assert controller.order("destroy", guest, 99).state == "done"
        assert guest.id not in controller.host.disks.instances()


def new_port():
    network = Network(concurrency.new_id())
    return Port(concurrency.new_id(), "fa:16:3e:00:00:01", network)


def test_life_of_a_guest(controller, images, new):
    guest = new(images["polite"])
    assert controller.order("spawn", guest).facts == {"power": "running"}
    controller.console(guest.id, "TINY UP")
    assert controller.order("spawn", guest).facts == {"power": "running"}
    assert describe(controller.host).powers[guest.id] == "running"
    began = time.monotonic()
    assert controller.order("stop", Power(guest.id, grace_seconds=60), 2).facts == {"power": "shutdown"}
    assert time.monotonic() - began < 30, "a polite guest needs no force"
    assert controller.order("start", guest, 3).facts == {"power": "running"}
    lab.wait_for(lambda: controller.handler.console_output(SYSTEM, HOST, guest.id, 65536).count("TINY UP") == 2)
    assert controller.order("destroy", guest, 4).state == "done"
    assert controller.order("destroy", guest, 4).state == "done"
    assert guest.id not in describe(controller.host).powers


def test_ten_at_once_share_one_fetch(world, controller, new):
    image = world[2].put(lab.tiny_guest(b"ONE OF TEN\r\n", polite=True))
    guests = [new(image) for _ in range(10)]
    waiting = Waiting("spawn", "soft")
    controller.handler._waiting = waiting
    for guest in guests:
        order = Order("flow-1", "spawn", guest.id, 1, HOST, controller.agent.boot_id)
        controller.handler.spawn(SYSTEM, order, guest)
    lab.wait_for(lambda: len(controller.answers) == 10, 120)
    assert [answer.facts for answer in controller.answers] == [{"power": "running"}] * 10
    for guest in guests:
        controller.console(guest.id, "ONE OF TEN")
    assert waiting.drain(30)
    controller.handler._waiting = None


def test_an_image_of_a_running_guest_boots_with_what_was_written(world, controller, new):
    guest = new(world[2].put(lab.writing_guest()))
    controller.order("spawn", guest)
    controller.console(guest.id, "FIRST UP\r\n!")
    run = controller.host.power.run_id(guest.id)
    made = controller.order("copy_disk", guest, 2, "flow-2")
    assert made.state == "done", made.fault
    assert made.facts == controller.order("copy_disk", guest, 2, "flow-2").facts
    id = concurrency.new_id()
    url = f"http://127.0.0.1:{world[2].server.server_address[1]}/{id}"
    upload = Upload(guest.id, id, url, **made.facts)
    assert [controller.order("send_copy", upload, 2, "flow-2").state for _ in range(2)] == ["done"] * 2
    assert controller.order("drop_copy", guest, 3, "flow-2").state == "done"
    assert sorted(path.name for path in (controller.instances / guest.id).iterdir() if "copy" in path.name) == []
    assert (controller.host.power.run_id(guest.id), describe(controller.host).powers[guest.id]) == (run, "running")
    copy = new(ImageLink(id, url, made.facts["sha256"], made.facts["size_bytes"], "qcow2", 1 << 20))
    assert controller.order("spawn", copy).state == "done"
    controller.console(copy.id, "XIRST UP")
    controller.order("stop", Power(guest.id, soft=False), 4)
    assert controller.order("copy_disk", guest, 5, "flow-5").state == "done"
    with controller.host.copies.open(guest.id, "flow-5") as data:  # of one that is down the same is had
        assert b"XIRST UP" in data.read()


@pytest.fixture
def elsewhere(world, tmp_path_factory):
    """The agent of another machine: with its own libvirtd, instances and image cache."""
    root = tmp_path_factory.mktemp("elsewhere")
    daemon = lab.Libvirtd(root)
    daemon.start()
    controller = Controller(daemon, root)
    yield controller
    controller.close()
    daemon.stop()


@pytest.fixture
def filled(world, tmp_path):
    """Makes a volume of an image, as an order by its link does, and exports it."""
    cache = Cache(tmp_path / "volume-images", Limits(), 1 << 40, list)
    backend = FileBackend(tmp_path / "volumes", 100.0, 0, fetch=cache.get)
    backend.start("v1")

    def make(image):
        volume = Volume(concurrency.new_id(), concurrency.new_id(), 1)
        for _ in range(2):
            backend.fill("v1", volume, image, lambda: False)
        return volume, backend.export("v1", Export(volume.id, volume))

    yield make
    for id, export in backend.exports("v1").items():
        backend.unexport("v1", Export(export, Volume(id, "", 1)))


def test_a_guest_starts_from_a_volume_and_finds_there_what_it_wrote(world, controller, new, filled):
    volume, reached = filled(world[2].put(lab.writing_guest()))
    guest = new(None, volumes=(GuestVolume(volume.id, "vda", reached),))
    assert controller.order("spawn", guest).facts == {"power": "running"}
    controller.console(guest.id, "FIRST UP\r\n!")
    assert not (controller.instances / guest.id / "disk").exists()
    controller.order("stop", Power(guest.id, soft=False), 2, "flow-2")
    assert controller.order("start", guest, 3, "flow-3").facts == {"power": "running"}
    controller.console(guest.id, "XIRST UP")
    assert controller.order("destroy", guest, 4, "flow-4").state == "done"
    elsewhere = new(None, volumes=(GuestVolume(volume.id, "vda", reached),))
    assert controller.order("spawn", elsewhere).state == "done"
    controller.console(elsewhere.id, "XIRST UP")  # the volume has it, not the host


def test_a_guest_comes_to_another_host_with_all_that_it_wrote_and_back_again(world, controller, elsewhere, new):
    """The orders of a migration and of its revert, in turn."""
    guest = new(world[2].put(lab.writing_guest()))
    controller.order("spawn", guest)
    controller.console(guest.id, "FIRST UP\r\n!")
    assert controller.order("park", Power(guest.id, soft=False), 2).state == "done"
    made = controller.order("copy_disk", guest, 2)
    assert made.state == "done", made.fault
    id = concurrency.new_id()
    url = f"http://127.0.0.1:{world[2].server.server_address[1]}/{id}"
    assert controller.order("send_copy", Upload(guest.id, id, url, **made.facts), 2).state == "done"
    assert controller.order("drop_copy", guest, 3).state == "done"
    assert describe(controller.host).powers == {guest.id: "shutdown"} and not controller.host.power.states()
    link = ImageLink(id, url, made.facts["sha256"], made.facts["size_bytes"], "qcow2", 1 << 20)
    there = dataclasses.replace(guest, image=link, vcpus=2, disk_gib=1)
    assert elsewhere.order("spawn", there, 3).facts == {"power": "running"}
    (world[2].path / id).unlink()  # it is needed no more
    elsewhere.console(guest.id, "XIRST UP\r\n!")
    elsewhere.order("stop", Power(guest.id, soft=False), 4)
    assert elsewhere.order("start", dataclasses.replace(there, image=None), 5).facts == {"power": "running"}
    assert elsewhere.order("destroy", guest, 6).state == "done"
    assert describe(elsewhere.host).powers == {}
    assert controller.order("unpark", guest, 7, running=True).facts == {"power": "running"}
    controller.console(guest.id, "XIRST UP\r\n!")


def test_files_are_private(controller, images, new):
    guest = new(images["polite"])
    controller.order("spawn", guest)
    directory = controller.instances / guest.id
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(controller.cache_path.stat().st_mode) == 0o700
    assert not list(directory.glob("*.part"))


def test_a_stubborn_guest_is_forced_when_its_grace_is_over(controller, images, new):
    guest = new(images["stubborn"])
    controller.order("spawn", guest)
    controller.console(guest.id, "TINY UP")
    began = time.monotonic()
    assert controller.order("stop", Power(guest.id, grace_seconds=1), 2).facts == {"power": "shutdown"}
    assert 1 <= time.monotonic() - began < 30


@pytest.mark.parametrize(("kind", "soft"), [("polite", True), ("stubborn", True), ("stubborn", False)])
def test_reboot_once_even_for_the_next_agent(world, controller, images, new, kind, soft):
    guest = new(images[kind])
    controller.order("spawn", guest)
    controller.console(guest.id, "TINY UP")
    first = controller.host.power.run_id(guest.id)
    power = Power(guest.id, soft, grace_seconds=30 if kind == "polite" else 1)
    assert controller.order("reboot", power, 2, "flow-2").facts == {"power": "running"}
    second = controller.host.power.run_id(guest.id)
    assert first != second
    following = Controller(world[1], world[0])
    lab.wait_for(lambda: following.host.power.run_id(guest.id))
    assert following.order("reboot", power, 2, "flow-2").facts == {"power": "running"}
    assert following.host.power.run_id(guest.id) == second
    following.close()


def test_power_is_known_within_a_second(controller, images, new):
    guest = new(images["polite"])
    controller.order("spawn", guest)
    controller.console(guest.id, "TINY UP")
    controller.changes.clear()
    began = time.monotonic()
    controller.host.power.press(guest.id)
    lab.wait_for(lambda: controller.changes)
    print(f"the change was seen {controller.changes[0] - began:.2f} s after the button")
    lab.wait_for(lambda: describe(controller.host).powers[guest.id] == "shutdown")


def test_a_killed_qemu_is_a_crash(world, controller, images, new):
    """libvirt tells when the process has been reaped, which some machines' PID 1 takes a second for."""
    guest = new(images["polite"])
    controller.order("spawn", guest)
    controller.changes.clear()
    for pid in world[1].guest_pids():
        if guest.id.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
    lab.wait_for(lambda: controller.changes, 10)
    lab.wait_for(lambda: describe(controller.host).powers[guest.id] == "crashed", 10)
    assert controller.order("start", guest, 2).facts == {"power": "running"}


def test_libvirtd_dies_and_the_guests_do_not(world, controller, images, new):
    daemon = world[1]
    guest, other = new(images["polite"]), new(images["polite"])
    controller.order("spawn", guest)
    controller.order("spawn", other)
    controller.console(guest.id, "TINY UP")
    pids, run = daemon.guest_pids(), controller.host.power.run_id(guest.id)
    daemon.kill()
    lab.wait_for(lambda: describe(controller.host).powers is None)
    back = threading.Timer(1.0, daemon.start)  # while an order waits for it
    back.start()
    assert controller.order("stop", Power(other.id, soft=False), 2).facts == {"power": "shutdown"}
    back.join()
    assert controller.host.power.run_id(guest.id) == run
    assert set(daemon.guest_pids()) < set(pids)
    controller.changes.clear()
    controller.host.power.press(guest.id)
    lab.wait_for(lambda: controller.changes)
    lab.wait_for(lambda: describe(controller.host).powers[guest.id] == "shutdown")


def test_libvirtd_away_for_long_is_said(world, controller, images, new):
    guest = new(images["polite"])
    world[1].kill()
    answer = controller.order("spawn", guest)
    assert (answer.state, answer.fault["kind"]) == ("failed", "Unavailable")
    world[1].start()
    lab.wait_for(lambda: describe(controller.host).powers is not None)
    assert controller.order("spawn", guest).facts == {"power": "running"}


def test_config_drive(world, controller, images, new):
    import pycdlib

    user_data = base64.b64encode(b"#!/bin/sh\n").decode()
    metadata = GuestMetadata(concurrency.new_id(), "p", "web", "web", user_data=user_data)
    guest = new(images["polite"], metadata=metadata, config_drive=True)
    assert controller.order("spawn", guest).state == "done"
    iso = pycdlib.PyCdlib()
    iso.open(str(controller.instances / guest.id / "config-drive.iso"))
    assert iso.pvd.volume_identifier.decode().strip() == "config-2"

    def read(path):
        data = io.BytesIO()
        iso.get_file_from_iso_fp(data, rr_path=path)
        return data.getvalue()

    assert json.loads(read("/openstack/latest/meta_data.json"))["name"] == "web"
    assert read("/openstack/latest/user_data") == b"#!/bin/sh\n"
    iso.close()
    xml = subprocess.run(["virsh", "-c", world[1].uri, "dumpxml", guest.id],
                         capture_output=True, text=True, check=True).stdout  # fmt: skip
    assert "config-drive.iso" in xml


def test_taps_are_the_network_agents(controller, images, new):
    port = new_port()
    guest = new(images["polite"], ports=(port,))
    answer = controller.order("spawn", guest)
    assert (answer.state, answer.fault["facts"]) == ("failed", {"retry": True})
    subprocess.run(["ip", "tuntap", "add", "dev", tap_name(port.id), "mode", "tap"], check=True)
    assert controller.order("spawn", guest).facts == {"power": "running"}
    controller.order("destroy", guest, 2)
    subprocess.run(["ip", "link", "show", tap_name(port.id)], check=True, capture_output=True)


def test_flavor_disk_and_image_size(world, controller, images, new):
    guest = new(images["polite"], disk_gib=2)
    controller.order("spawn", guest)
    header = (controller.instances / guest.id / "disk").read_bytes()[:32]
    assert int.from_bytes(header[24:32], "big") == 2 << 30
    big = ImageLink(**{**vars(images["stubborn"]), "virtual_size_bytes": 3 << 30})
    answer = controller.order("spawn", new(big, disk_gib=2))
    assert (answer.state, answer.fault["facts"]) == ("failed", {"retry": False})


def test_s4_a_raw_image_that_is_a_qcow2_with_a_backing_file_stays_raw(world, controller, new, tmp_path):
    canary, trap = tmp_path / "canary", tmp_path / "trap"
    canary.write_bytes(CANARY.ljust(1 << 20, b"\0"))
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", canary, trap], check=True)
    image = world[2].put(trap.read_bytes(), "raw")
    guest = new(image)
    assert controller.order("spawn", guest).state == "done"
    controller.order("stop", Power(guest.id, soft=False), 2)
    out = tmp_path / "out.raw"
    disk = controller.instances / guest.id / "disk"
    subprocess.run(["qemu-img", "convert", "-f", "qcow2", "-O", "raw", disk, out], check=True)
    assert out.read_bytes().startswith(b"QFI\xfb")
    assert CANARY not in out.read_bytes()


@pytest.mark.parametrize("trap", ["truncated", "garbage", "huge_l1"])
def test_s5_s6_a_base_that_is_no_good_fails_and_leaves_nothing_running(world, controller, new, tmp_path, trap):
    good = tmp_path / "good"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", good, "1M"], check=True)
    data = bytearray(good.read_bytes())
    if trap == "huge_l1":
        data[36:40] = b"\xff\xff\xff\xff"
    bad = {"truncated": data[:50], "garbage": b"x" * 4096}.get(trap, data)
    image = world[2].put(bytes(bad), "qcow2", 1 << 20)
    guest = new(image)
    answer = controller.order("spawn", guest)
    assert answer.state == "failed"
    assert str(controller.instances) not in json.dumps(answer.fault)
    assert describe(controller.host).powers.get(guest.id) in (None, "shutdown")


def test_a_spawn_killed_between_its_steps_is_completed(world, controller, images, new):
    guest = new(images["polite"])
    (controller.instances / guest.id).mkdir(mode=0o700)
    (controller.instances / guest.id / ".disk.part").write_bytes(b"half")
    assert controller.order("spawn", guest).facts == {"power": "running"}
    assert not list((controller.instances / guest.id).glob(".*.part"))


def test_a_console_that_never_ends_is_cut(controller, images, new):
    from nova_like.virt.libvirt import console

    guest = new(images["polite"])
    controller.order("spawn", guest)
    log = controller.instances / guest.id / "console.log"
    controller.console(guest.id, "TINY UP")
    with log.open("ab") as file:
        file.write(b"x" * (console.LIMIT_BYTES + 1) + b"END")
    lab.wait_for(lambda: log.stat().st_size <= console.KEEP_BYTES, 60)
    assert controller.handler.console_output(SYSTEM, HOST, guest.id, 3) == "END"
    controller.order("reboot", Power(guest.id, soft=False), 2)
    controller.console(guest.id, "TINY UP")


def test_a_linux_guest_reads_its_config_drive_and_obeys_the_button(world, controller, new):
    from tools.trial import guest as linux

    with lab.machines_network():
        path = linux.image()
    user_data = base64.b64encode(b"#!/bin/sh\necho FROM-THE-CONFIG-DRIVE > /dev/console\n").decode()
    metadata = GuestMetadata(concurrency.new_id(), "p", "web", "web", user_data=user_data)
    image = world[2].put(path.read_bytes(), "qcow2", linux.DISK_MIB << 20)
    guest = new(image, ram_mib=linux.MIN_RAM_MIB, disk_gib=1, metadata=metadata, config_drive=True)
    assert controller.order("spawn", guest).facts == {"power": "running"}
    controller.console(guest.id, "FROM-THE-CONFIG-DRIVE")
    controller.console(guest.id, " UP")
    began = time.monotonic()
    assert controller.order("reboot", Power(guest.id, grace_seconds=120), 2).facts == {"power": "running"}
    assert time.monotonic() - began < 100, "it shuts down by itself"
    assert "acpi-power" in controller.handler.console_output(SYSTEM, HOST, guest.id, 1 << 20)
    assert controller.order("stop", Power(guest.id, soft=False), 3).facts == {"power": "shutdown"}
