"""quota set: limits of one project."""

from typing import Any

from nova_like.cmd.manage.base import Plain
from nova_like.conf.quota import DEFAULTS
from nova_like.db import quotas
from nova_like.model.errors import Invalid


class Set(Plain):
    """Set limits of a project: `quota set PROJECT_ID instances=100 cores=-1` (-1: none)."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("project", help="id of the project")
        parser.add_argument("limits", nargs="+", metavar="NAME=NUMBER")
        return parser

    def work(self, args: Any) -> None:
        values = dict(_parsed(text) for text in args.limits)
        self.app.database.transact(lambda tx: quotas.set_limits(tx, args.project, values))


def _parsed(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if name not in DEFAULTS or not number.lstrip("-").isdigit() or int(number) < -1:
        raise Invalid(f"{text!r} is not NAME=NUMBER with a NAME out of {', '.join(DEFAULTS)}")
    return name, int(number)
