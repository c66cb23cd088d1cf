"""What the fakes' logs say of the past of all hosts together: things that must not have been at any moment.

Needs the hosts' clocks to agree, as they do on one machine, unless a test turns them.
"""

from collections import Counter
from pathlib import Path
from typing import Any

from tools.checks.world import lines

Line = dict[str, Any]
Place = tuple[str, str]  # host and port
Bearing = tuple[str, str]  # network, and an address or MAC of it
Card = tuple[str, list[Bearing]]  # instance, and what a port of it has


def wrongs(path: Path) -> list[str]:
    """All that was wrong in the world below `path` at some time, as sentences."""
    told = [(line["time"], log.stem, line) for kind in ("compute", "network")
            for log in sorted((path / kind).glob("*.log")) for line in lines(log)]  # fmt: skip
    told.sort(key=lambda entry: entry[0])  # stable: a host's own lines stay in order
    events = [(host, line) for _, host, line in told]
    return [*_places(events), *_cards(events), *_starts(events)]


def _places(events: list[tuple[str, Line]]) -> list[str]:
    """A guest that was on two hosts at once: defined, or running where the power had gone and what is left is dead."""
    found, places = [], dict[str, set[str]]()
    for host, line in events:
        here = places.setdefault(line.get("instance", ""), set())
        if line["effect"] in ("define", "start", "restore"):
            found += [f"guest {line['instance']} came to {host} while it was on {other}" for other in here - {host}]
            here.add(host)
        elif line["effect"] in ("undefine", "remove", "power-off"):
            here.discard(host)
    return found


def _cards(events: list[tuple[str, Line]]) -> list[str]:
    """An address or MAC that two plugged ports of a network had at once. A port that is plugged anew has what is asked
    then, and nothing of before. Where the power goes nobody has any."""
    found, holders, cards = [], dict[Bearing, dict[str, str]](), dict[Place, Card]()
    for host, line in events:
        if line["effect"] == "plug":
            network, *bearings = line["asked"]
            _let_go(holders, cards, (host, line["port"]))
            cards[host, line["port"]] = (line["instance"], [(network, bearing) for bearing in bearings])
            for bearing in bearings:
                others = holders.setdefault((network, bearing), {})
                found += [f"{bearing} was plugged for port {line['port']} on {host} while port {port} had it on {where}"
                          for port, where in others.items() if port != line["port"]]  # fmt: skip
                others[line["port"]] = host
        elif line["effect"] in ("unplug", "power-off"):
            for place in [place for place in cards if place[0] == host and _is_about(line, place, cards)]:
                _let_go(holders, cards, place)
    return found


def _let_go(holders: dict[Bearing, dict[str, str]], cards: dict[Place, Card], place: Place) -> None:
    host, port = place
    for bearing in cards.pop(place, ("", []))[1]:
        if holders[bearing].get(port) == host:
            del holders[bearing][port]


def _is_about(line: Line, place: Place, cards: dict[Place, Card]) -> bool:
    instance = cards[place][0]
    return bool(line.get("port", place[1]) == place[1] and line.get("instance", instance) == instance)


def _starts(events: list[tuple[str, Line]]) -> list[str]:
    """A guest that one and the same flow started more than once, though its host had power all the time."""
    found, starts = [], dict[str, Counter[str]]()
    for _, line in events:
        if line["effect"] == "start" and line.get("flow"):
            counted = starts.setdefault(line["instance"], Counter())
            counted[line["flow"]] += 1
        elif line["effect"] == "power-off":
            found += _often(line["instance"], starts.pop(line["instance"], Counter()))
    return found + [text for guest, counted in starts.items() for text in _often(guest, counted)]


def _often(guest: str, counted: Counter[str]) -> list[str]:
    return [f"guest {guest} was started {count} times by flow {flow}" for flow, count in counted.items() if count > 1]
