"""The commands of nouns.py, made out of its table: `things:project.create` and so on. What they send is judged by the
API itself (inner.py)."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from nova_like.cmd.manage.base import One, Plain, Table
from nova_like.cmd.manage.inner import chosen
from nova_like.cmd.manage.nouns import NOUNS, Noun, Option
from nova_like.model.errors import Fault, Invalid


class _Of:
    """A command of one noun."""

    noun: Noun
    name: str
    app: Any

    @property
    def api(self) -> Any:
        if not hasattr(self, "_api"):
            from nova_like.cmd.manage.inner import operator

            self._api = operator(self.app)
        return self._api

    def _options(self, parser: Any, options: tuple[Option, ...]) -> Any:
        for option in options:
            if option.kind in ("yes", "no"):
                parser.add_argument(option.flag, action="store_true", help=option.help)
            else:
                parser.add_argument(option.flag, default=option.default, required=option.required, help=option.help,
                                    type=int if option.kind == "number" else str)  # fmt: skip
        return parser

    def _values(self, args: Any, options: tuple[Option, ...]) -> dict[str, Any]:
        """What the options say, by the API's names."""
        said = {option: getattr(args, option.flag[2:].replace("-", "_")) for option in options}
        return {
            option.key: _value(option, text) for option, text in said.items() if text is not None and text is not False
        }

    def _wrapped(self, values: dict[str, Any]) -> dict[str, Any]:
        return {self.noun.key: values} if self.noun.key else values

    def _bare(self, answer: Any) -> dict[str, Any]:
        facts = answer[self.noun.key] if self.noun.key else answer
        hidden = ("links", "schema", "file", "self")
        return {name: value for name, value in facts.items() if name not in hidden}

    def _all(self) -> Any:
        noun = self.noun
        return self.api.all(noun.api, noun.path + noun.details, noun.many, **noun.query)

    def _path(self, which: str) -> str:
        """The path of the one that has this id or name. Raises Fault."""
        return f"{self.noun.path}/{quote(chosen(self._all(), self.name, which), safe='')}"


class List(_Of, Table):
    """All of them."""

    def work(self, args: Any) -> Any:
        columns = self.noun.columns
        return columns, [tuple(row.get(column) for column in columns) for row in self._all()]


class _Named(_Of):
    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)  # type: ignore[misc]
        parser.add_argument(self.name, help="id or name")
        return parser

    def _which(self, args: Any) -> str:
        return self._path(getattr(args, self.name))


class Show(_Named, One):
    """All facts of one."""

    def work(self, args: Any) -> dict[str, Any]:
        return self._bare(self.api.ask(self.noun.api, "GET", self._which(args)))


class Delete(_Named, Plain):
    """Delete one; refused where the API would refuse it."""

    def work(self, args: Any) -> None:
        self.api.ask(self.noun.api, "DELETE", self._which(args))


class Set(_Named, One):
    """Change one; what is not said stays as it is."""

    def get_parser(self, prog_name: str) -> Any:
        return self._options(super().get_parser(prog_name), self.noun.change)

    def work(self, args: Any) -> dict[str, Any]:
        noun, values, path = self.noun, self._values(args, self.noun.change), self._which(args)
        if not values:
            raise Invalid("Nothing was changed: say what to set.")
        if noun.form != "json-patch":
            return self._bare(self.api.ask(noun.api, noun.form, path, self._wrapped(values)))
        changes = [{"op": "replace", "path": f"/{key}", "value": value} for key, value in values.items()]
        kind = "application/openstack-images-v2.1-json-patch"
        return self._bare(self.api.ask(noun.api, "PATCH", path, changes, kind=kind))


class Create(_Of, One):
    """Make one, validated as the API does."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("name")
        if self.name == "image":
            parser.add_argument("--file", help="its data; without, it stays queued")
        if self.name == "user":
            parser.add_argument("--project", help="id or name of one that it gets a role on")
            parser.add_argument("--role", default="member", help="which role")
        return self._options(parser, self.noun.create)

    def work(self, args: Any) -> dict[str, Any]:
        noun = self.noun
        body = self._wrapped({"name": args.name, **self._values(args, noun.create)})
        made = self._bare(self.api.ask(noun.api, "POST", noun.path, body))
        if getattr(args, "file", None):
            self._upload(made["id"], args.file)
            return self._bare(self.api.ask(noun.api, "GET", f"{noun.path}/{made['id']}"))
        if getattr(args, "project", None):
            from nova_like.cmd.manage.users import grant

            grant(self.api, made["id"], args.project, args.role)
        return made

    def _upload(self, id: str, path: str) -> None:
        try:
            with Path(path).open("rb") as data:
                self.api.ask("image", "PUT", f"{self.noun.path}/{id}/file", data=data)
        except (OSError, Fault) as error:
            self.api.ask("image", "DELETE", f"{self.noun.path}/{id}")
            raise Fault(f"{path}: {getattr(error, 'reason', error)}") from None


def _value(option: Option, text: Any) -> Any:
    if option.kind == "file":
        try:
            return Path(text).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid(f"{option.flag} {text}: {error}") from None
    return option.kind == "yes" if option.kind in ("yes", "no") else text


_VERBS = {"create": Create, "list": List, "show": Show, "set": Set, "delete": Delete}


def command(target: str) -> type:
    """The class of `project.create`."""
    name, _, verb = target.partition(".")
    base = _VERBS[verb]
    facts = {"noun": NOUNS[name], "name": name, "__doc__": f"{name.capitalize()}s: {(base.__doc__ or '')}",
             "__module__": __name__}  # fmt: skip
    return type(f"{name.capitalize()}{base.__name__}", (base,), facts)
