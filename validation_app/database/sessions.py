"""How the database is opened: SQLite in write-ahead mode, each transaction taken at its start."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, ExceptionContext, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from importers.errors import StorageError

FILE = "validation.sqlite"
CACHE_KB = 32_768
"""Of each connection; SQLite's 2 MB are soon too few for the indices of a million clips."""
BUSY_MS = 10_000
"""For so long a transaction waits for another one's end."""
_REFUSED = {
    sqlite3.SQLITE_BUSY: "Something else writes it: try again when that is done",
    sqlite3.SQLITE_FULL: "Free some space: what was acknowledged is kept",
    sqlite3.SQLITE_IOERR: "Look after the disk: what was acknowledged is kept",
    sqlite3.SQLITE_READONLY: "Change its permissions, or choose another --data",
    sqlite3.SQLITE_CANTOPEN: "Change the folder's permissions, or choose another --data",
    sqlite3.SQLITE_NOTADB: "Put a copy of it back, or choose another --data",
    sqlite3.SQLITE_CORRUPT: "Put a copy of it back, or choose another --data",
}
"""SQLite's primary result codes (https://www.sqlite.org/rescode.html) that are no fault of ours."""


def open_engine(data: Path) -> Engine:
    """The engine of the database in the app's folder, which is made when a migration runs.

    A transaction that will write begins with BEGIN IMMEDIATE (`writing`): one that read first and
    wrote later could fail, whatever the waiting time (https://www.sqlite.org/isolation.html).
    What the disk or another program refuses is raised as StorageError wherever it happens.
    """
    engine = create_engine(f"sqlite:///{data / FILE}", connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:
        connection.isolation_level = None  # pysqlite would begin transactions by its own rules
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")  # what was acknowledged survives a power cut
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KB}")
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        immediate = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    @event.listens_for(engine, "handle_error")
    def translate(context: ExceptionContext) -> StorageError | None:
        error = context.original_exception
        advice = _REFUSED.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)  # without the kind
        return StorageError(f"{data / FILE}: {error}. {advice}") if advice else None

    return engine


def reading(engine: Engine) -> sessionmaker[Session]:
    """Sessions that only read."""
    return sessionmaker(engine)


def writing(engine: Engine) -> sessionmaker[Session]:
    """Sessions that hold the write lock from their start; short, for there is one lock."""
    return sessionmaker(engine.execution_options(writes=True), expire_on_commit=False)
