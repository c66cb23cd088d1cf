"""S24, S29, S30, S41: what gets out: log lines, links, error bodies, and secrets in any of them."""

import contextlib
import logging
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import sqlalchemy as sa
from webob import Request

from tests.functional.hostile import signing
from tests.functional.sweep_entries import ENTRIES, INSIDE
from tests.functional.sweep_world import World

Breaches = list[str]
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
ODD = ("a\r\nFORGED", "a\x1b[31mred", "a\u2028b", "%n%s%x", "{0}{request}", "a\x00b", "x" * 5000, "\x85next", "\x9b31m")
LISTED = {
    "identity": "/identity/v3/auth/projects", "compute": "/compute/v2.1/flavors", "image": "/image/v2/images",
    "network": "/network/v2.0/networks", "volume": "/volume/v3/volumes",
}  # fmt: skip


@contextlib.contextmanager
def logged() -> Iterator[list[str]]:
    """Everything that is logged meanwhile, as it would be written."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler, root = Keep(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def check_log_lines(world: World) -> Breaches:
    """S24: one request, one short line, whatever it is made of."""
    found = []
    for odd in ODD:
        with logged() as lines:
            for path in (
                f"/compute/v2.1/servers/{quote(odd)}",
                f"/{quote(odd)}",
                f"/image/v2/images?name={quote(odd)}",
            ):
                world.cloud.call("GET", path, "alice")
            world.cloud.call("POST", "/volume/v3/volumes", "alice", {"volume": {"size": 1, "name": odd}})
            world.cloud.login(odd, odd)
            head = odd.encode("utf-8", "replace").decode("latin-1").replace("\r\n", " ")
            world.cloud.call("GET", "/network/v2.0/networks", "alice", User_Agent=head, X_OpenStack_Request_ID=head)
        ours = [line for line in lines if "Traceback" not in line]
        found += [f"{odd[:20]!r}: {line[:80]!r}" for line in ours if CONTROL.search(line) or len(line) > 1000]
        if len(ours) < 6:
            found.append(f"{odd[:20]!r}: {len(ours)} lines")
        world.restore()
    return found


def check_links(world: World) -> Breaches:
    """S29: links are made of the configured address, whatever the client calls the host."""
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "evil.example",
              "Forwarded": "host=evil.example", "X-Original-URL": "//evil.example", "Accept": "text/html"}  # fmt: skip
    found = []
    for entry in ENTRIES:
        if entry.route.method != "GET":
            continue
        got = world.ask(entry, "alice", {**world.theirs.ids, "flavor": "1"}, headers=forged)
        if "evil.example" in got.text or "evil.example" in repr(got.headerlist) or "html" in (got.content_type or ""):
            found.append(str(entry))
    return found


SECRET = 'canary-Traceback File "/nova_like/db.py" SELECT password FROM users [SQL: x] hunter2'  # noqa: S105


def check_error_bodies(world: World) -> Breaches:
    """S30: a defect of ours, or the database's words, are in the log under the request's id, never in the answer."""
    found = []
    for error in (RuntimeError(SECRET), sa.exc.ProgrammingError(SECRET, {}, Exception(SECRET)), KeyError(SECRET)):
        for api, path in LISTED.items():
            with _broken(world, error), logged() as lines:
                got = world.cloud.call("GET", path, "alice")
            ours = got.status_int == 500 and got.content_type == "application/json" and len(got.json) in (1, 3)
            if "hunter2" in got.text or INSIDE.search(got.text) or not ours:
                found.append(f"{api} says {got.text[:100]}")
            if not any("hunter2" in line for line in lines):
                found.append(f"{api} keeps it to itself")
        with _broken(world, error):
            got = signing.signed(world).get_response(world.cloud.app)
        if "hunter2" in got.text or "<Code>InternalError</Code>" not in got.text:
            found.append(f"EC2 says {got.text[:100]}")
    return found


@contextlib.contextmanager
def _broken(world: World, error: Exception) -> Iterator[None]:
    """The policy, which every verb asks first, raises `error`."""

    def fail(*args: Any, **more: Any) -> Any:
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(world.cloud.services.policy), "check", fail)
        patch.setattr(type(world.cloud.services.identity.directory), "own_projects", fail)
        yield


def check_secrets(world: World) -> Breaches:
    """S41: passwords, tokens, secrets and private keys are in no row, no file and no log line."""
    cloud, secrets = world.cloud, dict[str, str]()
    with logged() as lines:
        secrets["password"] = "alice-password"
        secrets["wrong password"] = "canary-wrong-password"
        token = cloud.login("alice").headers["X-Subject-Token"]
        cloud.login("alice", secrets["wrong password"])
        secrets["token"] = token
        path = f"/identity/v3/users/{world.theirs.ids['user']}/credentials/OS-EC2"
        body = {"tenant_id": world.theirs.ids["project"]}
        made = cloud.call("POST", path, token, body, Idempotency_Key="one").json["credential"]
        secrets["EC2 secret"] = made["secret"]
        form = {**signing.FORM, "AWSAccessKeyId": made["access"], "Signature": "canary-signature"}
        Request.blank(signing.URL, POST=form).get_response(cloud.app)
        Request.blank(f"{signing.URL}?{urlencode(form)}").get_response(cloud.app)
        secrets["signature"] = "canary-signature"
        signing.signed(world).get_response(cloud.app)
        path = f"/identity/v3/users/{world.theirs.ids['user']}/application_credentials"
        robot = cloud.call("POST", path, token, {"application_credential": {"name": "canary"}}, Idempotency_Key="four")
        secrets["application credential"] = robot.json["application_credential"]["secret"]
        told = {"id": robot.json["application_credential"]["id"], "secret": secrets["application credential"]}
        for secret in (told["secret"], "canary-guess"):
            named = {"methods": ["application_credential"], "application_credential": {**told, "secret": secret}}
            cloud.call("POST", "/identity/v3/auth/tokens", json={"auth": {"identity": named}})
        secrets["guessed secret"], secrets["blob"] = "canary-guess", "canary0blob"
        blob = {"credential": {"type": "totp", "blob": secrets["blob"]}}
        cloud.call("POST", "/identity/v3/credentials", token, blob, Idempotency_Key="five")
        key = cloud.call("POST", "/compute/v2.1/os-keypairs", token, {"keypair": {"name": "canary"}},
                         Idempotency_Key="two").json["keypair"]  # fmt: skip
        secrets["private key"] = key["private_key"].splitlines()[3]
        server = {"name": "n", "imageRef": world.theirs.ids["image"], "flavorRef": "1", "adminPass": "canary-admin",
                  "networks": [{"uuid": world.theirs.ids["network"]}]}  # fmt: skip
        cloud.call("POST", "/compute/v2.1/servers", token, {"server": server}, Idempotency_Key="three")
        secrets["server password"] = "canary-admin"
        cloud.call("DELETE", "/identity/v3/auth/tokens", token, X_Subject_Token=token)
        cloud.call("GET", f"/compute/v2.1/servers?x={secrets['token']}", "x" * 30)
    files = [data for path, data in world._all_files().items() if "keys" not in path.parts]
    kept = {"a log line": "\n".join(lines), "a row": repr(world._all_rows()), "a file": repr(files)}
    world.restore()
    return [f"the {name} is in {place}" for name, secret in secrets.items() for place, text in kept.items()
            if secret in text]  # fmt: skip
