"""What users do besides: volumes, addresses, hosts switched off and on by an operator, other people's ids, and plain
nonsense."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.flows.fencing import fence
from nova_like.model.errors import Conflict
from tests.simulation.client import Answer, Client
from tests.simulation.ledger import ALIVE, GONE, TRIED, Ledger, Thing
from tests.simulation.loop import Loop
from tests.simulation.operations import COMPUTE, POWERS, Servers
from tests.simulation.template import HOSTS, IMAGE, NETWORK, TENANTS, Template

DOWN_SECONDS = 75.0  # a host that was not heard of for so long may be fenced

NONSENSE: list[tuple[str, str, Any]] = [
    ("POST", f"{COMPUTE}/servers", b"{"), ("POST", f"{COMPUTE}/servers", {"server": {"name": ""}}),
    ("POST", f"{COMPUTE}/servers", {"server": {"name": "bad1", "flavorRef": "99", "imageRef": IMAGE,
                                               "networks": "auto"}}),
    ("POST", f"{COMPUTE}/servers", {"server": {"name": "bad2", "flavorRef": "1", "networks": "auto",
                                               "imageRef": "66666666-6666-4666-8666-666666666666"}}),
    ("POST", f"{COMPUTE}/servers", {"server": {"name": "bad3", "flavorRef": "1", "imageRef": IMAGE,
                                               "networks": "auto", "min_count": 3, "max_count": 2}}),
    ("GET", f"{COMPUTE}/servers/nothing", None), ("DELETE", f"{COMPUTE}/servers/..%2f..", None),
    ("POST", "/volume/v3/volumes", {"volume": {"size": -1, "name": "bad4"}}),
]  # fmt: skip


class Everything(Servers):
    """All operations. `draw` does one of them, in the caller's task."""

    WEIGHTS = {
        "boot": 24, "delete": 13, "power": 24, "show": 4, "list": 6, "describe": 3, "console": 2, "volume": 8,
        "volume_delete": 6, "volumes": 1, "attach": 12, "detach": 4, "switch_host": 3, "evacuate": 6,
        "address": 7, "strangers": 3, "nonsense": 3,
    }  # fmt: skip

    def __init__(self, loop: Loop, client: Client, ledger: Ledger, template: Template, engine: sa.Engine,
                 is_dark: Callable[[str], bool]) -> None:  # fmt: skip
        super().__init__(loop, client, ledger, template)
        self._engine, self._is_dark = engine, is_dark
        self.switching: set[str] = set()
        self._project = ""  # of the server that a volume is looked for

    def draw(self) -> None:
        (name,) = self.dice.choices(list(self.WEIGHTS), list(self.WEIGHTS.values()))
        getattr(self, name)()

    # -- volumes

    def _volumes(self, project: str, id: str = "") -> str:
        return f"/volume/v3/{self.template.projects[project]}/volumes{id and f'/{id}'}"

    def volume(self) -> None:
        project, name = self.project(), f"vol{next(self.numbers)}"
        self.ledger.volume_names[name] = "refused"
        image = {"imageRef": IMAGE} if len(self.ledger.volume_names) % 2 else {}
        body = {"volume": {"size": self.dice.randint(1, 4), "name": name, **image}}
        user = TENANTS[project]
        answer = self.told("volume", self.client.native(user, "POST", self._volumes(project), body))
        if answer.accepted:
            id = answer.body["volume"]["id"]
            self.ledger.volumes[id] = Thing(id, project, name, id)
        self.ledger.volume_names[name] = _outcome(answer)

    def volume_delete(self) -> None:
        things = list(self.ledger.volumes.values())
        if not things:
            return self.volume()
        thing = self.dice.choice(things)
        thing.state = TRIED if thing.state == ALIVE else thing.state
        path = self._volumes(thing.project, thing.id)
        answer = self.told("volume delete", self.client.native(TENANTS[thing.project], "DELETE", path))
        if answer.accepted:
            thing.state = GONE
        elif answer.status == 404:
            thing.gone_seen = True
        elif answer.refused and "must not be attached" not in answer.text:
            self.ledger.wrong(f"the delete of volume {thing.id} was refused: {answer.status} {answer.text[:200]}")
        return None

    def attach(self) -> None:
        """Mostly a volume of the project's own, to a server that may have it; some are to go with their server. Many
        are given back a while later."""
        thing, volume = self._attachable(), self._volume_for(self.dice.random() < 0.1)
        if thing is None or volume is None:
            return self.volume()
        ending = self.dice.random() < 0.3
        if ending and volume.project == thing.project and volume.state == ALIVE:
            volume.state = TRIED
        asked = {"volumeId": volume.id, "delete_on_termination": ending}
        path, body = f"{COMPUTE}/servers/{thing.id}/os-volume_attachments", {"volumeAttachment": asked}
        user = TENANTS[thing.project]
        answer = self.told("attach", self.client.native(user, "POST", path, body, version="2.89"))
        if answer.accepted:
            thing.powers.append("attach")
            self.loop.sleep(self.dice.uniform(2, 60))
            if self.dice.random() < 0.6:
                self._detach(thing)
        if answer.accepted and volume.project != thing.project:
            self.ledger.wrong(f"{thing.key} of {thing.project} was given volume {volume.id} of {volume.project}")
        return None

    def _attachable(self) -> Thing | None:
        """A server that is up, if one is found soon."""
        for _ in range(4):
            thing = self._some()
            if thing is not None and thing.id:
                self._look(thing)
                if thing.status in ("ACTIVE", "SHUTOFF", "PAUSED", "VERIFY_RESIZE"):
                    self._project = thing.project
                    return thing
        return None

    def _volume_for(self, anybodys: bool) -> Thing | None:
        own = [thing for thing in self.ledger.volumes.values()
               if anybodys or (thing.project == self._project and thing.state != GONE)]  # fmt: skip
        return self.dice.choice(own) if own else None

    # -- addresses

    def address(self) -> None:
        """One address more of a server, and mostly one less a while later: whichever it is said to have then."""
        thing = self._attachable()
        if thing is None:
            return
        if self.dice.random() < 0.7:
            self._ask_address(thing, "addFixedIp", {"networkId": NETWORK})
            self.loop.sleep(self.dice.choice((0.0, self.dice.uniform(1, 40))))
        path, user = f"{COMPUTE}/servers/{thing.id}/ips", TENANTS[thing.project]
        answer = self.told("ips", self.client.native(user, "GET", path))
        found = [each["addr"] for net in answer.body["addresses"].values() for each in net] if answer.accepted else []
        if found and self.dice.random() < 0.8:
            self._ask_address(thing, "removeFixedIp", {"address": self.dice.choice(found)})

    def _ask_address(self, thing: Thing, verb: str, value: Any) -> None:
        path, user = f"{COMPUTE}/servers/{thing.id}/action", TENANTS[thing.project]
        self.told(verb, self.client.native(user, "POST", path, {verb: value}, version="2.43"))

    def detach(self) -> None:
        thing = self._some()
        if thing is not None and thing.id:
            self._detach(thing)

    def _detach(self, thing: Thing) -> None:
        """One of those that a server is said to have."""
        path, user = f"{COMPUTE}/servers/{thing.id}/os-volume_attachments", TENANTS[thing.project]
        answer = self.told("attachments", self.client.native(user, "GET", path))
        found = answer.body["volumeAttachments"] if answer.accepted else []
        if found:
            volume = self.dice.choice(found)["volumeId"]
            answer = self.told("detach", self.client.native(user, "DELETE", f"{path}/{volume}"))
            thing.powers += ["detach"] if answer.accepted else []

    def volumes(self) -> None:
        project = self.project()
        before = [thing for thing in self.of_project(self.ledger.volumes, project) if thing.state == ALIVE]
        answer = self.told("volumes", self.client.native(TENANTS[project], "GET", self._volumes(project)))
        if answer.accepted:
            ids = {volume["id"] for volume in answer.body["volumes"]}
            for thing in before:
                if thing.state == ALIVE and thing.id not in ids:
                    self.ledger.wrong(f"volume {thing.id} was promised, and is not listed")

    # -- the operator

    def switch_host(self) -> None:
        """Off, and on again a while later; never all hosts at once, and no two orders for one host at a time."""
        host = self.dice.choice(HOSTS)
        if host in self.switching or len(self.switching) >= 2:
            return
        self.switching.add(host)
        try:
            self._off_and_on(host)
        finally:
            self.switching.remove(host)

    def _off_and_on(self, host: str) -> None:
        period: list[Any] = [float("inf"), None]
        self.ledger.disabled.setdefault(host, []).append(period)
        if self._switch(host, "disable").accepted:
            period[0] = self.loop.seconds
        self.loop.sleep(self.dice.uniform(5, 60))
        period[1] = self.loop.seconds
        self._enable(host)

    def _enable(self, host: str) -> None:
        for _ in range(20):
            if self._switch(host, "enable").accepted:
                return
            self.loop.sleep(5.0)

    def evacuate(self) -> None:
        """Of a machine that has no power, once it was not heard of for long; it gets work again when it is back."""
        host = next((host for host in HOSTS if self._is_dark(host) and host not in self.switching), None)
        if host is None:
            return self.power()
        self.switching.add(host)
        period: list[Any] = [float("inf"), None]
        self.ledger.disabled.setdefault(host, []).append(period)
        try:
            while self._is_dark(host):
                if period[0] == float("inf") and self._fenced(host):
                    period[0] = self.loop.seconds
                    self._bring_away(host)
                self.loop.sleep(5.0)
            period[1] = self.loop.seconds
            self._enable(host)
        finally:
            self.switching.remove(host)
        return None

    def _fenced(self, host: str) -> bool:
        try:
            with self._engine.begin() as connection:
                fence(Transaction(connection), host, DOWN_SECONDS)
        except Conflict:
            return False
        self.ledger.operations["fence"] += 1
        return True

    def _bring_away(self, host: str) -> None:
        sql = sa.text("SELECT id FROM instances WHERE host = :host AND state <> 'deleted' ORDER BY id")
        with self._engine.connect() as connection:
            ids = connection.execute(sql, {"host": host}).scalars().all()
        for id in ids:
            path = f"{COMPUTE}/servers/{id}/action"
            self.told("evacuate", self.client.native("admin", "POST", path, {"evacuate": {}}, version="2.68"))

    def _switch(self, host: str, verb: str) -> Answer:
        path, body = f"{COMPUTE}/os-services/{verb}", {"host": host, "binary": "nova-compute"}
        return self.told(verb, self.client.native("admin", "PUT", path, body, version="2.1"))

    # -- what must be refused

    def strangers(self) -> None:
        """Somebody else's server is not there, whatever one wants of it."""
        thing = self._some()
        if thing is None:
            return
        other = next(project for project in TENANTS if project != thing.project)
        if thing.id and self.dice.random() < 0.7:
            method, tail, body = self.dice.choice([("GET", "", None), ("DELETE", "", None),
                                                   ("POST", "/action", POWERS["stop"][0])])  # fmt: skip
            path = f"{COMPUTE}/servers/{thing.id}{tail}"
            answer = self.told("stranger", self.client.native(TENANTS[other], method, path, body))
        else:
            answer = self.told("stranger", self.client.ec2(other, "TerminateInstances", **{"InstanceId.1": thing.key}))
        if answer.accepted or (answer.refused and answer.status != 404 and "NotFound" not in answer.text):
            self.ledger.wrong(f"{other} asked for {thing.key} of {thing.project}: {answer.status} {answer.text[:200]}")

    def nonsense(self) -> None:
        method, path, body = self.dice.choice(NONSENSE)
        answer = self.told("nonsense", self.client.native(TENANTS[self.project()], method, path, body))
        if answer.accepted:
            self.ledger.wrong(f"{method} {path} {body!r:.100} was accepted")


def _outcome(answer: Answer) -> str:
    if answer.accepted:
        return "accepted"
    return "unsure" if answer.unsure else "refused"
