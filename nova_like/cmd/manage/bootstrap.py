"""bootstrap: the first facts of a cloud. May be run again; it changes only what differs."""

from pathlib import Path
from typing import Any

from nova_like.cmd.manage.base import Plain
from nova_like.model.errors import Invalid


class Bootstrap(Plain):
    """Make domain, roles, the admin, the service catalogue, default flavors, and perhaps a first project."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("--admin-password-file", required=True, metavar="FILE")
        parser.add_argument("--public-url", help="URL of the API as clients reach it; [api] public_url unless told")
        parser.add_argument("--region", help="[api] region unless told")
        parser.add_argument("--demo-project", default="demo")
        parser.add_argument("--demo-user", default="demo")
        parser.add_argument("--demo-password-file", metavar="FILE", help="makes that user, a member of that project")
        return parser

    def work(self, args: Any) -> None:
        from nova_like.services import bootstrap

        conf = self.app.conf
        url = args.public_url or conf.api.public_url
        if not url:
            raise Invalid("Give --public-url, or set [api] public_url.")
        people = [bootstrap.Person("admin", "admin", _secret(args.admin_password_file), ("admin",), system=True)]
        if args.demo_password_file:
            people.append(bootstrap.Person(args.demo_user, args.demo_project, _secret(args.demo_password_file)))
        for line in bootstrap.run(self.app.database, conf, people, url, args.region or conf.api.region):
            self.app.stdout.write(f"{line}\n")


def _secret(path: str) -> str:
    """A password out of a file; the line's end is no part of it."""
    try:
        text = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{path}: {error}") from None
    if not text:
        raise Invalid(f"{path} is empty")
    return text
