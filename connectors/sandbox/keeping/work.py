"""A unit of work: what was touched is compared with the file, and written if it differs.

So its cost is that of what a request touched, not of the books. A unit ends with a request, or with
one go of what a sandbox does by itself.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from connectors.sandbox.keeping.file import Changes, StateFile
from connectors.sandbox.keeping.shelf import Shelf

Touched = dict[tuple[str, Any], Shelf]


class Work:
    """The unit of work of one file."""

    def __init__(self, file: StateFile) -> None:
        self._file = file
        self._touched: Touched = {}
        self._beside: list[Callable[[], None]] = []
        self._due = False

    def with_each(self, beside: Callable[[], None]) -> None:
        """Calls this before each commit; what it touches is in that commit."""
        self._beside.append(beside)

    def touch(self, shelf: Shelf, key: Any) -> None:
        """A value may be changed from now on; it is compared when this go is over."""
        self._touched[shelf.name, key] = shelf
        if not self._due:
            self._soon()

    def moved(self, shelf: Shelf, key: Any) -> None:
        """A key came, and stands last, or went; rows are written in the order of these."""
        self._touched.pop((shelf.name, key), None)
        self.touch(shelf, key)

    def commit(self) -> None:
        """Writes what was changed since the latest commit; returns when it outlives the process.

        Raises:
            sqlite3.Error: the file cannot be written; what was touched stays so.
        """
        self._due = bool(self._touched)
        for beside in self._beside if self._due else ():
            beside()
        done: Touched = {}
        changes: dict[str, Changes] = {}
        try:
            while self._touched:
                self._compare_all(done, changes)
            if changes:
                self._file.write(changes.values())
        except BaseException:
            self._touched = done | self._touched
            raise
        finally:
            self._due = False
        _settle(done, changes)

    def _compare_all(self, done: Touched, changes: dict[str, Changes]) -> None:
        """Compares what is touched; that may touch what is referred to."""
        going, self._touched = self._touched, {}
        for (name, key), shelf in going.items():
            if (name, key) not in done:
                done[name, key] = shelf
                _compare(shelf, key, changes)

    def _soon(self) -> None:
        try:
            asyncio.get_running_loop().call_soon(self.commit)
        except RuntimeError:
            return
        self._due = True


def _compare(shelf: Shelf, key: Any, changes: dict[str, Changes]) -> None:
    was, gone = shelf.written.get(key), key in shelf.gone
    text = shelf.text(key) if key in shelf else None
    if not gone and (text is None or hash(text) == was):
        return
    change = changes.setdefault(shelf.name, Changes(shelf.name, [], []))
    if gone and was is not None:
        change.gone.append(key)
    if text is not None:
        change.rows.append((key, text))


def _settle(done: Touched, changes: Mapping[str, Changes]) -> None:
    shelves = {shelf.name: shelf for shelf in done.values()}
    for name, gone, rows in changes.values():
        written = shelves[name].written
        for key in gone:
            written.pop(key, None)
        written.update((key, hash(text)) for key, text in rows)
    for shelf in shelves.values():
        shelf.gone.clear()
