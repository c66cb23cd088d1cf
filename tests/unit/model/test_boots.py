"""Ids of agent processes, and which of two began first."""

from nova_like.model import boots

CHANCE, KERNEL = "8a3f0f5e-4a55-4a52-9d55-2f1a0d7d1a11", "f2d1c4a0-1111-4111-8111-111111111111"


def test_they_fit_and_are_in_the_order_of_their_beginnings() -> None:
    first, second = (boots.make(CHANCE, KERNEL, seconds) for seconds in (12.5, 12.75))
    assert len(first) <= 36 and boots.order(first, first) == 0
    assert boots.order(first, second) == -1 and boots.order(second, first) == 1
    late = boots.make(CHANCE, KERNEL, 3e9)  # a century later
    assert boots.order(second, late) == -1


def test_nobody_can_say() -> None:
    one, again = boots.make(CHANCE, KERNEL, 100.0), boots.make(CHANCE, "a" + KERNEL[1:], 2.0)
    assert boots.order(one, again) is None and boots.order(again, one) is None
    assert boots.order(one, CHANCE) is None and boots.order("boot", one) is None
    assert boots.order(boots.make("b" * 8, KERNEL, 1.0), boots.make("c" * 8, KERNEL, 1.0)) is None
