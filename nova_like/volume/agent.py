"""The volume agent: makes volumes and exports come and go on its back end. Decides nothing, keeps no journal."""

from collections.abc import Iterable
from typing import Any

from nova_like.model import wire
from nova_like.model.context import Context
from nova_like.model.orders import Export, HostReport, ImageLink, Order, Volume
from nova_like.rpc.agent import Agent
from nova_like.rpc.reporter import Report
from nova_like.rpc.waiting import Waiting
from nova_like.rpc.work import Work
from nova_like.volume.drivers.base import Backend


class VolumeAgent:
    """Handler of the Volume contract. `agent` is the runtime that admits orders and answers them. `waiting`: where
    fillings wait for their images, none if they are not to keep others from their turn for long."""

    def __init__(
        self,
        backend: Backend,
        address: str,
        hosts: Iterable[str],
        report: Report,
        boot_id: str = "",
        interval_seconds: float = 30.0,
        waiting: Waiting | None = None,
    ) -> None:
        self._backend, self._waiting = backend, waiting
        self.hosts = list(hosts)
        self.agent = Agent("volume", address, self.hosts, report, self.describe, boot_id, interval_seconds)

    def start(self) -> None:
        """Adopt what is there. Raises HostFailure; orders are taken only after it."""
        for host in self.hosts:
            self._backend.start(host)

    def stop(self) -> None:
        """Nothing to end: volumes are files, and guests use their exports."""

    def describe(self, host: str) -> HostReport:
        self._backend.keep(host)
        capacity = self._backend.capacity(host)
        return HostReport("volume", host, self.agent.address, self.agent.boot_id, capacity=capacity)

    def create(self, ctx: Context, order: Order, volume: Volume) -> None:
        self.agent.handle(ctx, self._create, order, volume=volume)

    def fill(self, ctx: Context, order: Order, volume: Volume, image: ImageLink) -> None:
        if self._waiting is None:
            return self.agent.handle(ctx, self._fill, order, volume=volume, image=image)
        work = self.agent.admit(ctx, self._fill, order, volume=volume, image=image)
        if work and not self._waiting.submit("fill", lambda: self.agent.carry_out(work)):
            self.agent.drop(work)
        return None

    def delete(self, ctx: Context, order: Order, volume: Volume) -> None:
        self.agent.handle(ctx, self._delete, order, volume=volume)

    def export(self, ctx: Context, order: Order, export: Export) -> None:
        self.agent.handle(ctx, self._export, order, export=export)

    def unexport(self, ctx: Context, order: Order, export: Export) -> None:
        self.agent.handle(ctx, self._unexport, order, export=export)

    def _create(self, work: Work, volume: Volume) -> dict[str, Any]:
        work.check()
        self._backend.create(work.order.host, volume)
        return {}

    def _fill(self, work: Work, volume: Volume, image: ImageLink) -> dict[str, Any]:
        work.check()
        self._backend.fill(work.order.host, volume, image, work.cancelled)
        return {}

    def _delete(self, work: Work, volume: Volume) -> dict[str, Any]:
        work.check()
        self._backend.delete(work.order.host, volume)
        return {}

    def _export(self, work: Work, export: Export) -> dict[str, Any]:
        work.check()
        found: dict[str, Any] = wire.to_wire(self._backend.export(work.order.host, export))
        return found

    def _unexport(self, work: Work, export: Export) -> dict[str, Any]:
        work.check()
        self._backend.unexport(work.order.host, export)
        return {}
