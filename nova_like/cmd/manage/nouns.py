"""What `create`, `list`, `show`, `set` and `delete` of a project, user, flavor or image mean: data only. things.py
makes commands of it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Option:
    """An option of a command: `key` of the API's body, and what its text becomes ("text", "number", "yes", "no",
    "file" whose content it is)."""

    flag: str
    key: str
    kind: str = "text"
    help: str = ""
    default: str | int | bool | None = None
    required: bool = False


@dataclass(frozen=True)
class Noun:
    """`api` and `path` of the API; `key` of one in a body (empty: the body is the thing); `form` of a change: PATCH,
    PUT, or `json-patch`."""

    api: str
    path: str
    key: str
    many: str
    columns: tuple[str, ...]
    create: tuple[Option, ...]
    change: tuple[Option, ...]
    form: str = "PATCH"
    details: str = ""  # below `path`, where a list has all of each
    query: dict[str, str] = field(default_factory=dict)
    verbs: tuple[str, ...] = ("create", "list", "show", "set", "delete")


def _state(key: str = "enabled") -> tuple[Option, ...]:
    return (Option("--enable", key, "yes"), Option("--disable", key, "no"))


DESCRIPTION = Option("--description", "description")
PASSWORD = Option("--password-file", "password", "file", "its content is the password")
DOMAIN = Option("--domain", "domain_id", help="id of the domain", default="default")
VISIBILITY = Option("--visibility", "visibility", help="public, private, shared or community", default="private")
SIZES = (Option("--min-disk", "min_disk", "number", "GiB"), Option("--min-ram", "min_ram", "number", "MiB"))

NOUNS = {
    "project": Noun(
        "identity", "/v3/projects", "project", "projects", ("id", "name", "domain_id", "enabled", "description"),
        (DOMAIN, DESCRIPTION, Option("--parent", "parent_id"), *_state()),
        (Option("--name", "name"), DESCRIPTION, *_state()),
    ),
    "user": Noun(
        "identity", "/v3/users", "user", "users", ("id", "name", "domain_id", "enabled", "email"),
        (DOMAIN, PASSWORD, DESCRIPTION, Option("--email", "email"), *_state()),
        (Option("--name", "name"), PASSWORD, DESCRIPTION, Option("--email", "email"), *_state()),
    ),
    "flavor": Noun(
        "compute", "/v2.1/flavors", "flavor", "flavors",
        ("id", "name", "vcpus", "ram", "disk", "os-flavor-access:is_public", "extra_specs"),
        (
            Option("--id", "id"), Option("--vcpus", "vcpus", "number", required=True),
            Option("--ram", "ram", "number", "MiB", required=True),
            Option("--disk", "disk", "number", "GiB", required=True),
            Option("--ephemeral", "OS-FLV-EXT-DATA:ephemeral", "number", "GiB"),
            Option("--swap", "swap", "number", "MiB"), DESCRIPTION,
            Option("--private", "os-flavor-access:is_public", "no", "for no project until it is given access"),
        ),
        (DESCRIPTION,), "PUT", details="/detail", query={"is_public": "None"},
    ),
    "image": Noun(
        "image", "/v2/images", "", "images", ("id", "name", "status", "visibility", "disk_format", "size"),
        (
            Option("--disk-format", "disk_format", default="qcow2"),
            Option("--container-format", "container_format", default="bare"), VISIBILITY, *SIZES,
            Option("--protected", "protected", "yes"),
        ),
        (
            Option("--name", "name"), Option("--visibility", "visibility"), *SIZES,
            Option("--protected", "protected", "yes"), Option("--unprotected", "protected", "no"),
        ),
        "json-patch",
    ),
}  # fmt: skip
