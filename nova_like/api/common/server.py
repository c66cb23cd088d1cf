"""The dialects mounted by api-paste.ini. Serves no socket (cmd/api.py does); gives requests nothing (front.py does)."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from paste.deploy import loadapp

SHIPPED = "etc/nova_like/api-paste.ini"


class UrlMap:
    """Sends a request to the application mounted at the first segment of its path, as a composite of api-paste.ini."""

    def __init__(self, apps: dict[str, Any]) -> None:
        self._apps = {path.rstrip("/"): app for path, app in apps.items()}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        head = "/" + path.lstrip("/").split("/", 1)[0]
        if head not in self._apps or not path.startswith("/") or path.startswith("//"):
            return self._apps[""](environ, start_response)
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + head
        environ["PATH_INFO"] = path[len(head) :]
        return self._apps[head](environ, start_response)


def urlmap(loader: Any, global_conf: dict[str, Any], **mounts: str) -> UrlMap:
    """The composite factory: `/path = name of an app or pipeline`; `/` is needed, and takes what nobody else does."""
    return UrlMap({path: loader.get_app(name, global_conf=global_conf) for path, name in mounts.items()})


def paste_path(conf: Any) -> str:
    """The api-paste.ini that `[api] paste_config` names, or the shipped one."""
    if conf.api.paste_config:
        return str(Path(conf.api.paste_config).resolve())
    places = (Path(__file__).parents[3] / SHIPPED, Path(sys.prefix) / SHIPPED, Path("/") / SHIPPED)
    found = next((path for path in places if path.is_file()), places[0])
    return str(found)


def load(conf: Any) -> Callable[..., Iterable[bytes]]:
    """The application of all dialects. Raises LookupError or OSError when the paste file does not say it."""
    return loadapp(f"config:{paste_path(conf)}", name="main")
