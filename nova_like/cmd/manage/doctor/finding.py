"""What a check says. Knows no check."""

from collections.abc import Iterable
from typing import NamedTuple

MOST = 20  # findings of one check that are listed one by one


class Finding(NamedTuple):
    """A fault by its name, what was seen, and what to do."""

    fault: str
    evidence: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.fault}: {self.evidence}. Remedy: {self.remedy}."


class Skipped(Exception):
    """A check that cannot be done here and now; the text says why."""


def shortened(findings: Iterable[Finding]) -> list[Finding]:
    """The first MOST, and one line for the others."""
    found = list(findings)
    more = len(found) - MOST
    if more <= 0:
        return found
    return [*found[:MOST], Finding(found[MOST].fault, f"{more} more of this kind", "begin with those above")]
