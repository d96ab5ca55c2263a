"""`meta_data`: free entries of orders, products and refunds (facts: 3.1)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Meta:
    """One entry; keys that begin with `_` are hidden on the shop's admin screen."""

    id: int
    key: str
    value: Any


def merged(
    present: list[Meta], changes: Iterable[dict[str, Any]], ids: Iterator[int]
) -> list[Meta]:
    """The entries after a write: replaced by `id` or else by key, `value` null removes."""
    entries = list(present)
    for change in changes:
        key, value = str(change.get("key", "")), change.get("value")
        found = next((m for m in entries if m.id == change.get("id") or m.key == key), None)
        if found is None:
            if value is not None:
                entries.append(Meta(next(ids), key, value))
        elif value is None:
            entries.remove(found)
        else:
            entries[entries.index(found)] = Meta(found.id, key or found.key, value)
    return entries
