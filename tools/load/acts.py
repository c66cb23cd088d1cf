"""What is done with a server between its boot and its end: there and back again, each asked until it is answered."""

import contextlib
from collections import Counter
from collections.abc import Callable
from typing import Any

from tools.load.api import Api, Refused
from tools.load.ec2 import Ec2

LARGER = "2"  # the flavor after the smallest
Insist = Callable[[Callable[[], object], str], object]
# (what is asked for, the status that shows it done) in turn; each row ends where it began
ROWS: tuple[tuple[tuple[str, Any, str], ...], ...] = (
    (("pause", None, "PAUSED"), ("unpause", None, "ACTIVE")),
    (("rescue", None, "RESCUE"), ("unrescue", None, "ACTIVE")),
    (("rebuild", {"imageRef": ""}, "ACTIVE"),),
    (("suspend", None, "SUSPENDED"), ("resume", None, "ACTIVE")),
    (("os-stop", None, "SHUTOFF"), ("os-start", None, "ACTIVE")),
    (("reboot", {"type": "HARD"}, "ACTIVE"),),
    (("createImage", {"name": "act"}, "ACTIVE"),),
    (("createBackup", {"name": "act", "backup_type": "daily", "rotation": 1}, "ACTIVE"),),
    (("resize", {"flavorRef": LARGER}, "VERIFY_RESIZE"), ("confirmResize", None, "ACTIVE")),
    (("resize", {"flavorRef": LARGER}, "VERIFY_RESIZE"), ("revertResize", None, "ACTIVE")),
    (("migrate", None, "VERIFY_RESIZE"), ("confirmResize", None, "ACTIVE")),
    (("migrate", None, "VERIFY_RESIZE"), ("revertResize", None, "ACTIVE")),
    (("shelve", None, "SHELVED_OFFLOADED"), ("unshelve", None, "ACTIVE")),
    (("delete", None, "SOFT_DELETED"), ("restore", None, "ACTIVE")),
    (("os-stop", None, "SHUTOFF"), ("retype", None, "SHUTOFF"), ("os-start", None, "ACTIVE")),
    (("attach", None, "in-use"), ("detach", None, "available"), ("drop", None, "")),
    (("addFixedIp", None, ""), ("removeFixedIp", None, "")),
)
ADDRESSES = ("addFixedIp", "removeFixedIp")
VOLUMES = ("attach", "detach", "drop")  # what is done with a volume of the server's own
OPERATORS = ("migrate",)
STAYING = ("rebuild", "reboot", "createImage", "createBackup")  # their status tells nothing


class Acts:
    """`admin` asks for what an operator does, `ec2` for what only that dialect has a word for."""

    def __init__(self, api: Api, admin: Api, ec2: Ec2, image: str) -> None:
        self._api, self._admin, self._ec2, self._image = api, admin, ec2, image
        self._larger = ""  # its name
        self.done: Counter[str] = Counter()  # by verb: those that were accepted

    def play(self, number: int, server: str, insist: Insist) -> None:
        """A row of them, until each is accepted."""
        for verb, more, status in ROWS[number % len(ROWS)]:
            insist(lambda v=verb, m=more, s=status: self._ask(server, v, m, s), f"{verb} {server}")  # type: ignore[misc]

    def disturb(self, number: int, server: str) -> None:
        """The first of a row, once, in whatever state the server is: what follows is its delete."""
        verb, more, status = ROWS[number % len(ROWS)][0]
        if verb in VOLUMES:  # its volume would have to be made first
            return
        with contextlib.suppress(Refused):
            self._ask(server, verb, more, status)

    def _ask(self, server: str, verb: str, more: Any, status: str) -> None:
        """One request. A refusal for the state that was asked for tells that the request before, cut off, was taken."""
        if verb in (*VOLUMES, *ADDRESSES, "retype"):
            if verb in VOLUMES:
                self._with_volume(server, verb, status)
            elif verb in ADDRESSES:
                self._with_address(server, verb)
            else:
                self._retype(server)
            self.done[verb] += 1
            return
        more = {"imageRef": self._image} if verb == "rebuild" else more
        path = f"/compute/v2.1/servers/{server}"
        try:
            if verb == "delete":
                self._soft_delete(server)
            else:
                (self._admin if verb in OPERATORS else self._api).post(f"{path}/action", {verb: more})
        except Refused as error:
            found = self._api.get(path)["server"] if error.status == 409 and verb not in STAYING else {}
            if found.get("status") != status or found["OS-EXT-STS:task_state"] is not None:
                raise  # still on its way from there, perhaps
        self.done[verb] += 1

    def _soft_delete(self, server: str) -> None:
        """Which it survives (see tools/gates/kill.py), if it is whole: one that is still being made would be gone."""
        found = self._api.get(f"/compute/v2.1/servers/{server}")["server"]
        if found["status"] != "ACTIVE" or found["OS-EXT-STS:task_state"] is not None:
            raise Refused(409, f"the server is {found['status']}")
        self._api.delete(server)

    def _retype(self, server: str) -> None:
        """Asked again, it is of that type already, or busy with it."""
        self._larger = self._larger or self._api.get(f"/compute/v2.1/flavors/{LARGER}")["flavor"]["name"]
        self._ec2.retype(f"i-{server.replace('-', '')[:17]}", self._larger)

    def _with_volume(self, server: str, verb: str, status: str) -> None:
        """Attach the server's own volume, detach it, delete it. Asked again, it is done already or not possible yet."""
        volume = self._volume(server, wanted=verb == "attach")
        if volume is None or (verb == "detach" and volume["status"] == status):
            return
        path = f"/compute/v2.1/servers/{server}/os-volume_attachments"
        if verb == "attach" and volume["status"] == "available":
            self._api.post(path, {"volumeAttachment": {"volumeId": volume["id"]}})
        elif verb == "detach" and volume["status"] == "in-use":
            self._api.request("DELETE", f"{path}/{volume['id']}")
        elif verb == "drop" and volume["status"] == "available":
            self._api.request("DELETE", f"{self._volumes()}/{volume['id']}")
        elif verb != "attach" or volume["status"] != status:
            raise Refused(409, f"the volume is {volume['status']}")  # on its way, perhaps

    def _with_address(self, server: str, verb: str) -> None:
        """One address beside the first, or none. Asked again, it is done already, or not done yet."""
        path = f"/compute/v2.1/servers/{server}"
        (card,) = self._api.get(f"{path}/os-interface")["interfaceAttachments"]
        _first, *more = [each["ip_address"] for each in card["fixed_ips"]]
        if verb == "addFixedIp" and not more:
            self._api.post(f"{path}/action", {verb: {"networkId": card["net_id"]}})
        elif verb == "removeFixedIp" and more:
            self._api.post(f"{path}/action", {verb: {"address": more[-1]}})

    def _volume(self, server: str, wanted: bool) -> dict[str, Any] | None:
        """The volume that bears the server's id; made if it is `wanted`."""
        found = self._api.get(f"{self._volumes()}/detail?name={server}")["volumes"]
        alive = [volume for volume in found if volume["status"] != "deleting"]
        if alive or not wanted:
            return alive[0] if alive else None
        made: dict[str, Any] = self._api.post(self._volumes(), {"volume": {"size": 1, "name": server}})["volume"]
        return made

    def _volumes(self) -> str:
        return f"/volume/v3/{self._api.project_id}/volumes"
