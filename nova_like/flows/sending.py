"""How a flow asks a host, again and again, and when it asks no longer. What follows then is the turn's."""

from typing import Any

from nova_like.flows.agents import Serving
from nova_like.flows.held import Held
from nova_like.flows.recipe import ENDS, THEN, Step
from nova_like.model.errors import Fault, HostFailure
from nova_like.model.orders import Order

AWAY = "The host went away before it had answered."


class Sending(Held):
    """The part of a turn that makes messages."""

    def _failed(self, fault: Fault) -> bool:
        """What a step's failure means; true when the flow can go on."""
        raise NotImplementedError

    def _send(self, step: Step) -> bool:
        """Ask the host; true when it is away, nobody waits for it, and the flow can go on."""
        undo = self.state != "running"
        send: Any = self._call(step, step.undo if undo else step.do)
        serving = self.engine.agents.find(self.tx, step.where, send.host)
        if self._may_leave(step, undo, serving) and (serving.away or self.work.facts.get("left")):
            self._leave(step)
            return True
        if serving.away and step.flees and not undo:
            return self._failed(HostFailure(AWAY, self.recipe.resource, retry=False, code="away"))
        self.attempts += 1
        pace = self.engine.pace
        due = self.row["now"] + (pace.away_seconds if serving.silent else pace.resend_after(self.attempts))
        since = None if serving.silent else self.waits["unanswered_since"] or self.row["now"]
        if not undo and self._late() > 0:
            self._ask_at_last(due, serving.silent)
        self.waits.update(host=send.host, host_kind=step.where, due_at=due, unanswered_since=since)
        self.moved = True
        if self.attempts & (self.attempts - 1) == 0:  # a host may be away for days: 1, 2, 4, 8 ... sends are noted
            done = "waits for its host, which is away" if serving.silent else "sent"
            self.notes.append(f"{step.name} {'undo ' if undo else ''}{done}")
        if serving.address and not serving.silent:
            self._post(step, send, serving, undo)
        return False

    def _post(self, step: Step, send: Any, serving: Serving, undo: bool) -> None:
        from nova_like.flows.engine import Message

        resource = send.resource or self.work.resource
        order = Order(self.row["id"], step.name, resource, self.generation, send.host, serving.boot_id, undo)
        message = Message(step.where, serving.address, self.work.context, send.method, order, send.payload)
        self.engine.send_after(self.tx, message)

    def _may_leave(self, step: Step, undo: bool, serving: Serving) -> bool:
        """Whether a host that is away is passed over at this step."""
        if step.leaves == "off" and serving.off and (undo or not self.recipe.cancellable):
            return True
        return step.leaves == ("undo" if undo else "do") or (step.leaves in THEN and self._ends())

    def _ends(self) -> bool:
        """Whether what follows is the resource's end, which sees to all that is left anywhere."""
        return self.row["then"] in ENDS

    def _leave(self, step: Step) -> None:
        """Go on as if the host had done it: what is left there is the matter of a tombstone."""
        self.work.facts["left"] = [*self.work.facts.get("left", ()), step.name]
        self.notes.append(f"{step.name} left to a tombstone")
        self.attempts = 0
        self.step += 1 if self.state == "running" else -1

    # -- the deadline: it may have passed while nobody was here to ask, so the host is asked once more

    def _late(self) -> float:
        """Seconds since the deadline of the step; negative before it."""
        deadline: float | None = self.waits["deadline_at"]
        return -1.0 if deadline is None else self.row["now"] - deadline

    def _ask_at_last(self, due: float, silent: bool) -> None:
        """Note that the host is asked after the deadline: what it does not answer until `due` has timed out."""
        asked = self.work.facts.get("overdue")
        if asked is None or (asked["silent"] and not silent):
            self.work.facts["overdue"] = {"due": due, "silent": silent}

    def _overdue(self) -> bool:
        """Whether the step has timed out. A host that could not be asked is, when it is heard of again."""
        asked = self.work.facts.get("overdue")
        if asked is None or self.row["now"] < asked["due"]:
            return False
        return not asked["silent"] or self.engine.agents.find(self.tx, *self._asked()).silent

    def _asked(self) -> tuple[str, str]:
        return self.waits["host_kind"], self.waits["host"]

    def _heard_working(self) -> None:
        """The host is at it: it has longer than one that says nothing, not for ever."""
        step = self._present()
        if self.state == "running" and self._late() < step.working_seconds - step.deadline_seconds:
            self.work.facts.pop("overdue", None)

    def _calm(self) -> None:
        """It was answered: nothing is to be told of it any more."""
        self.work.facts.pop("trouble", None)
        self.work.facts.pop("overdue", None)
