"""What users' programs do: requests in both dialects, over a network that may cut them off before or after their
effect."""

import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from greenlet import getcurrent
from webob import Request

from nova_like.api.ec2 import signature
from tests.simulation.loop import Loop, Process
from tests.simulation.template import Template

PATIENCE_SECONDS = 60.0
REGION = "RegionOne"


@dataclass
class Answer:
    """`status` 0: no API took the request; -1: it was cut off, and nobody knows what became of it."""

    status: int
    body: Any = None  # native: the decoded JSON; EC2: the XML's root, without name spaces
    text: str = ""
    headers: Any = None

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def unsure(self) -> bool:
        """Nobody can say whether it was done; 503 may be said after a commit whose answer was lost."""
        return self.status in (-1, 503)

    @property
    def refused(self) -> bool:
        return 400 <= self.status < 500


@dataclass
class Wire:
    """The users' network: shares of requests that are cut off on the way there, and of answers on the way back."""

    lost_before: float = 0.0
    lost_after: float = 0.0


class Client:
    """`apis` gives the API processes that run now, with their applications."""

    def __init__(self, loop: Loop, template: Template, apis: Callable[[], list[tuple[Process, Any]]]) -> None:
        self._loop, self._template, self._apis = loop, template, apis
        self.wire = Wire()

    def native(
        self, user: str, method: str, path: str, body: Any = None, version: str = "2.60", key: str | None = None
    ) -> Answer:
        """`key` is an idempotency key."""
        request = Request.blank(path, method=method, base_url="http://cloud")
        request.headers["X-Auth-Token"] = self._template.tokens[user]
        request.headers["OpenStack-API-Version"] = f"compute {version}"
        if key is not None:
            request.headers["Idempotency-Key"] = key
        if body is not None:
            request.body = body if isinstance(body, bytes) else json.dumps(body).encode()
            request.content_type = "application/json"
        answer = self.ask(request, f"{user} {method} {path}")
        if answer.text.startswith(("{", "[")):
            answer.body = json.loads(answer.text)
        return answer

    def ec2(self, project: str, action: str, **parameters: Any) -> Answer:
        fields = {"Action": action, "Version": "2016-11-15", **parameters}
        answer = self.ask(self._signed(project, urlencode(fields).encode()), f"{project} {action}")
        if answer.text.startswith("<"):
            answer.body = _plain(answer.text)
        return answer

    def _signed(self, project: str, body: bytes) -> Request:
        access, secret = self._template.keys[project]
        now = datetime.datetime.fromtimestamp(self._loop.seconds, datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
        request = Request.blank("/ec2/", method="POST", base_url="http://cloud")
        request.body, request.content_type = body, "application/x-www-form-urlencoded"
        request.headers["X-Amz-Date"] = now
        names = ("content-type", "host", "x-amz-date")
        claim = signature.Claim(access, now[:8], REGION, "ec2", now, names, "")
        asked = signature.Request("POST", "/ec2/", [], {name: request.headers[name] for name in names}, body)
        request.headers["Authorization"] = (
            f"{signature.ALGORITHM} Credential={access}/{claim.scope}, SignedHeaders={';'.join(names)}, "
            f"Signature={signature.sign(asked, claim, secret)}"
        )
        return request

    def ask(self, request: Request, told: str) -> Answer:
        """Of any API that runs; it may be cut off."""
        apis = self._apis()
        if not apis:
            return Answer(0)
        process, app = self._loop.dice.choice(apis)
        if self._loop.dice.random() < self.wire.lost_before:
            return Answer(-1)
        call = _Call(self._loop, process)
        self._loop.start(process, call.serve, request, app)
        answer = call.wait()
        if self._loop.dice.random() < self.wire.lost_after:
            answer = Answer(-1)
        self._loop.say(f"{process} {told}: {answer.status}")
        return answer


class _Call:
    """One request in one process, and the task that waits for its answer."""

    def __init__(self, loop: Loop, process: Process) -> None:
        self._loop, self._process, self._task = loop, process, getcurrent()
        self._answer: Answer | None = None

    def serve(self, request: Request, app: Any) -> None:
        response = request.get_response(app)
        self._end(Answer(response.status_int, text=response.text, headers=response.headers))

    def wait(self) -> Answer:
        self._process.on_death.append(self._cut)
        self._loop.sleep(PATIENCE_SECONDS)
        self._answer = self._answer or Answer(-1)
        if self._cut in self._process.on_death:
            self._process.on_death.remove(self._cut)
        return self._answer

    def _cut(self) -> None:
        self._end(Answer(-1))

    def _end(self, answer: Answer) -> None:
        if self._answer is None:
            self._answer = answer
            self._loop.resume(self._task)  # type: ignore[arg-type]


def _plain(text: str) -> ElementTree.Element:
    root = ElementTree.fromstring(text)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root
