"""Ids of agent processes: besides being unique, they tell which of two processes of one host began first.

Form: eight random digits, eight of the kernel's own boot id, and the milliseconds of its monotonic clock when the
process began, all hexadecimal. Wall clocks, which jump, have no part in it.
"""

import re

_FORM = re.compile(r"[0-9a-f]{8}-([0-9a-f]{8})-([0-9a-f]{12})\Z")


def make(chance: str, kernel: str, seconds: float) -> str:
    """`chance` and `kernel` are UUIDs; `seconds` by the monotonic clock."""
    return f"{chance[:8]}-{kernel[:8]}-{int(seconds * 1000) % 16**12:012x}"


def order(one: str, other: str) -> int | None:
    """-1 when `one` began before `other`, 1 when after, 0 when they are the same; None when nobody can say: the
    machine was started anew between them, or another release made them."""
    if one == other:
        return 0
    found = _FORM.match(one), _FORM.match(other)
    if found[0] is None or found[1] is None or found[0][1] != found[1][1]:
        return None
    return (found[0][2] > found[1][2]) - (found[0][2] < found[1][2]) or None
