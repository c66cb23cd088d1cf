"""A trial cloud as its users meet it: tools/up, tools/down, tools/ssh and the unmodified `openstack` and `aws`.
It never looks into the cloud by another way than these."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance import loaded
from tools.trial import clients
from tools.trial.layout import ROOT
from tools.trial.processes import until

LIMIT_S = 120


@dataclass
class Answer:
    """What a command said and how it ended."""

    status: int
    out: str
    error: str

    @property
    def ok(self) -> bool:
        """True for exit status 0."""
        return self.status == 0


class TrialCloud:
    """One state directory; `arguments` are those of tools/up."""

    def __init__(self, state: Path, *arguments: str) -> None:
        self.state = state
        self._arguments = arguments
        self.told = state.with_name(state.name + "-told")
        self._home = state.with_name(state.name + "-home")
        self._home.mkdir(parents=True, exist_ok=True)

    def up(self) -> str:
        """Start it, or restart what died in it; returns what tools/up printed."""
        return self._tool("up", *self._arguments, limit_s=900)

    def down(self, *arguments: str) -> str:
        """End it; returns what tools/down printed."""
        return self._tool("down", *arguments, limit_s=300)

    def ssh(self, server: str, command: str) -> Answer:
        """A shell command inside a guest."""
        return self._run([str(ROOT / "tools" / "ssh"), "--state", str(self.state), server, command], {})

    def shell(self, script: str) -> str:
        """What a shell script says in the checkout, with both clients on its path; it must succeed."""
        programs = Path(clients.program(ROOT, "aws")).parent
        argv = ["sh", "-euc", f"PATH={programs}:$PATH\n{script}"]
        return _must("sh", (script,), self._run(argv, {}))

    def try_openstack(self, *words: str, cloud: str = "nova-like") -> Answer:
        """The `openstack` command, whatever it answers."""
        environment = {"OS_CLIENT_CONFIG_FILE": str(self.state / "clouds.yaml"), "OS_CLOUD": cloud}
        return self._run([clients.program(ROOT, "openstack"), *words], environment)

    def openstack(self, *words: str, cloud: str = "nova-like") -> str:
        """The `openstack` command's output; it must succeed."""
        return _must("openstack", words, self.try_openstack(*words, cloud=cloud))

    def openstack_json(self, *words: str, cloud: str = "nova-like") -> Any:
        """The same with `-f json`, decoded."""
        return json.loads(self.openstack(*words, "-f", "json", cloud=cloud))

    def openstack_facts(self, *words: str, cloud: str = "nova-like") -> dict[str, Any]:
        """A `Name`/`Value` listing as a dict."""
        return {row["Name"]: row["Value"] for row in self.openstack_json(*words, cloud=cloud)}

    def try_aws(self, *words: str) -> Answer:
        """The `aws` command, whatever it answers."""
        lines = (self.state / "ec2rc").read_text().splitlines()
        exported = dict(word.split("=", 1) for line in lines for word in shlex.split(line)[1:])
        return self._run([clients.program(ROOT, "aws"), *words, "--output", "json"], exported)

    def aws(self, *words: str) -> Any:
        """The `aws` command's decoded output, None when it says nothing; it must succeed."""
        text = _must("aws", words, self.try_aws(*words))
        return json.loads(text) if text.strip() else None

    def instances(self, *words: str) -> list[dict[str, Any]]:
        """Every instance of `aws ec2 describe-instances`, out of its reservation."""
        shown = self.aws("ec2", "describe-instances", *words)
        return [instance for reservation in shown["Reservations"] for instance in reservation["Instances"]]

    def server(self, name: str) -> dict[str, Any]:
        """`openstack server show`."""
        shown = self.openstack_json("server", "show", name)
        assert isinstance(shown, dict)
        return shown

    def wait_for_status(self, name: str, status: str, limit_s: float = LIMIT_S) -> None:
        """Until `openstack server show` says this status."""
        self.wait(lambda: self.server(name)["status"] == status, f"{name} does not become {status}", limit_s)

    @staticmethod
    def wait(condition: Callable[[], object], complaint: str, limit_s: float = LIMIT_S) -> None:
        """Until the condition holds."""
        until(condition, limit_s, complaint, every_s=0.5)

    def pids(self) -> dict[str, int]:
        """The pid of each process that tools/up started: daemons, their supervisor, broker, database; by its name."""
        files = [*(self.state / "run").glob("*.pid"), *self.state.glob("*.pid")]
        return {path.stem: int(path.read_text().split()[0]) for path in sorted(files)}

    def _tool(self, name: str, *words: str, limit_s: float) -> str:
        argv = [str(ROOT / "tools" / name), "--state", str(self.state), *words]
        environment = {**os.environ, **loaded.environment(self.told)}
        done = subprocess.run(
            argv, env=environment, capture_output=True, text=True, timeout=limit_s, stdin=subprocess.DEVNULL
        )
        return _must(f"tools/{name}", words, Answer(done.returncode, done.stdout, done.stdout + done.stderr))

    def _run(self, argv: list[str], environment: dict[str, str]) -> Answer:
        # nothing of the caller's own clouds, profiles or proxies
        clean = {"PATH": os.environ["PATH"], "HOME": str(self._home), "LC_ALL": "C.UTF-8", **environment}
        done = subprocess.run(
            argv, env=clean, cwd=ROOT, capture_output=True, text=True, timeout=2 * LIMIT_S, stdin=subprocess.DEVNULL
        )
        return Answer(done.returncode, done.stdout, done.stderr)


def _must(program: str, words: tuple[str, ...], answer: Answer) -> str:
    assert answer.ok, f"{program} {shlex.join(words)}: exit {answer.status}\n{answer.error}"
    return answer.out
