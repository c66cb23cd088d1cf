"""The judge of the fake world sees a guest that ran twice, and what was left behind."""

import pytest

from nova_like.fakes import World
from nova_like.virt.fake import history


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, "compute")


def write(world, host, *effects, instance="i"):
    for effect in effects:
        world.append(host, effect, instance=instance, flow="f")


def test_an_ordinary_life_has_no_faults(world):
    write(world, "a", "prepare", "define", "start", "stop", "start", "note", "crash", "start")
    assert history.guests(world) == {"i": {"a": "running"}}
    write(world, "a", "stop", "undefine", "remove")
    write(world, "b", "prepare", "define", "start")
    assert history.faults(world) == []
    assert history.guests(world) == {"i": {"b": "running"}}


def test_a_second_start_is_seen(world):
    write(world, "a", "prepare", "define", "start", "start")
    assert history.faults(world) == ["i started on a while it ran on a (flow f)"]


def test_two_hosts_are_seen(world):
    write(world, "a", "prepare", "define", "start")
    write(world, "b", "prepare", "define", "start")
    assert history.faults(world) == ["i started on b while it ran on a (flow f)"]
    assert history.guests(world) == {"i": {"a": "running", "b": "running"}}


def test_leftovers_are_seen(world):
    write(world, "a", "prepare")
    write(world, "a", "prepare", "define", "start", "stop", "undefine", instance="j")
    assert history.guests(world) == {"i": {"a": "files"}, "j": {"a": "files"}}
