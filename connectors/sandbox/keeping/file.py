"""The SQLite file of a sandbox: one table a shelf, one process at a time.

Readers are welcome while the sandbox runs: `sqlite3 FILE "select key, value->>'status' from …"`.
The file is written ahead (WAL) with `synchronous = NORMAL`: what is committed outlives the process,
however it ends; a power cut may take the latest commits, but never leaves half of one.
"""

import fcntl
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from streams.core.errors import Misconfigured

FORMAT = 1
"""Of the rows; it grows when rows of before cannot be read any more."""

_TABLE = 'CREATE TABLE IF NOT EXISTS "{}" (place INTEGER PRIMARY KEY, key NOT NULL UNIQUE, value)'


class Changes(NamedTuple):
    """What a commit does to a table: first the keys that go, then the rows that come or change."""

    table: str
    gone: list[Any]
    rows: list[tuple[Any, str]]


class StateFile:
    """An open file.

    Args:
        path: of the file; it is made if there is none.
        system: whose books they are.

    Raises:
        Misconfigured: the file is in use, of another sandbox or format, or no such file.
    """

    def __init__(self, path: Path, system: str) -> None:
        self._path, self._system = path, system
        with ExitStack() as unless_open:
            self._lock = unless_open.enter_context(_locked(path))
            self._db = self._opened()
            unless_open.pop_all()

    def rows(self, table: str) -> Iterator[tuple[Any, str]]:
        """Keys and values of a table, in the order in which they came; it is made if need be."""
        self._db.execute(_TABLE.format(table))
        found = self._db.execute(f'SELECT key, value FROM "{table}" ORDER BY place')  # noqa: S608
        return ((_read_key(key), value) for key, value in found)

    def write(self, changes: Iterable[Changes]) -> None:
        """Writes all changes or none; returns when they outlive the process."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for table, gone, rows in changes:
                self._db.executemany(
                    f'DELETE FROM "{table}" WHERE key = ?',  # noqa: S608 (tables are ours)
                    [(_write_key(key),) for key in gone],
                )
                self._db.executemany(
                    f'INSERT INTO "{table}" (key, value) VALUES (?, ?)'  # noqa: S608 (as above)
                    " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    [(_write_key(key), value) for key, value in rows],
                )
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Closes the file and lets others have it."""
        self._db.close()
        self._lock.close()

    def _opened(self) -> sqlite3.Connection:
        self._path.touch(mode=0o600)
        db = sqlite3.connect(self._path, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            self._check(db)
        except sqlite3.Error as error:
            db.close()
            raise Misconfigured(f"{self._path} is not the state of a sandbox: {error}") from error
        except Misconfigured:
            db.close()
            raise
        return db

    def _check(self, db: sqlite3.Connection) -> None:
        with closing(db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")) as found:
            tables = {name for (name,) in found}
        if not tables:
            db.execute("BEGIN IMMEDIATE")
            db.execute("CREATE TABLE about (name PRIMARY KEY, value)")
            about = [("sandbox", self._system), ("format", str(FORMAT))]
            db.executemany("INSERT INTO about VALUES (?, ?)", about)
            db.execute("COMMIT")
        if tables and "about" not in tables:
            raise Misconfigured(
                f"{self._path} is a database, but not the state of a sandbox; use another --state"
            )
        told = dict(db.execute("SELECT name, value FROM about").fetchall())
        if told.get("sandbox") != self._system:
            raise Misconfigured(
                f"{self._path} is the state of the sandbox {told.get('sandbox')}, not of"
                f" {self._system}; use another --state"
            )
        if told.get("format") != str(FORMAT):
            raise Misconfigured(
                f"{self._path} has format {told.get('format')}, this Tandem reads {FORMAT}:"
                " start it with the Tandem that wrote it, or remove the file to begin anew"
            )


def _locked(path: Path) -> TextIO:
    """An open file beside it, which no other process can open so, until this one ends."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(f"{path.name}.lock").open("a")
    except OSError as error:
        raise Misconfigured(f"{path} cannot be made: {error}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise Misconfigured(
            f"{path} is in use by another sandbox; stop that, or use another --state"
        ) from None
    return lock


def _write_key(key: Any) -> Any:
    """A number or text as it is; other keys, and text that SQLite cannot hold, as JSON."""
    if isinstance(key, int):
        return key
    if isinstance(key, str) and not key.startswith(('"', "[")):
        try:
            key.encode()
        except UnicodeEncodeError:
            return json.dumps(key)
        return key
    return json.dumps(key)


def _read_key(column: Any) -> Any:
    if isinstance(column, str) and column.startswith(('"', "[")):
        key = json.loads(column)
        return tuple(key) if isinstance(key, list) else key
    return column
