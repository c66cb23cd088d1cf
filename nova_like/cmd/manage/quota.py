"""quota show, set: limits of one project."""

from typing import Any

from nova_like.cmd.manage.base import Plain, Table
from nova_like.cmd.manage.inner import Inner, chosen, operator
from nova_like.conf.quota import DEFAULTS
from nova_like.model.errors import Invalid


def _project(parser: Any) -> Any:
    parser.add_argument("project", help="id or name of the project")
    return parser


def _id(api: Inner, which: str) -> str:
    return chosen(api.all("identity", "/v3/projects", "projects"), "project", which)


class Show(Table):
    """What a project may have, and has."""

    def get_parser(self, prog_name: str) -> Any:
        return _project(super().get_parser(prog_name))

    def work(self, args: Any) -> Any:
        api = operator(self.app)
        limits, used = api.services.limits.show(api.context, _id(api, args.project))
        return ("resource", "limit", "used"), [(name, limit, used.get(name, 0)) for name, limit in limits.items()]


class Set(Plain):
    """Set limits of a project: `quota set PROJECT instances=100 cores=-1` (-1: none)."""

    def get_parser(self, prog_name: str) -> Any:
        parser = _project(super().get_parser(prog_name))
        parser.add_argument("limits", nargs="+", metavar="NAME=NUMBER")
        return parser

    def work(self, args: Any) -> None:
        api, values = operator(self.app), dict(_parsed(text) for text in args.limits)
        api.services.limits.set(api.context, _id(api, args.project), values)


def _parsed(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if name not in DEFAULTS or not number.lstrip("-").isdigit() or int(number) < -1:
        raise Invalid(f"{text!r} is not NAME=NUMBER with a NAME out of {', '.join(DEFAULTS)}")
    return name, int(number)
