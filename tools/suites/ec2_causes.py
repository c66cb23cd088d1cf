"""Why tests of ec2api-tempest-plugin do not pass, by patterns of their names or of what they said last; the first that
fits is taken. The table is data, and a row that is no longer true does no harm: a test that passes is not looked up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from tools.suites.outcome import FAILED, PASSED, SKIPPED, Outcome

# (pattern of the name, pattern of the last words, cause)
CAUSES: tuple[tuple[str, str, str], ...] = (
    (
        "test_check_|test_create_image_from_ebs|test_describe_instance_attributes",
        r"'ebs' != 'instance-store'|(\[\]|False) is not true",
        "no image is made of snapshots of volumes, which are not built yet: an instance starts from a volume of its "
        "image only where ``BlockDeviceMapping`` says so",
    ),
    ("", "not ready in S3", "there is no S3, from which such images come"),
    ("", "flaky test|Some unknown bug", "the suite skips it for reasons of its own"),
    ("napshot", r"InvalidAction", "snapshots of volumes are not built yet"),
    (
        "",
        r"InvalidAction.*(Vpc|Subnet|RouteTable|Gateway|DhcpOptions|NetworkInterface|SecurityGroup|CustomerGateway)",
        "networks of EC2's kind (VPCs, subnets, interfaces, groups, gateways) are not built yet",
    ),
    ("", r"InvalidAction.*(Address)", "elastic addresses are not built yet"),
    ("", r"VPN test as vpnaas", "there is no VPN"),
    ("test_create_image_from_non_ebs_instance", "", "images are made of instances whose disk is the host's, too"),
    ("", r"(AttachVolume|DetachVolume|ModifyVolume) is not supported yet", "the action is not built yet"),
    ("test_public_ip_is_assigned", "", "instances have no public address of their own"),
    ("test_create_encrypted_volume", "Encrypted is not supported", "volumes are not encrypted"),
)


def cause(outcome: Outcome) -> str | None:
    """The cause that the table knows; None when it knows none."""
    for name, words, why in CAUSES:
        if re.search(name, outcome.test) and re.search(words, outcome.words):
            return why
    return None


def unexplained(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Those that failed and have no cause."""
    return [one for one in outcomes if one.status == FAILED and cause(one) is None]


HEAD = """EC2's suite
===========

Made by ``tools/ec2-suite --page``: ec2api-tempest-plugin 1.7.0, the tests of images, instances, their attributes, key
pairs, regions and zones, tags, volumes and paging, those that its own server does not pass included, against a trial
cloud of fake hypervisors. Each test that does not pass stands here with its cause.

"""


def page(outcomes: list[Outcome]) -> str:
    """docs/ec2-suite.rst."""
    lines = [HEAD + ".. list-table::", "   :header-rows: 1", "", *_row("tests of", "tests", PASSED, FAILED, SKIPPED)]
    for part in sorted({_part(one) for one in outcomes}):
        mine = Counter(one.status for one in outcomes if _part(one) == part)
        lines += _row(part, mine.total(), mine[PASSED], mine[FAILED], mine[SKIPPED])
    causes: dict[str, list[str]] = {}
    for one in sorted(outcomes, key=lambda each: each.test):
        if one.status != PASSED:
            causes.setdefault(cause(one) or "not looked into yet", []).append(f"{_short(one)} ({one.status})")
    for why, tests in sorted(causes.items(), key=lambda item: (-len(item[1]), item[0])):
        lines += ["", f"{why} ({len(tests)}):", "", *(f"* {test}" for test in tests)]
    return "\n".join(lines) + "\n"


def _row(*cells: object) -> list[str]:
    return [f"   {'* -' if place == 0 else '  -'} {cell}" for place, cell in enumerate(cells)]


def _part(outcome: Outcome) -> str:
    return outcome.test.split(".")[2].removeprefix("test_").replace("_", " ")


def _short(outcome: Outcome) -> str:
    return f"``{'.'.join(outcome.test.split('.')[-2:])}``"


def text(outcomes: list[Outcome]) -> str:
    """A line for each test that did not pass, with its cause, and the figures."""
    lines = []
    for one in outcomes:
        if one.status != PASSED:
            lines.append(
                f"{one.status:8} {one.test}\n         {cause(one) or 'no cause known: ' + one.last_line[:300]}"
            )
    counts = Counter(one.status for one in outcomes)
    lines.append(f"{len(outcomes)} tests: " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    return "\n".join(lines)
