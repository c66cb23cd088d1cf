"""Debian's headless Chromium, unpacked and never installed, and what one page in it shows, by the DevTools protocol.
Test code; it knows nothing of clouds and consoles."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

from websockets.sync.client import ClientConnection, connect

from tools.trial import debs, processes

_PACKAGE = "chromium-headless-shell"
_PROGRAM = Path("usr/lib/chromium") / _PACKAGE
_PATIENCE_S = 120
_OPTIONS = (
    "--no-sandbox",  # root may not have one
    "--no-zygote", "--disable-gpu", "--disable-dev-shm-usage", "--disable-crash-reporter", "--no-proxy-server",
    "--disable-background-networking", "--remote-debugging-port=0", "--window-size=1600,1300",
)  # fmt: skip


class Page:
    """The one page of a browser."""

    def __init__(self, devtools: ClientConnection) -> None:
        self._devtools, self._asked = devtools, 0

    def evaluate(self, expression: str) -> Any:
        """The JSON value of a Javascript expression in the page; its exception fails the test."""
        self._asked += 1
        asked = {"expression": expression, "returnByValue": True}
        self._devtools.send(json.dumps({"id": self._asked, "method": "Runtime.evaluate", "params": asked}))
        while (answer := json.loads(self._devtools.recv(timeout=_PATIENCE_S))).get("id") != self._asked:
            pass  # an event
        assert "exceptionDetails" not in answer.get("result", {"exceptionDetails": answer}), answer
        return answer["result"]["result"].get("value")


@contextmanager
def shows(address: str, home: Path) -> Iterator[Page]:
    """A browser with this page, which ends with the block; its files are in `home`, which is made."""
    root = debs.unpacked("chromium", [_PACKAGE], along=True)
    assert root is not None, f"apt has no {_PACKAGE}"
    log = home / "browser.log"
    argv = [str(root / _PROGRAM), *_OPTIONS, f"--user-data-dir={home / 'profile'}", address]
    pid = processes.spawn(argv, log, env=_environment(root, home))
    try:
        with connect(_devtools(pid, home / "profile", log), proxy=None, open_timeout=_PATIENCE_S) as devtools:
            yield Page(devtools)
    finally:
        children = processes.descendants(pid)
        processes.end([pid])  # which ends its children
        processes.end(children)


def _environment(root: Path, home: Path) -> dict[str, str]:
    """Its libraries are beside it as far as the machine has none; nothing of the caller's."""
    libraries = sorted({str(path.parent) for path in root.rglob("*.so*")})
    fonts = {} if Path("/etc/fonts/fonts.conf").exists() else {"FONTCONFIG_SYSROOT": str(root)}
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LD_LIBRARY_PATH": ":".join(libraries), **fonts}


def _devtools(pid: int, profile: Path, log: Path) -> str:
    """The page's own websocket, once the browser has chosen a port and opened the page."""
    found: list[str] = []

    def there() -> bool:
        assert processes.alive(pid), f"the browser is gone: {log.read_text()[-2000:]}"
        chosen = profile / "DevToolsActivePort"
        lines = chosen.read_text().splitlines() if chosen.exists() else []
        if len(lines) == 2:
            with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{lines[0]}/json/list", timeout=60) as answer:
                found[:] = [row["webSocketDebuggerUrl"] for row in json.load(answer) if row["type"] == "page"]
        return bool(found)

    processes.until(there, _PATIENCE_S, "the browser opens no page")
    return found[0]
