"""A dictionary that knows which of its values may have been changed."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, Self

from connectors.sandbox.keeping.codec import Codec


class Unit(Protocol):
    """Who is told what was touched."""

    def touch(self, shelf: "Shelf", key: Any) -> None:
        """A value was put in or taken out by its key; from then on it may be changed."""

    def moved(self, shelf: "Shelf", key: Any) -> None:
        """A key came, and stands last, or went."""


class Shelf(dict[Any, Any]):
    """A shelf of a file. Looking over its values (`values`, `items`) does not touch them.

    Args:
        name: of its table.
        unit: is told what was touched.
        fixed: the values never change: only putting them in and removing them touches.

    Attributes:
        codec: of its values.
        written: by key, the hash of what stands in the file.
        gone: keys that were removed since the latest commit.
    """

    codec: Codec

    def __init__(self, name: str, unit: Unit, *, fixed: bool) -> None:
        super().__init__()
        self.name, self._unit, self._fixed = name, unit, fixed
        self.written: dict[Any, int] = {}
        self.gone: dict[Any, None] = {}

    def restore(self, key: Any, value: Any, text: str) -> None:
        """Puts in what the file says."""
        super().__setitem__(key, value)
        self.written[key] = hash(text)

    def peek(self, key: Any) -> Any:
        """A value that is only looked at."""
        return super().__getitem__(key)

    def touch(self, key: Any) -> None:
        """Tells that a value may be changed."""
        self._unit.touch(self, key)

    def text(self, key: Any) -> str:
        """A value as the file has it."""
        return json.dumps(self.codec.write(self.peek(key)), separators=(",", ":"))

    def unwritten(self) -> Iterator[Any]:
        """The keys of which the file says something else."""
        for key in dict.fromkeys((*self, *self.written)):
            now = hash(self.text(key)) if key in self else None
            if now != self.written.get(key):
                yield key

    def __getitem__(self, key: Any) -> Any:
        value = super().__getitem__(key)
        if not self._fixed:
            self._unit.touch(self, key)
        return value

    def get(self, key: Any, default: Any = None) -> Any:
        """The value, touched, or the default."""
        if key not in self:
            return default
        return self[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        tell = self._unit.touch if key in self else self._unit.moved
        super().__setitem__(key, value)
        tell(self, key)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """The value, touched; the default is put in first if there is none."""
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, other: Mapping[Any, Any]) -> None:  # type: ignore[override] # no pairs
        """Puts in all entries of a mapping."""
        for key, value in other.items():
            self[key] = value

    def __ior__(self, other: Mapping[Any, Any]) -> Self:  # type: ignore[override,misc] # no pairs
        self.update(other)
        return self

    def __delitem__(self, key: Any) -> None:
        super().__delitem__(key)
        self.gone[key] = None
        self._unit.moved(self, key)

    def pop(self, key: Any, *default: Any) -> Any:
        """Removes a value for good."""
        if key not in self:
            return super().pop(key, *default)
        value = self.peek(key)
        del self[key]
        return value

    def clear(self) -> None:
        """Removes all values for good."""
        for key in list(self):
            del self[key]

    def popitem(self) -> Any:
        """Removes the latest value for good."""
        key = next(reversed(self))
        return key, self.pop(key)
