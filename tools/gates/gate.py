"""What a gate is: a function that harms a trial cloud under load and returns a report, with its sizes."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from tools.load.churn import Churn
from tools.load.trial import Trial

Run = Callable[[Any, SimpleNamespace], dict[str, Any]]  # Any: a Trial, or for real guests a RealTrial
FAKES = {
    "fake.delay_ms": "1200",  # effects take their time, so that faults fall while flows are unfinished
    "bus.threads": "128",  # one agent process plays twenty hosts
}


@dataclass(frozen=True)
class Gate:
    """`run(cloud, sizes)`; `ci` and `full` name the same sizes; `cloud` are the arguments of its Trial."""

    run: Run
    ci: Mapping[str, float]
    full: Mapping[str, float]
    cloud: Mapping[str, Any] = field(default_factory=dict)
    real: bool = False  # with real guests on one real host
    in_ci: bool = False  # one of those that every change is judged by: six minutes together

    @property
    def promise(self) -> str:
        """Its one line for people."""
        return (self.run.__doc__ or "").strip().splitlines()[0]

    def trial(self) -> Trial:
        """The cloud that it wants, not yet started."""
        if self.real:
            from tools.load.real import RealTrial

            return RealTrial(**self.cloud)
        return Trial(**{"hosts": 20, "api_workers": 2, "schedulers": 2, "options": FAKES, **self.cloud})


class Load:
    """Boots and deletes in the background: `with Load(cloud, boots, seconds) as load:`; leaving waits for the last.
    `acts`: and all else that is done with servers."""

    def __init__(self, cloud: Trial, boots: float, seconds: float, acts: bool = False) -> None:
        self.churn = Churn(cloud, acts)
        self._thread = threading.Thread(target=self.churn.run, args=(int(boots), seconds), daemon=True)

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            self._thread.join()

    @property
    def unfinished(self) -> int:
        """Flows that have not ended."""
        return self.churn.unfinished()


def say(text: str) -> None:
    """One line of progress."""
    print(text, flush=True)
