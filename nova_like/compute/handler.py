"""The compute contract, served: each order goes through the agent's runtime to its verb on the host it names.

Orders that may wait long (for an image, for a guest to shut down) wait in pools of their own, so that a dozen of
them never keep a destroy or a console read from the threads that take messages.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from nova_like.compute import copying, renewing, resizing, spawning, volumes
from nova_like.compute import power as powers
from nova_like.compute.consoles import Consoles
from nova_like.compute.passwords import Passwords
from nova_like.model import ids
from nova_like.model.context import Context
from nova_like.model.errors import NotFound, Unavailable
from nova_like.model.orders import Guest, Order, Power, Upload
from nova_like.rpc.agent import Agent
from nova_like.rpc.waiting import Waiting
from nova_like.rpc.work import Work
from nova_like.virt.base import Hypervisor

MAX_CONSOLE_BYTES = 1 << 20


class Handler:
    """Methods of `rpc.contracts.compute.Compute`."""

    def __init__(
        self, agent: Agent, hosts: Mapping[str, Hypervisor], fetch: spawning.Fetch, waiting: Waiting | None = None,
        send: copying.Send | None = None, consoles: Consoles | None = None,
    ) -> None:  # fmt: skip
        self._agent, self._hosts, self._fetch = agent, hosts, fetch
        self._waiting, self._send = waiting, send or copying.nowhere
        self._consoles, self._passwords = consoles, Passwords(hosts)

    def spawn(self, ctx: Context, order: Order, guest: Guest) -> None:
        self._handle("spawn", ctx, self._fetching(spawning.spawn, order), order, guest=guest)

    def destroy(self, ctx: Context, order: Order, guest: Guest) -> None:
        self._agent.handle(ctx, self._on_host(spawning.destroy, order), order, guest=guest)

    def start(self, ctx: Context, order: Order, guest: Guest) -> None:
        self._agent.handle(ctx, self._on_host(powers.start, order), order, guest=guest)

    def stop(self, ctx: Context, order: Order, power: Power) -> None:
        self._handle("soft" if power.soft else "", ctx, self._on_host(powers.stop, order), order, power=power)

    def reboot(self, ctx: Context, order: Order, power: Power) -> None:
        self._handle("soft" if power.soft else "", ctx, self._on_host(renewing.reboot, order), order, power=power)

    def pause(self, ctx: Context, order: Order, power: Power) -> None:
        self._agent.handle(ctx, self._on_host(powers.pause, order), order, power=power)

    def unpause(self, ctx: Context, order: Order, power: Power) -> None:
        self._agent.handle(ctx, self._on_host(powers.unpause, order), order, power=power)

    def suspend(self, ctx: Context, order: Order, power: Power) -> None:
        self._handle("soft", ctx, self._on_host(powers.suspend, order), order, power=power)

    def rescue(self, ctx: Context, order: Order, guest: Guest) -> None:
        self._handle("spawn", ctx, self._fetching(renewing.rescue, order), order, guest=guest)

    def unrescue(self, ctx: Context, order: Order, guest: Guest) -> None:
        self._agent.handle(ctx, self._on_host(renewing.unrescue, order), order, guest=guest)

    def rebuild(self, ctx: Context, order: Order, guest: Guest) -> None:
        self._handle("spawn", ctx, self._fetching(renewing.rebuild, order), order, guest=guest)

    def copy_disk(self, ctx: Context, order: Order, guest: Guest) -> None:
        self._handle("copy", ctx, self._on_host(copying.copy, order), order, guest=guest)

    def send_copy(self, ctx: Context, order: Order, upload: Upload) -> None:
        def run(work: Work, upload: Upload) -> dict[str, Any]:
            return copying.send(self._hosts[order.host], self._send, work, upload)

        self._handle("copy", ctx, run, order, upload=upload)

    def drop_copy(self, ctx: Context, order: Order, guest: Guest) -> None:
        self._agent.handle(ctx, self._on_host(copying.drop, order), order, guest=guest)

    def resize(self, ctx: Context, order: Order, guest: Guest, running: bool) -> None:
        verb = self._on_host(resizing.resize, order)
        self._handle("spawn", ctx, verb, order, guest=guest, running=running)

    def revert_resize(self, ctx: Context, order: Order, guest: Guest, running: bool) -> None:
        self._handle("soft", ctx, self._on_host(resizing.revert, order), order, guest=guest, running=running)

    def confirm_resize(self, ctx: Context, order: Order, power: Power) -> None:
        self._agent.handle(ctx, self._on_host(resizing.confirm, order), order, power=power)

    def park(self, ctx: Context, order: Order, power: Power) -> None:
        self._handle("soft" if power.soft else "", ctx, self._on_host(resizing.park, order), order, power=power)

    def unpark(self, ctx: Context, order: Order, guest: Guest, running: bool) -> None:
        self._agent.handle(ctx, self._on_host(resizing.unpark, order), order, guest=guest, running=running)

    def open_console(self, ctx: Context, host: str, instance_id: str, kind: str, url: str, ticket: str) -> bool:
        """Have a console carried to the proxy at `url`. Raises NotFound, Invalid, Conflict, Unavailable."""
        if self._consoles is None:
            raise Unavailable("this agent brings no consoles", "console")
        self._consoles.open(host, instance_id, kind, url, ticket)
        return True

    def attach(self, ctx: Context, order: Order, guest: Guest) -> None:
        self._handle("soft", ctx, self._on_host(volumes.attach, order), order, guest=guest)

    def detach(self, ctx: Context, order: Order, guest: Guest) -> None:
        self._handle("soft", ctx, self._on_host(volumes.detach, order), order, guest=guest)

    def console_output(self, ctx: Context, host: str, instance_id: str, max_bytes: int) -> str:
        """The last `max_bytes` (a mebibyte at the most) of the console log. Raises NotFound."""
        if host not in self._hosts or not ids.is_uuid(instance_id):
            raise NotFound("instance", instance_id)
        tail = self._hosts[host].console.tail(instance_id, min(max(max_bytes, 0), MAX_CONSOLE_BYTES))
        return tail.decode(errors="replace")

    def screenshot(self, ctx: Context, host: str, instance_id: str, wake: bool) -> str:
        """A PNG of the display, in base64. Raises NotFound, Conflict, HostFailure."""
        if host not in self._hosts or not ids.is_uuid(instance_id):
            raise NotFound("instance", instance_id)
        return base64.b64encode(self._hosts[host].console.picture(instance_id, wake)).decode()

    def password_key(self, ctx: Context, host: str) -> str:
        """Raises NotFound."""
        return self._passwords.key(host)

    def set_password(self, ctx: Context, host: str, instance_id: str, user: str, sealed: str) -> bool:
        """By the agent in the guest. Raises what `Passwords.set` does, and HostFailure."""
        self._passwords.set(host, instance_id, user, sealed)
        return True

    def _handle(self, patience: str, ctx: Context, verb: Any, order: Order, **payload: Any) -> None:
        """Orders are admitted, and re-sends answered, in the thread that brings them: only the work itself waits."""
        if not (self._waiting and patience):
            return self._agent.handle(ctx, verb, order, **payload)
        work = self._agent.admit(ctx, verb, order, **payload)
        if work and not self._waiting.submit(patience, lambda: self._agent.carry_out(work)):
            self._agent.drop(work)
        return None

    def _fetching(self, verb: Callable[..., dict[str, Any]], order: Order) -> Callable[..., dict[str, Any]]:
        def run(work: Work, guest: Guest) -> dict[str, Any]:
            return verb(self._hosts[order.host], self._fetch, work, guest)

        return run

    def _on_host(self, verb: Callable[..., dict[str, Any]], order: Order) -> Callable[..., dict[str, Any]]:
        def run(work: Work, **payload: Any) -> dict[str, Any]:
            return verb(self._hosts[order.host], work, **payload)

        return run
