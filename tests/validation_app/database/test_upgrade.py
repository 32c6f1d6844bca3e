"""The migrations make exactly the tables of tables.py, once."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from importers.errors import StorageError
from validation_app.database.sessions import open_engine
from validation_app.database.tables import Table
from validation_app.database.upgrade import upgrade


def definitions(engine: Engine) -> dict[str, str]:
    """The SQL that SQLite keeps of every table and index; white space apart."""
    query = text(
        "SELECT name, sql FROM sqlite_master "
        "WHERE sql IS NOT NULL AND name NOT IN ('alembic_version', 'sqlite_sequence')"
    )
    with engine.connect() as connection:
        return {
            name: re.sub(r" ?([,()]) ?", r"\1", " ".join(sql.split()))
            for name, sql in connection.execute(query)
        }


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(tmp_path)


def test_migrations_and_tables_agree(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    at_once = open_engine(tmp_path / "other")
    with at_once.begin() as connection:
        Table.metadata.create_all(connection)
    upgrade(engine)
    assert definitions(engine) == definitions(at_once)
    assert set(Table.metadata.tables) < set(definitions(engine))


def test_an_upgrade_of_the_newest_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO people VALUES ('p', '2026-01-01 00:00:00', NULL, '', '', '')")
        )
    before = definitions(engine)
    upgrade(engine)
    assert definitions(engine) == before
    with engine.connect() as connection:
        assert connection.execute(text("SELECT id FROM people")).all() == [("p",)]


def test_a_migration_that_fails_leaves_nothing_behind(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:  # in the way of the last table but one
        connection.execute(text("CREATE TABLE reported_clips (x)"))
    with pytest.raises(Exception, match="reported_clips already exists"):
        upgrade(engine)
    assert set(definitions(engine)) == {"reported_clips"}


def test_a_database_of_a_later_version_is_left_alone(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageError, match="a later version of Myna made this database"):
        upgrade(engine)


def test_acknowledged_is_on_the_disk(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert found == ["wal", 2, 1]


def test_a_full_disk_is_said_and_costs_nothing(small_disk: Path) -> None:
    engine = open_engine(small_disk)
    upgrade(engine)
    insert = text("INSERT INTO people VALUES (:id, '2026-01-01', NULL, '', '', :much)")
    done = 0
    with pytest.raises(StorageError) as caught:
        for number in range(1000):
            with engine.begin() as connection:
                connection.execute(insert, {"id": str(number), "much": "x" * 10_000})
            done += 1
    path = small_disk / "validation.sqlite"
    assert str(caught.value) == (
        f"{path}: database or disk is full. Free some space: what was acknowledged is kept"
    )
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM people")).scalar() == done > 10
    engine.dispose()
