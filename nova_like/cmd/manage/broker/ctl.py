"""The broker's users by rabbitmqctl. Passwords go by its standard input, never by its arguments."""

import shlex
import subprocess
from typing import Any
from urllib.parse import unquote, urlsplit

from nova_like.model.errors import Unavailable
from nova_like.rpc.permissions import Permissions, TopicPermissions

SECONDS = 60


class Ctl:
    """[bus] rabbitmqctl, a command with its first words."""

    def __init__(self, conf: Any) -> None:
        self._command = shlex.split(conf.bus.rabbitmqctl)
        self._vhost = unquote(urlsplit(conf.bus.url).path[1:]) or "/"

    def put_user(self, name: str, password: str) -> None:
        verb = "change_password" if name in self.users() else "add_user"
        self._run(verb, name, text=f"{password}\n")

    def permit(self, name: str, rights: Permissions, topics: list[TopicPermissions]) -> None:
        self._run("set_permissions", "-p", self._vhost, name, *rights)
        for topic in topics:
            self._run("set_topic_permissions", "-p", self._vhost, name, *topic)

    def users(self) -> set[str]:
        lines = self._run("list_users", "--no-table-headers").splitlines()
        return {line.split("\t")[0] for line in lines if line}

    def drop_user(self, name: str) -> None:
        if name in self.users():
            self._run("delete_user", name)

    def drop_queues(self, names: list[str]) -> None:
        there = self._run("list_queues", "-p", self._vhost, "--no-table-headers", "name").splitlines()
        for name in sorted(set(names) & set(there)):
            self._run("delete_queue", "-p", self._vhost, name)

    def _run(self, *words: str, text: str = "") -> str:
        argv = [*self._command, "-q", *words]
        try:
            done = subprocess.run(argv, input=text, capture_output=True, text=True, timeout=SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"[bus] rabbitmqctl cannot be run: {error}") from None
        if done.returncode:
            said = " ".join((done.stderr or done.stdout).split())[:300]
            raise Unavailable(f"{argv[0]} {words[0]} failed: {said}. It must run on the broker's machine, as root or "
                              "rabbitmq.")  # fmt: skip
        return done.stdout
