"""audit: every counter recomputed from rows; prints what does not agree, and nothing when all does."""

from typing import Any

from nova_like.cmd.manage.base import Plain
from nova_like.db import audit


class Audit(Plain):
    """Compare counters, holders and locks with the rows they are about. Status 1 when something disagrees."""

    def work(self, args: Any) -> int:
        found = self.app.database.transact(audit.discrepancies)
        for line in found:
            self.app.stdout.write(f"{line}\n")
        return 1 if found else 0
