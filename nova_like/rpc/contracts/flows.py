"""What api (and schedulers among themselves) ask of any scheduler: hints only, the rows hold the promise."""

from nova_like.rpc.contract import Contract, cast


class Flows(Contract):
    topic = "flows"
    per_host = False

    @cast
    def wake(self, flows: list[str]) -> None:
        """Advance these flows now."""
