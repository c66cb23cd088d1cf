"""One turn of one flow: what an event does to its row. Lives as long as its transaction."""

from typing import Any

from nova_like import logs
from nova_like.db import flows, generations, locks
from nova_like.flows.recipe import LOCAL, THEN, Step
from nova_like.flows.sending import Sending
from nova_like.flows.start import SETTLES
from nova_like.model import errors
from nova_like.model.errors import Fault, HostFailure, Timeout, Unavailable
from nova_like.model.notices import END, ERROR

LOG = logs.get(__name__)
CANCELLED = "The operation was cancelled by an operator."


class Turn(Sending):
    """What an event does: a method for each kind, and the way on. `foreign`: an answer that nobody can have given whom
    the flow has asked."""

    foreign = False

    def run(self, flow_id: str, sweeping: bool) -> None:
        row = flows.lock(self.tx, flow_id, skip_locked=sweeping)
        if row is None or row["state"] not in flows.LIVE:
            return
        self._load(row)
        logs.mark(row["request_id"], row["resource_id"])
        if not self._concerns():
            self.foreign = self.event.kind != "wake" and self._is_foreign()
        elif self._apply():
            self._go()
        if self.notes or self.moved:
            self._save()

    # -- the event

    def _concerns(self) -> bool:
        """Whether this event is about what the flow waits for now."""
        event = self.event
        if event.kind == "wake":
            return self._may_cancel() or self.attempts == 0 or self.waits["due_at"] <= self.row["now"]
        expected = (self._present().name, self.state != "running", self.generation, self.waits["host"])
        kind = self.waits["host_kind"]
        told = (event.step, event.undo, event.generation, event.host)
        if self.attempts == 0 or kind not in event.kinds or told != expected:
            return False
        self.tx.after(lambda: self.engine.answered(kind, event.host))
        return True

    def _is_foreign(self) -> bool:
        """Not one that is late or comes again: no host is asked for this step, or it is not the sender's kind of work,
        or another host was asked for it."""
        event = self.event
        step = next((step for step in self.recipe.steps if step.name == event.step and step.where != LOCAL), None)
        if step is None or step.where not in event.kinds:
            return True
        asked = (self._present().name, self.state != "running", self.generation)
        return bool(self.attempts) and asked == (event.step, event.undo, event.generation)

    def _apply(self) -> bool:
        """Take the event in; true when the flow can go on."""
        if self.event.kind == "wake":
            return self._wake()
        if self.event.kind == "working":
            self._heard_working()
            self.waits["due_at"] = self.row["now"] + self.engine.pace.resend_seconds
            self.waits["unanswered_since"] = self.row["now"]
            self.moved = True
            return False
        if self.event.kind == "done":
            return self._done()
        return self._failed(errors.from_dict(self.event.fault or {}))

    def _wake(self) -> bool:
        if self.state == "parked":
            self.state = "unwinding"
        if self.attempts == 0 or self._may_cancel():
            return True
        if self.state == "running" and self._overdue():
            return self._failed(Timeout(f"{self._present().name} took too long on its host", self.recipe.resource))
        if self._key(self._present()) in self.broken:
            return not self._stumble(self._present())
        if not self._call(self._present(), self._present().needed):  # any more: a purge whose host was fenced
            self.attempts = 0
            return True
        return self._send(self._present())

    def _done(self) -> bool:
        step = self._present()
        self._calm()
        self.notes.append(f"{step.name} {'undone' if self.event.undo else 'done'}")
        self.engine.timing.answered(self.tx, self.row, step, self.event.undo)
        if self.state == "running":
            self.work.facts[step.name] = self.event.facts
            self.step += 1
        else:
            self.state = "unwinding"
            self.step -= 1
            if step.where == "compute" and self.recipe.resource == "instance":
                self._outdate()
        self.attempts = 0
        return True

    def _outdate(self) -> None:
        """What was seen of the guest before this order was carried out is late, and before the next one as well."""
        self.generation = generations.raise_generation(self.tx, "instance", self.work.resource, **self.work.ordered)

    def _failed(self, fault: Fault) -> bool:
        step = self._present()
        self.notes.append(f"{step.name} failed")
        LOG.warning("%s: %s failed: %s", self.row["kind"], step.name, fault.reason)
        if self.state != "running":
            return self._park(step, fault)
        if not self.recipe.cancellable or (self.attempts <= step.retries and fault.facts.get("retry", True)):
            self.waits["due_at"] = self.row["now"] + self.engine.pace.resend_after(self.attempts)
            self.work.facts["trouble"] = fault.reason
            return False
        self._unwind(fault)
        return True

    # -- onwards

    def _go(self) -> None:
        """Step after step until one has to wait for a host, or the end."""
        while True:
            if self._may_cancel():
                self._unwind(None)
            end = len(self.recipe.steps) if self.state == "running" else -1
            if self.step == end:
                return self._finish()
            if self._take(self._present()):
                return None

    def _take(self, step: Step) -> bool:
        """Do or undo one step; true when the answer has to be waited for."""
        forward = self.state == "running"
        act = step.do if forward else step.undo
        if self._key(step) in self.broken:
            return self._stumble(step)
        if act is None or not self._call(step, step.needed):
            self.step += 1 if forward else -1
            return False
        if step.where != LOCAL:
            self.attempts, self.waits["deadline_at"] = 0, self.row["now"] + step.deadline_seconds
            self.waits["unanswered_since"] = None
            self.work.facts.pop("overdue", None)
            return not self._send(step)
        self._run(step, act, forward)
        return False

    def _run(self, step: Step, act: Any, forward: bool) -> None:
        self.work.flow["generation"] = self.generation
        found = self._call(step, act)
        self.generation = self.work.flow["generation"]
        if forward:
            self.work.facts[step.name] = found or {}
        self.work.facts.pop("trouble", None)
        self.notes.append(f"{step.name} {'done' if forward else 'undone'}")
        again = forward and step.more is not None and self._call(step, step.more)
        self.step += 1 if forward and not again else -1

    def _stumble(self, step: Step) -> bool:
        """A function of this step raised; true when the flow has to wait. What cannot be taken back is tried again."""
        fault = self.broken[self._key(step)]
        if isinstance(fault, Unavailable) and self.state == "running":
            return self._wait(fault)
        self.notes.append(f"{self._key(step)} failed")
        self.stumbled = errors.to_dict(fault)
        if self.state == "running" and self.recipe.cancellable:
            self._unwind(fault)
            return False
        return not self._park(step, fault)

    def _wait(self, fault: Fault) -> bool:
        """The step cannot be done yet, through nobody's fault: true."""
        self.work.facts["trouble"], self.moved = fault.reason, True
        self.waits["due_at"] = self.row["now"] + self.engine.pace.resend_seconds
        return True

    def _park(self, step: Step, fault: Fault) -> bool:
        """Rest, shown to the operator, and try again; a flow that only goes forward stays on its way. True when it
        goes on: what follows (a delete) does not wait for an undo that a tombstone can see to."""
        if self._ends() and step.leaves in ("undo", *THEN) and self.state != "running":
            self._leave(step)
            return True
        if self.state != "running":
            self.state = "parked"
        self.work.facts["trouble"] = fault.reason
        self.waits["due_at"] = self.row["now"] + self.engine.pace.parked_seconds
        return False

    def _unwind(self, fault: Fault | None) -> None:
        """Turn round. A step that never began has nothing to take back."""
        began = self.attempts > 0
        if fault is not None:
            self.fault = errors.to_dict(fault)
        self.state, self.attempts = "unwinding", 0
        self.generation = generations.raise_generation(self.tx, self.recipe.resource, self.work.resource)
        self.step -= 0 if began else 1
        self.notes.append("unwinding")

    def _finish(self) -> None:
        """The end: the outcome is written, and what the flow holds goes to its successor or to nobody."""
        if self.state == "running":
            self.state = "done"
        else:
            self.state = "cancelled" if self.row["cancel"] else "failed"
        then: str | None = self.row["then"]
        args: dict[str, Any] = {}
        if self.state == "done" and then == self.row["kind"]:  # what should follow is what has just been done
            then = None
        if self.state == "done" and not then:
            then = self.recipe.follows(self.work)
            args = {SETTLES: True} if self.work.args.get(SETTLES) else {}
        if self.state != "done":
            self.recipe.undone(self.work)
            if not then:
                then, args = self._give_up()
            elif not self._ends():  # the resource is there still: it is left as it is when nothing follows
                self.recipe.failed(self.work, self._reason())
                args = {"after": self.row["kind"]}
        self.attempts = 0
        self.waits = dict.fromkeys(self.waits)
        self.notes.append(self.state)
        self.engine.timing.ended(self.tx, self.row, self.state)
        if self.state == "done" or then != self.row["kind"]:
            phase = END if self.state == "done" else ERROR
            self.engine.starter.notify(self.tx, [self.row["id"]], phase, self.fault)
        if then:
            # what is still on its way for this flow, an undo that makes something among it, comes too late for the next
            self.generation = generations.raise_generation(self.tx, self.recipe.resource, self.work.resource)
            self.engine.starter.succeed(self.tx, self.row, then, self.generation, args)
        else:
            locks.release(self.tx, self.row["id"])

    def _give_up(self) -> tuple[str | None, dict[str, Any]]:
        """Nobody said what follows: the recipe is tried again if it says how, or the resource is left as failed, for
        the reason why the flow turned round. (kind, arguments) of the flow that follows, if any."""
        fault = self._reason()
        args = None if self.row["cancel"] else self.recipe.again(self.work, fault)
        if args is None:
            self.recipe.failed(self.work, fault)
            return None, {}
        return self.recipe.kind, args

    def _reason(self) -> Fault:
        """Why the flow turned round."""
        self.fault = self.fault or errors.to_dict(HostFailure(CANCELLED if self.row["cancel"] else ""))
        return errors.from_dict(self.fault)

    # -- the row

    def _may_cancel(self) -> bool:
        return bool(self.row["cancel"]) and self.state == "running" and self.recipe.cancellable
