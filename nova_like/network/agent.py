"""The network agent: carries out plug and unplug on its hosts' datapath. Decides nothing, keeps no journal."""

from collections.abc import Iterable
from typing import Any, Protocol

from nova_like import concurrency, logs
from nova_like.model.context import Context
from nova_like.model.errors import Fault
from nova_like.model.orders import HostReport, Order, Plug
from nova_like.network.drivers.base import Datapath
from nova_like.rpc.agent import Agent
from nova_like.rpc.reporter import Report
from nova_like.rpc.work import Work

LOG = logs.get(__name__)
VERIFY_SECONDS = 30.0


class MetadataService(Protocol):
    """What answers the guests of this host; a fake datapath has none."""

    def sync(self) -> None:
        """Listen where there are guests, and nowhere else."""

    def stop(self) -> None: ...


class NetworkAgent:
    """Handler of the Network contract. `agent` is the runtime that admits orders and answers them."""

    def __init__(
        self,
        datapath: Datapath,
        address: str,
        hosts: Iterable[str],
        report: Report,
        metadata: MetadataService | None = None,
        boot_id: str = "",
        interval_seconds: float = 30.0,
    ) -> None:
        self._datapath = datapath
        self._metadata = metadata
        self.hosts = list(hosts)
        self.agent = Agent("network", address, self.hosts, report, self.describe, boot_id, interval_seconds)

    def start(self) -> None:
        """Adopt and repair what is on the hosts. Raises HostFailure; orders are taken only after it."""
        for host in self.hosts:
            self._datapath.start(host)
        self._sync_metadata()

    def stop(self) -> None:
        """Filters, addresses and DHCP stay: guests do not notice."""
        if self._metadata is not None:
            self._metadata.stop()

    def describe(self, host: str) -> HostReport:
        plugged = sorted(self._datapath.instances(host))
        return HostReport("network", host, self.agent.address, self.agent.boot_id, plugged=plugged)

    def plug(self, ctx: Context, order: Order, plug: Plug) -> None:
        self.agent.handle(ctx, self._plug, order, plug=plug)

    def unplug(self, ctx: Context, order: Order, plug: Plug) -> None:
        self.agent.handle(ctx, self._unplug, order, plug=plug)

    def verify_loop(self, stop: Any) -> None:
        """Repair now and then what others changed, until the event `stop` is set."""
        with concurrency.every(VERIFY_SECONDS, stop) as ticks:
            for _ in ticks:
                self.verify()

    def verify(self) -> None:
        """Make all hosts as they were asked to be once more; a failure is said and tried again next time."""
        verify = getattr(self._datapath, "verify", None)
        if verify is None:
            return
        try:
            verify()
            self._sync_metadata()
        except Fault as fault:
            LOG.warning("the datapath could not be verified: %s", fault.reason)

    def _plug(self, work: Work, plug: Plug) -> dict[str, Any]:
        work.check()
        taps = self._datapath.plug(work.order.host, plug)
        self._sync_metadata()
        return {"taps": taps}

    def _unplug(self, work: Work, plug: Plug) -> dict[str, Any]:
        work.check()
        self._datapath.unplug(work.order.host, plug)
        self._sync_metadata()
        return {}

    def _sync_metadata(self) -> None:
        if self._metadata is not None:
            self._metadata.sync()
