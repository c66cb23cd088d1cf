"""What agents say, to any scheduler. Every message is signed by the sender's key; see rpc/signing."""

from nova_like.model.orders import Answer, HostReport
from nova_like.rpc.contract import REPORTS, Contract, cast, perishable

LIFE_SECONDS = 45.0  # a host reports again within 37.5, so one that lives has a word in the queue that counts


class Reports(Contract):
    topic = "reports"
    exchange = REPORTS
    per_host = False

    @cast
    def answer(self, answer: Answer) -> None:
        """The outcome (or progress) of one order."""

    @perishable(LIFE_SECONDS)
    def hosts(self, reports: list[HostReport]) -> None:
        """The hosts that this agent serves, all or those that changed. What a host said long before it was
        read must not make it seem alive."""
