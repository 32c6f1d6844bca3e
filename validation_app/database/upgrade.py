"""Brings a database to the newest tables: run at each start, with nothing to do at most."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine

from importers.errors import StorageError

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Run the migrations that the database has not seen, all or none of them.

    Raises StorageError when a later version of Myna has made the database.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with engine.execution_options(writes=True).begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StorageError(
                f"{engine.url.database}: a later version of Myna made this database ({error}). "
                "Use that version, or another --data"
            ) from None
