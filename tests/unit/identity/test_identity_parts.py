"""The memory of validated tokens, keys and their rotation, passwords."""

import pytest
from cryptography.fernet import Fernet

from nova_like import concurrency
from nova_like.model.errors import Unauthenticated, Unavailable
from nova_like.services import identity_keys, identity_passwords
from nova_like.services.identity_keys import Keys
from nova_like.services.identity_memory import Memory


class Clock(concurrency.Source):
    def __init__(self):
        super().__init__()
        self.at = 1000.0

    def monotonic(self):
        return self.at


@pytest.fixture
def clock():
    made = Clock()
    before = concurrency.use(made)
    yield made
    concurrency.use(before)


def test_a_memory_forgets_in_time_and_on_demand(clock):
    memory, found = Memory(2.0), iter(range(9))
    assert [memory.get("k", lambda: next(found)) for _ in range(3)] == [0, 0, 0]
    clock.at += 2.1
    assert memory.get("k", lambda: next(found)) == 1
    memory.forget("k")
    assert memory.get("k", lambda: next(found)) == 2


def test_a_memory_is_bounded(clock):
    memory = Memory(2.0, most=10)
    for number in range(1000):
        memory.get(str(number), lambda: number)  # noqa: B023
    assert len(memory._known) <= 10


def test_failures_are_not_remembered(clock):
    memory = Memory(2.0)
    with pytest.raises(Unauthenticated):
        memory.get("k", lambda: (_ for _ in ()).throw(Unauthenticated("no")))
    assert memory.get("k", lambda: 1) == 1


def test_keys_are_made_once_and_rotated(tmp_path):
    directory = tmp_path / "keys"
    with pytest.raises(Unavailable):
        Keys(str(directory)).seal(b"x")
    assert identity_keys.make_keys(str(directory)) and not identity_keys.make_keys(str(directory))
    old = Keys(str(directory)).seal(b"x")
    (directory / "2").write_bytes(Fernet.generate_key())
    assert Keys(str(directory)).open(old) == b"x"
    new = Keys(str(directory)).seal(b"y")
    (directory / "1").unlink()
    assert Keys(str(directory)).open(new) == b"y"
    with pytest.raises(Unauthenticated):
        Keys(str(directory)).open(old)


@pytest.mark.parametrize("password", ["a", "x" * 5000, "p\u00e4ss\u0000word", "x" * 72 + "y"])
def test_passwords(password):
    stored = identity_passwords.hashed(password, 4)
    assert identity_passwords.matches(password, stored, 4)
    assert not identity_passwords.matches(password + "z", stored, 4)
    assert not identity_passwords.matches(password, None, 4)
