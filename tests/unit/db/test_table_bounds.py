"""docs/retention.rst says of every table what bounds it, and says retention only of tables that retention prunes."""

import re
from pathlib import Path

from nova_like.db.retention import PRUNES
from nova_like.db.schema import METADATA

PAGE = Path(__file__).parents[3] / "docs/retention.rst"


def _bounds() -> dict[str, str]:
    """{table: what bounds it}, off the page."""
    return dict(re.findall(r"^``(\w+)``\s+(\S.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_table_is_listed():
    assert sorted(_bounds()) == sorted(METADATA.tables)


def test_what_is_said_to_be_retention_is_pruned():
    said = {name for name, text in _bounds().items() if "retention" in text or "silent for" in text}
    assert said == set(PRUNES)
