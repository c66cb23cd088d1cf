"""What users do with instances: drawn from the seed, in both dialects, in any state, compared with what was
promised."""

import itertools
from typing import Any

from nova_like.model.ids import to_ec2
from tests.simulation.client import Answer, Client
from tests.simulation.ledger import ALIVE, GONE, TRIED, Boot, Ledger, Thing
from tests.simulation.loop import Loop
from tests.simulation.template import IMAGE, NETWORK, TENANTS, Template

COMPUTE = "/compute/v2.1"
COUNTS = ((1, 1),) * 5 + ((1, 3), (2, 2), (2, 4))
FLAVORS = (("1", "m1.nano"), ("1", "m1.nano"), ("2", "m1.tiny"))
POWERS = {
    "start": ({"os-start": None}, "StartInstances"),
    "stop": ({"os-stop": None}, "StopInstances"),
    "soft reboot": ({"reboot": {"type": "SOFT"}}, "RebootInstances"),
    "hard reboot": ({"reboot": {"type": "HARD"}}, None),
    **{verb: ({verb: None}, None) for verb in ("pause", "unpause", "suspend", "resume", "rescue", "unrescue",
                                           "confirmResize", "revertResize")},
    **{verb: ({verb: None}, None) for verb in ("shelve", "unshelve")},
    "rebuild": ({"rebuild": {"imageRef": IMAGE}}, None),
    "snapshot": ({"createImage": {"name": "simulated"}}, None),
    "backup": ({"createBackup": {"name": "simulated", "backup_type": "daily", "rotation": 1}}, None),
    "resize": ({"resize": {"flavorRef": "2"}}, None),
    "resize back": ({"resize": {"flavorRef": "1"}}, None),
    "migrate": ({"migrate": None}, None),
}  # fmt: skip
OPERATORS = ("migrate",)
# of stopped ones, by the dialect that has a word for it: a resize that settles by itself
RETYPES = {"retype": "m1.tiny", "retype back": "m1.nano"}
ANEW = "another type"  # stopped for it, and started again
ROOT = {"uuid": IMAGE, "source_type": "image", "destination_type": "volume", "boot_index": 0, "volume_size": 1,
        "delete_on_termination": True}  # fmt: skip
MAPPED = {"BlockDeviceMapping.1.DeviceName": "/dev/vda", "BlockDeviceMapping.1.Ebs.VolumeSize": 1}
FITTING = {
    "ACTIVE": ("stop", "stop", "soft reboot", "hard reboot", "pause", "suspend", "rescue", "rebuild",
               "snapshot", "backup", "resize", "resize", "resize back", "shelve", "shelve", "migrate", "migrate",
               ANEW, ANEW, ANEW),
    "SHUTOFF": ("start", "start", "start", "hard reboot", "rescue", "rebuild", "snapshot", "resize", "resize back",
                "shelve", "migrate", *RETYPES, *RETYPES),
    "PAUSED": ("unpause", "hard reboot", "snapshot", "shelve"),
    "SHELVED": ("unshelve",), "SHELVED_OFFLOADED": ("unshelve", "unshelve", "start"),
    "VERIFY_RESIZE": ("confirmResize", "revertResize", *RETYPES), "SOFT_DELETED": ("start",),
    "SUSPENDED": ("resume", "hard reboot"), "RESCUE": ("unrescue",),
}  # fmt: skip
DECIDED = ("VERIFY_RESIZE", "SHELVED", "SHELVED_OFFLOADED")
ANY = ("start", "stop", "soft reboot", "hard reboot")  # of one that nobody has looked at


class Users:
    """Everything that is common to them: who asks, how answers are read."""

    def __init__(self, loop: Loop, client: Client, ledger: Ledger, template: Template) -> None:
        self.loop, self.client, self.ledger, self.template = loop, client, ledger, template
        self.dice = loop.dice
        self.numbers = itertools.count(1)

    def project(self) -> str:
        return self.dice.choice(list(TENANTS))

    def told(self, what: str, answer: Answer) -> Answer:
        """Count an operation with its outcome; an error of the server's own is always wrong."""
        outcome = {0: "unreached", -1: "cut"}.get(answer.status, str(answer.status))
        self.ledger.operations[f"{what} {outcome}"] += 1
        if answer.status >= 500 and answer.status not in (503, 504):
            self.ledger.wrong(f"{what} was answered {answer.status}: {answer.text[:300]}")
        return answer

    def of_project(self, things: dict[str, Thing], project: str) -> list[Thing]:
        return [thing for thing in things.values() if thing.project == project]


class Servers(Users):
    # -- boots

    def boot(self) -> None:
        least, most = self.dice.choice(COUNTS)
        boot = Boot(f"sim{next(self.numbers)}x", self.project(), least, most)
        self.ledger.boots[boot.name] = boot
        if self.dice.random() < 0.5:
            self._boot_native(boot)
        else:
            self._boot_ec2(boot)

    def _boot_native(self, boot: Boot) -> None:
        """With an idempotency key or without."""
        boot.token = f"key-{boot.name}" if self.dice.random() < 0.7 else None
        flavor, _ = self.dice.choice(FLAVORS)
        networks: Any = "auto" if self.dice.random() < 0.5 else [{"uuid": NETWORK}]
        body = {"name": boot.name, "flavorRef": flavor, "imageRef": IMAGE, "networks": networks,
                "min_count": boot.least, "max_count": boot.most}  # fmt: skip
        if self.dice.random() < 0.2:
            body |= {"imageRef": "", "block_device_mapping_v2": [ROOT]}
        user, path = TENANTS[boot.project], f"{COMPUTE}/servers"
        while True:
            answer = self.told("boot", self.client.native(user, "POST", path, {"server": body}, key=boot.token))
            if answer.accepted:
                id = answer.body["server"]["id"]
                self._promised(boot, [to_ec2("i", id)], whole=boot.most == 1)
                self.ledger.server(to_ec2("i", id), boot.project, boot.name, id)
            if self._enough(boot, answer):
                return

    def _enough(self, boot: Boot, answer: Answer) -> bool:
        """Whether a request for instances is not sent again. One with a token is, when nobody knows what became of it,
        and now and then although it is known."""
        busy = answer.status == 409 and "idempotency" in answer.text
        boot.unsure |= answer.unsure or busy
        boot.refused += answer.refused and not busy
        boot.sent += 1
        known = answer.refused and not busy or (answer.accepted and self.dice.random() < 0.6)
        if boot.token is None or known or boot.sent >= 4:
            return True
        self.loop.sleep(self.dice.choice((0.0, 1.0, 10.0)))
        return False

    def _promised(self, boot: Boot, keys: list[str], whole: bool) -> None:
        """`keys` are told to come of a wish: all that do if `whole`."""
        if boot.keys and keys != boot.keys:
            self.ledger.wrong(f"the token of {boot.name} first gave {boot.keys}, then {keys}")
        if whole and not boot.least <= len(keys) <= boot.most:
            self.ledger.wrong(f"{boot.name} asked for {boot.least} to {boot.most} and was told of {len(keys)}")
        boot.accepted, boot.keys, boot.whole = True, keys, whole
        for key in keys:
            self.ledger.server(key, boot.project, boot.name)

    def _boot_ec2(self, boot: Boot) -> None:
        boot.token = f"token-{boot.name}" if self.dice.random() < 0.9 else None
        _, flavor = self.dice.choice(FLAVORS)
        fields = {"ImageId": to_ec2("ami", IMAGE), "InstanceType": flavor, "MinCount": boot.least,
                  "MaxCount": boot.most, "TagSpecification.1.ResourceType": "instance",
                  "TagSpecification.1.Tag.1.Key": "Name", "TagSpecification.1.Tag.1.Value": boot.name,
                  **({"ClientToken": boot.token} if boot.token else {})}  # fmt: skip
        if self.dice.random() < 0.2:
            fields |= MAPPED
        while True:
            answer = self.told("RunInstances", self.client.ec2(boot.project, "RunInstances", **fields))
            if answer.accepted:
                found = answer.body.iterfind("instancesSet/item")
                self._promised(boot, sorted(item.findtext("instanceId") or "" for item in found), whole=True)
            if self._enough(boot, answer):
                return

    # -- one instance

    def _some(self) -> Thing | None:
        """A server that somebody was told of; seldom one that was deleted long ago."""
        things = list(self.ledger.servers.values())
        young = [thing for thing in things if not thing.gone_seen]
        things = young if young and self.dice.random() < 0.9 else things
        return self.dice.choice(things) if things else None

    def delete(self) -> None:
        thing = self._some()
        if thing is None:
            return self.boot()
        return self._delete(thing)

    def _delete(self, thing: Thing) -> None:
        if thing.state == ALIVE:
            thing.state = TRIED
        before, soft = thing.wanted_back, False
        if thing.id and self.dice.random() < 0.7:
            user, path, soft = TENANTS[thing.project], f"{COMPUTE}/servers/{thing.id}", self.dice.random() < 0.8
            answer = self.told("delete", self.client.native(user, "DELETE", path)) if soft else self.told(
                "forceDelete", self.client.native(user, "POST", f"{path}/action", {"forceDelete": None}))  # fmt: skip
        else:
            fields = {"InstanceId.1": thing.key}
            answer = self.told("TerminateInstances",
                               self.client.ec2(thing.project, "TerminateInstances", **fields))  # fmt: skip
        self._deleted(thing, answer)
        if before != thing.wanted_back or thing.asked_back:  # nobody can say which was first
            thing.state = TRIED
        elif soft and answer.accepted and self.dice.random() < 0.4:
            self.loop.sleep(self.dice.uniform(1, 25))
            self._restore(thing)

    def _restore(self, thing: Thing) -> None:
        """Its owner wants it back: who has it is not judged any more."""
        path, user = f"{COMPUTE}/servers/{thing.id}/action", TENANTS[thing.project]
        state, thing.asked_back = thing.state, thing.asked_back + 1
        answer = self.told("restore", self.client.native(user, "POST", path, {"restore": None}))
        thing.asked_back -= 1
        if answer.accepted or answer.unsure:
            thing.wanted_back, thing.state = thing.wanted_back + 1, TRIED
        thing.powers += ["restore"] if answer.accepted else []
        if _absent(answer):
            self._absent(thing, state)

    def _deleted(self, thing: Thing, answer: Answer) -> None:
        if answer.accepted:
            thing.state = GONE
        elif _absent(answer):
            self._absent(thing, TRIED)
        elif answer.refused:
            self.ledger.wrong(f"the delete of {thing.key} was refused: {answer.status} {answer.text[:200]}")

    def _absent(self, thing: Thing, since: str) -> None:
        """It is said to be not there: only after somebody asked for its end."""
        if thing.state == ALIVE and since == ALIVE:
            self.ledger.wrong(f"{thing.key} was promised, and is said not to be there")
        thing.gone_seen = True

    def power(self) -> None:
        """Mostly what its state allows, as it was shown a moment ago."""
        thing = self._some()
        if thing is None:
            return self.boot()
        if thing.id and self.dice.random() < 0.8:
            self._look(thing)
            if thing.status == "ERROR" and self.dice.random() < 0.7:
                return self._delete(thing)
            verb = self.dice.choice(FITTING.get(thing.status, ANY))
        else:
            verb = self.dice.choice(ANY)
        self._power(thing, verb)
        return self._decide(thing) if verb.startswith(("resize", "shelve", "migrate")) else None

    def _decide(self, thing: Thing) -> None:
        """Most people look whether their resize has come about, and say whether they want it; or take out again what
        they put away."""
        self.loop.sleep(self.dice.uniform(5, 40))
        self._look(thing)
        if thing.status in DECIDED and self.dice.random() < 0.8:
            self._power(thing, self.dice.choice(FITTING[thing.status]))

    def _power(self, thing: Thing, verb: str) -> None:
        if verb == ANEW:
            return self._anew(thing)
        if verb in RETYPES:
            return self._retype(thing, verb)
        body, action = POWERS[verb]
        alive = thing.state
        if thing.id and (action is None or self.dice.random() < 0.7):
            path = f"{COMPUTE}/servers/{thing.id}/action"
            user = "admin" if verb in OPERATORS else TENANTS[thing.project]
            answer = self.told(verb, self.client.native(user, "POST", path, body))
            thing.powers += [verb] if answer.accepted else []
        elif action:
            answer = self.told(action, self.client.ec2(thing.project, action, **{"InstanceId.1": thing.key}))
        else:
            return None
        return self._absent(thing, alive) if _absent(answer) else None

    def _anew(self, thing: Thing) -> None:
        """Stopped, and seen to be, it gets another type; some do not wait for that before they start it."""
        self._power(thing, "stop")
        for _ in range(4):
            self.loop.sleep(self.dice.uniform(2, 10))
            self._look(thing)
            if thing.status == "SHUTOFF":
                self._retype(thing, self.dice.choice(list(RETYPES)))
                self.loop.sleep(self.dice.choice((0.0, 0.5, 2.0, 15.0)))
                return self._power(thing, "start")
        return None

    def _retype(self, thing: Thing, verb: str) -> None:
        alive, fields = thing.state, {"InstanceId": thing.key, "InstanceType.Value": RETYPES[verb]}
        answer = self.told(verb, self.client.ec2(thing.project, "ModifyInstanceAttribute", **fields))
        if _absent(answer):
            self._absent(thing, alive)

    def show(self) -> None:
        thing = self._some()
        if thing is not None and thing.id:
            self._look(thing)
        else:
            self.list()

    def _look(self, thing: Thing) -> None:
        seen, state = thing.gone_seen, thing.state
        path = f"{COMPUTE}/servers/{thing.id}"
        answer = self.told("show", self.client.native(TENANTS[thing.project], "GET", path))
        if answer.accepted and seen:
            self.ledger.wrong(f"{thing.key} was gone, and is shown again")
        if answer.accepted:
            thing.status = answer.body["server"]["status"]
        if answer.status == 404:
            self._absent(thing, thing.state if state == ALIVE else state)

    def console(self) -> None:
        thing = self._some()
        if thing is not None and thing.id:
            path = f"{COMPUTE}/servers/{thing.id}/action"
            self.told("console", self.client.native(TENANTS[thing.project], "POST", path, {"os-getConsoleOutput": {}}))

    # -- many

    def list(self) -> None:
        project = self.project()
        before = [thing for thing in self.of_project(self.ledger.servers, project) if thing.state == ALIVE]
        answer = self.told("list", self.client.native(TENANTS[project], "GET", f"{COMPUTE}/servers/detail"))
        if not answer.accepted:
            return
        listed = {}
        for server in answer.body["servers"]:
            listed[to_ec2("i", server["id"])] = server
            self._learn(project, server)
        for thing in before:
            if thing.state == ALIVE and thing.key not in listed:
                self.ledger.wrong(f"{thing.key} was promised, and is not listed")

    def _learn(self, project: str, server: dict[str, Any]) -> None:
        boot = self.ledger.boot_of(server["name"])
        if boot is None or boot.project != project:
            self.ledger.wrong(f"{project} is shown server {server['id']} {server['name']}, which is not his")
            return
        self.ledger.server(to_ec2("i", server["id"]), project, boot.name, server["id"])

    def describe(self) -> None:
        project = self.project()
        before = [thing for thing in self.of_project(self.ledger.servers, project) if thing.state == ALIVE]
        answer = self.told("DescribeInstances", self.client.ec2(project, "DescribeInstances"))
        if answer.accepted:
            keys = {item.text for item in answer.body.iter("instanceId")}
            for thing in before:
                if thing.state == ALIVE and thing.key not in keys:
                    self.ledger.wrong(f"{thing.key} was promised, and is not described")


def _absent(answer: Answer) -> bool:
    return answer.status == 404 or "InvalidInstanceID.NotFound" in answer.text
