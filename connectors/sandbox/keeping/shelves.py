"""Where a sandbox's books stand: a dictionary for each kind of thing, in memory or in a file.

The domain works on dictionaries and plain objects and knows nothing of files. It keeps four rules,
which cost nothing in memory:

- what outlives a request is in a shelf; indexes beside it hold keys, and are made at the start;
- what is changed was taken out of its shelf by its key, in the same go: no `await` in between;
- an object stands in one shelf; other shelves may refer to it, if that one came before theirs;
- a number that must not be given twice comes from a `Series`.
"""

from collections.abc import Callable, Iterator
from typing import Any, Protocol


class Shelves(Protocol):
    """All shelves of one sandbox."""

    def shelf(self, name: str, of: Any, key: str = "") -> dict[Any, Any]:
        """The dictionary of that name, with all that it held when the sandbox was stopped.

        Args:
            name: of its table, e.g. `payers`.
            of: the type of its values.
            key: the attribute that holds a value's key; values of other shelves refer by it.
        """

    def refer(self, of: type, write: Callable[[Any], Any], read: Callable[[Any], Any]) -> None:
        """How shelves that come later write a part of another shelf's value, and find it again."""


class Memory:
    """Shelves that are plain dictionaries, forgotten when the sandbox stops."""

    def shelf(self, name: str, of: Any, key: str = "") -> dict[Any, Any]:
        """A new dictionary."""
        return {}

    def refer(self, of: type, write: Callable[[Any], Any], read: Callable[[Any], Any]) -> None:
        """Nothing is written."""


MEMORY = Memory()


class Series:
    """Numbers that count up and are never given twice, as `itertools.count` does.

    Args:
        shelves: where the latest number is kept.
        name: of the series.
        first: the first number.
    """

    def __init__(self, shelves: Shelves, name: str, first: int = 1) -> None:
        self._latest: dict[str, int] = shelves.shelf("series", int)
        self._name, self._first = name, first

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        number = self.latest + 1
        self._latest[self._name] = number
        return number

    @property
    def latest(self) -> int:
        """The number that was given last; one below the first if none was."""
        return self._latest.get(self._name, self._first - 1)

    def reach(self, number: int) -> None:
        """Lets the series go on after a number, if it is not there yet."""
        self._latest[self._name] = max(number, self.latest)

    def restart(self) -> None:
        """Lets the series begin again."""
        self._latest.pop(self._name, None)
