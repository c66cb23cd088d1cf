"""user grant, revoke: a user's role on a project."""

from typing import Any

from nova_like.cmd.manage.base import Plain
from nova_like.cmd.manage.inner import Inner, chosen, operator


class Grant(Plain):
    """Give a user a role on a project; done again it changes nothing."""

    method = "PUT"

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("user", help="id or name")
        parser.add_argument("--project", required=True, help="id or name")
        parser.add_argument("--role", default="member", help="id or name")
        return parser

    def work(self, args: Any) -> None:
        api = operator(self.app)
        user = chosen(api.all("identity", "/v3/users", "users"), "user", args.user)
        grant(api, user, args.project, args.role, self.method)


class Revoke(Grant):
    """Take a role on a project from a user."""

    method = "DELETE"


def grant(api: Inner, user_id: str, project: str, role: str, method: str = "PUT") -> None:
    """Give a user's role on a project, or take it (DELETE); both by id or name. Raises Fault."""
    project_id = chosen(api.all("identity", "/v3/projects", "projects"), "project", project)
    role_id = chosen(api.all("identity", "/v3/roles", "roles"), "role", role)
    api.ask("identity", method, f"/v3/projects/{project_id}/users/{user_id}/roles/{role_id}")
