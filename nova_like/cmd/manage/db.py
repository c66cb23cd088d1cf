"""db sync: bring the schema up to date."""

from pathlib import Path
from typing import Any

from nova_like.cmd.manage.base import Plain


class Sync(Plain):
    """Create the tables, or migrate them to this release. May be run again at any time."""

    def work(self, args: Any) -> None:
        upgrade(self.app.database.engine)


def upgrade(engine: Any, revision: str = "head") -> None:
    """Run the migrations on an open engine, all in one transaction."""
    from alembic import command

    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def head() -> str:
    """The newest revision of this release."""
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _config() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).resolve().parents[2] / "db" / "migrations"))
    return config
