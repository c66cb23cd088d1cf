"""nova-like-manage in the test's own process, on an SQLite file. Test code; holds no assertion."""

import io
import json
from pathlib import Path
from typing import Any

from nova_like.cmd.manage.app import Manage
from nova_like.db.engine import Database


class Operator:
    """`run(words)` gives (status, what was printed); `table(words)` the rows of a command as dictionaries."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.config = state / "manage.conf"
        self.config.write_text(
            f"[DEFAULT]\nstate_path = {state}\n[database]\nurl = sqlite:///{state}/db.sqlite\n"
            f"[api]\npublic_url = http://cloud\n[identity]\nkey_repository = {state}/keys\npassword_rounds = 4\n"
        )
        (state / "password").write_text("secret\n")
        self.db = Database(f"sqlite:///{state}/db.sqlite")

    def run(self, *words: str) -> tuple[int, str]:
        app = Manage()
        app.stdout = io.StringIO()
        try:
            status = app.run(["--config-file", str(self.config), *words])
        except SystemExit as end:
            return 1, str(end.code)
        return status, app.stdout.getvalue()

    def table(self, *words: str) -> Any:
        status, text = self.run(*words, "-f", "json")
        return json.loads(text) if status == 0 else text

    def bootstrap(self, *more: str) -> tuple[int, str]:
        return self.run("bootstrap", "--admin-password-file", str(self.state / "password"), *more)
