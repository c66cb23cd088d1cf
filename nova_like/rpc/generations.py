"""What an agent remembers of the generations of resources. Neither class locks, and neither decides anything."""

from array import array
from collections import OrderedDict
from hashlib import blake2b

WAYS = 64  # slots that one resource may be in: which of them fell out is decided among these
ENTRIES = 32_768  # a cast is gone from the bus after five minutes: in these a hundred resources a second are seen
FINISHED = 2000  # guests of one host

Over = tuple[int, int]  # the generation of an order that is over, and the turn at which it was


class Highest:
    """The highest generation of each resource that was asked for lately, gone ones included.

    All of its memory (16 bytes an entry) is taken at the start, so that it never grows; when the slots that a resource
    may be in are full, the one of them that was not asked for the longest falls out. Resources are known by 64 bits of
    a digest: that two of all entries are taken for one another has a chance of 1 in 30 thousand millions.
    """

    def __init__(self, entries: int = ENTRIES) -> None:
        self._sets = max(1, entries // WAYS)
        self._keys = array("Q", bytes(8 * WAYS * self._sets))
        self._generations = array("q", bytes(8 * WAYS * self._sets))

    def rise(self, host: str, resource: str, generation: int) -> bool:
        """Remember this generation, unless a higher one is known: false then. Raises OverflowError beyond 63 bits."""
        key = _key(host, resource)
        first = key % self._sets * WAYS
        try:
            at = self._keys.index(key, first, first + WAYS)
            known = self._generations[at]
        except ValueError:
            at, known = first + WAYS - 1, generation
        self._put_first(self._keys, first, at, key)
        self._put_first(self._generations, first, at, max(known, generation))
        return generation >= known

    @staticmethod
    def _put_first(slots: "array[int]", first: int, at: int, value: int) -> None:
        slots[first + 1 : at + 1] = slots[first:at]
        slots[first] = value

    def __len__(self) -> int:
        return len(self._keys) - self._keys.count(0)


def _key(host: str, resource: str) -> int:
    """Never 0, which is an empty slot."""
    digest = blake2b(f"{host}\n{resource}".encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") or 1


class Finished:
    """The highest generation that was carried out for each guest of one host. Guests that are gone are forgotten."""

    def __init__(self) -> None:
        self._guests: OrderedDict[str, Over] = OrderedDict()
        self._turn = 0

    def put(self, guest: str, generation: int) -> None:
        """One more order for this guest is over."""
        self._turn += 1
        known, _ = self._guests.pop(guest, (0, 0))
        self._guests[guest] = max(known, generation), self._turn
        if len(self._guests) > FINISHED:
            self._guests.popitem(last=False)

    def copy(self) -> dict[str, Over]:
        """{guest: (generation, when)}: to be made before the host is looked at."""
        return dict(self._guests)

    def forget(self, gone: dict[str, Over]) -> None:
        """These of a copy are not on the host: forgotten, unless there was an order since."""
        for guest, over in gone.items():
            if self._guests.get(guest) == over:
                del self._guests[guest]
