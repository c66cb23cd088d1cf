"""The command: makes all checks, prints what they found. Knows no fault."""

import json
from typing import Any

from nova_like.cmd.manage.base import Plain
from nova_like.cmd.manage.doctor.finding import Finding, Skipped, shortened
from nova_like.cmd.manage.doctor.patient import Patient


class Doctor(Plain):
    """Look for faults: prints a line for each with its evidence and remedy. Status 1 when there are any."""

    own_format = True

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("-f", "--format", choices=["text", "json"], default="text")
        return parser

    def work(self, args: Any) -> int:
        app = self.app
        patient = Patient(app.conf, list(app.options.config_file), lambda: app.database)
        found, skipped = examine(patient)
        say = app.stdout.write
        if args.format == "json":
            say(json.dumps({"findings": [finding._asdict() for finding in found], "skipped": skipped}, indent=2) + "\n")
        else:
            say("".join(f"{finding}\n" for finding in found))
            say("".join(f"not checked: {name}: {why}\n" for name, why in skipped.items()))
            say(f"{len(found)} faults\n" if found else "no fault found\n")
        return 1 if found else 0


def examine(patient: Patient) -> tuple[list[Finding], dict[str, str]]:
    """(findings, {check that could not be made: why})."""
    from nova_like.cmd.manage.doctor.table import CHECKS

    found: list[Finding] = []
    skipped: dict[str, str] = {}
    for name, check in CHECKS.items():
        try:
            found += shortened(check(patient))
        except Skipped as why:
            skipped[name] = str(why)
        except Exception as error:  # one check's trouble must not hide what the others see
            found.append(Finding("check broken", f"{name}: {type(error).__name__}: {error}", "report it as a defect"))
    return found, skipped
