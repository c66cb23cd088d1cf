"""Which instances have a guest, files or ports on which host, as the hosts last said. Forgets what is not said anew."""

from nova_like import concurrency
from nova_like.model.orders import HostReport

FRESH_SECONDS = 45.0  # what was said before is of no use: it may long be otherwise


class Presence:
    """Memory of one scheduler; of several, each hears a part, and in the end all of it."""

    def __init__(self) -> None:
        self._lock = concurrency.Lock()
        self._said: dict[tuple[str, str], tuple[float, frozenset[str]]] = {}

    def take(self, report: HostReport) -> None:
        """Remember what a report says of instances, if anything."""
        told = report.powers if report.kind == "compute" else report.plugged
        if told is not None:
            with self._lock:
                self._said[report.kind, report.host] = (concurrency.monotonic(), frozenset(told))

    def fresh(self) -> list[tuple[str, float, frozenset[str]]]:
        """(host, when its oldest word here was heard, ids of instances) for each host that was heard of."""
        oldest = concurrency.monotonic() - FRESH_SECONDS
        with self._lock:
            self._said = {key: said for key, said in self._said.items() if said[0] >= oldest}
            found: dict[str, tuple[float, frozenset[str]]] = {}
            for (_, host), (heard, ids) in self._said.items():
                earlier = found.get(host, (heard, frozenset()))
                found[host] = (min(heard, earlier[0]), ids | earlier[1])
        return [(host, *found[host]) for host in sorted(found)]
