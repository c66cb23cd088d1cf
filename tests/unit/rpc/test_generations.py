"""What agents remember of generations: which fall out, which stay, and that no memory is added."""

from nova_like.rpc.generations import ENTRIES, WAYS, Finished, Highest


def test_only_a_lower_generation_is_refused():
    highest = Highest()
    asked = [
        ("h1", "a", 5),
        ("h1", "a", 5),
        ("h1", "a", 4),
        ("h2", "a", 4),
        ("h1", "b", 0),
        ("h1", "a", 6),
        ("h1", "a", 5),
    ]
    assert [highest.rise(*one) for one in asked] == [True, True, False, True, True, True, False]
    assert len(highest) == 3


def test_a_full_table_forgets_what_was_not_asked_for_the_longest():
    highest = Highest(WAYS)
    for number in range(WAYS):
        highest.rise("h1", str(number), 9)
    assert not highest.rise("h1", "0", 8)  # asked for just now
    highest.rise("h1", "new", 9)
    assert [name for name in ("new", "0", "2", "1") if highest.rise("h1", name, 8)] == ["1"]
    assert len(highest) == WAYS


def test_what_comes_in_five_minutes_is_remembered():
    """A cast may be so old. Twenty thousand resources in that time are 66 a second."""
    highest, names = Highest(), [f"guest-{number}" for number in range(ENTRIES * 5 // 8)]
    for name in names:
        assert highest.rise("h1", name, 9)
    forgotten = sum(highest.rise("h1", name, 8) for name in reversed(names))
    assert forgotten <= len(names) // 1000


def test_a_guest_is_forgotten_unless_an_order_came_since_it_was_looked_for():
    finished = Finished()
    finished.put("kept", 3)
    finished.put("gone", 5)
    before = finished.copy()
    finished.put("kept", 3)
    finished.forget(before)
    assert {guest: over[0] for guest, over in finished.copy().items()} == {"kept": 3}


def test_an_order_that_ends_late_does_not_lower_what_was_finished():
    finished = Finished()
    finished.put("guest", 6)
    finished.put("guest", 5)
    assert finished.copy()["guest"][0] == 6
