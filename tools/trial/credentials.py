"""Passwords, keys and ports of one trial cloud: made once, kept with mode 0600 under DIR/secrets, never printed."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from tools.trial import ports, settings
from tools.trial.layout import Layout
from tools.trial.processes import run

REGION = "RegionOne"
PROJECT = USER = "demo"
CONTROLLER = "controller"


class Credentials:
    """What is random in a trial cloud."""

    def __init__(self, layout: Layout) -> None:
        self._dir = layout.secrets
        self._kept_in = layout.secrets / "cloud.json"
        self._kept = settings.load(self._kept_in)

    def make(self) -> None:
        """Make what is missing, files for the daemons included."""
        self._kept.setdefault("api_port", ports.free()[0])
        self._kept.setdefault("web_port", ports.free()[0])
        self._kept.setdefault("console_port", ports.free()[0])
        for name in ("admin", "demo", "link", "master"):
            self._kept.setdefault(name, secrets.token_hex(16 if name != "master" else 32))
        self._kept.setdefault("bus", {})
        settings.save(self._kept_in, self._kept)
        for name in ("admin", "demo"):
            settings.write_secret(self.password_file(name), self._kept[name] + "\n")
        settings.write_secret(self.master_key_file, self._kept["master"] + "\n")
        key = self._dir / "id_ed25519"
        if not key.exists():
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "trial", "-f", str(key)])

    @property
    def api_port(self) -> int:
        """The port of all dialects."""
        return int(self._kept["api_port"])

    @property
    def web_port(self) -> int:
        """Where a suite may serve images that the cloud downloads; nobody listens there else."""
        return int(self._kept["web_port"])

    @property
    def console_port(self) -> int:
        """The port of the console proxy."""
        return int(self._kept["console_port"])

    @property
    def url(self) -> str:
        """The API's URL, without a path."""
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def link_key(self) -> str:
        """Signs the download links of images."""
        return str(self._kept["link"])

    @property
    def master_key(self) -> str:
        """What the agents' own keys are derived from."""
        return str(self._kept["master"])

    @property
    def master_key_file(self) -> Path:
        """The same, for controllers."""
        return self._dir / "bus-master-key"

    def agent_key_file(self, kind: str, address: str) -> Path:
        """Where an agent's key is."""
        return self._dir / f"bus-key-{kind}-{address}"

    def password(self, person: str) -> str:
        """Of ``admin`` or ``demo``."""
        return str(self._kept[person])

    def password_file(self, person: str) -> Path:
        """The same, for the bootstrap."""
        return self._dir / f"{person}-password"

    def bus_password(self, user: str) -> str:
        """A broker user's password, made when it is first asked for."""
        if user not in self._kept["bus"]:
            self._kept["bus"][user] = secrets.token_hex(16)
            settings.save(self._kept_in, self._kept)
        return str(self._kept["bus"][user])

    @property
    def ec2(self) -> dict[str, Any] | None:
        """Access key and secret of the demo user once seeded."""
        return self._kept.get("ec2")

    def keep_ec2(self, access: str, secret: str) -> None:
        """Remember the seeded EC2 credentials."""
        self._kept["ec2"] = {"access": access, "secret": secret}
        settings.save(self._kept_in, self._kept)
