"""How the database is opened: SQLite in write-ahead mode, each transaction taken at its start."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

FILE = "validation.sqlite"
BUSY_MS = 10_000
"""For so long a transaction waits for another one's end."""


def open_engine(data: Path) -> Engine:
    """The engine of the database in the app's folder, which is made when a migration runs.

    A transaction that will write begins with BEGIN IMMEDIATE (`writing`): one that read first and
    wrote later could fail, whatever the waiting time (https://www.sqlite.org/isolation.html).
    """
    engine = create_engine(f"sqlite:///{data / FILE}", connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        connection.isolation_level = None  # pysqlite would begin transactions by its own rules
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")  # what was acknowledged survives a power cut
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        immediate = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def reading(engine: Engine) -> sessionmaker[Session]:
    """Sessions that only read."""
    return sessionmaker(engine)


def writing(engine: Engine) -> sessionmaker[Session]:
    """Sessions that hold the write lock from their start; short, for there is one lock."""
    return sessionmaker(engine.execution_options(writes=True), expire_on_commit=False)
