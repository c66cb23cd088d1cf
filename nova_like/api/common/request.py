"""A request as handlers see it. What it carries was put into the WSGI environment by the outer layers."""

from typing import Any

import webob

from nova_like.model.context import Context
from nova_like.model.errors import Invalid, Unauthenticated

CONTEXT = "nova_like.context"
NO_CONTEXT = "nova_like.no_context"  # the fault that a token could not be looked at for
REFUSED = "nova_like.refused"  # the fault for which an outer layer will not have the request served
SERVICES = "nova_like.services"
CONF = "nova_like.conf"
BODY = "nova_like.body"
BASES = "nova_like.bases"
MICROVERSION = "nova_like.microversion"
TRUE = {"1", "t", "true", "on", "y", "yes"}
FALSE = {"0", "f", "false", "off", "n", "no"}


class Request(webob.Request):
    """`body_json` is the validated body; `microversion` a pair of numbers, (0, 0) where the API has none."""

    @property
    def ctx(self) -> Context:
        """The caller. Raises Unauthenticated where the pipeline let somebody in without a token, Unavailable where the
        token could not be looked at."""
        ctx = self.environ.get(CONTEXT)
        if ctx is None:
            raise self.environ.get(NO_CONTEXT) or Unauthenticated("The request you have made requires authentication.")
        return ctx

    @property
    def services(self) -> Any:
        return self.environ[SERVICES]

    @property
    def conf(self) -> Any:
        return self.environ[CONF]

    @property
    def body_json(self) -> Any:
        return self.environ.get(BODY)

    @property
    def microversion(self) -> tuple[int, int]:
        return self.environ.get(MICROVERSION, (0, 0))

    def base(self, api: str = "") -> str:
        """The public URL of an API without a slash at its end: `base("compute")` is http://host:port/compute."""
        known: dict[str, str] = self.environ.setdefault(BASES, {})  # a page of servers asks thousands of times
        if api not in known:
            conf = self.environ.get(CONF)
            root = (conf.api.public_url if conf is not None else None) or self.host_url
            known[api] = root.rstrip("/") + (f"/{api}" if api else "")
        return known[api]

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean of the query string; given without a value it is true. Raises Invalid for anything else."""
        text = self.GET.get(name)
        if text is None:
            return default
        if text == "" or text.lower() in TRUE:
            return True
        if text.lower() in FALSE:
            return False
        raise Invalid(f"Invalid value '{text[:64]}' for {name}: a boolean is needed.", field=name)

    def number(self, name: str, default: int | None = None, minimum: int = 0) -> int | None:
        """An integer of the query string, not below `minimum`. Raises Invalid for anything else."""
        text = self.GET.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.lstrip("-").isdigit() and len(text) < 16) or int(text) < minimum:
            raise Invalid(f"Invalid input for query parameter {name}: '{text[:64]}'.", field=name)
        return int(text)
