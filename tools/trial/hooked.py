"""Runs a daemon of a trial cloud with a fault put into it: `python -m tools.trial.hooked HOOK STATE NAME PROGRAM ARGS`.
The product has no such entry. HOOK is a module with `install(state, name)`, called when the daemon has chosen its
concurrency and before it imports anything else of the project."""

from __future__ import annotations

import importlib
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path


def command(python: str, hook: str, state: Path, name: str, argv: Sequence[str]) -> list[str]:
    """The command line of a hooked daemon whose own is `argv` (Python, then the program); run in the checkout."""
    return [python, "-m", "tools.trial.hooked", hook, str(state), name, *argv[1:]]


def main(argv: Sequence[str]) -> None:
    """Wrap `concurrency.init`, then run the program as if it had been started itself."""
    hook, state, name, program, *words = argv
    from nova_like import concurrency

    begin = concurrency.init

    def init(backend: str) -> None:
        begin(backend)
        importlib.import_module(hook).install(Path(state), name)

    concurrency.init = init
    sys.argv = [program, *words]
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
