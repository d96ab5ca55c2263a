"""Reading a source record: paths such as `ship_to.country`, and what counts as empty."""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.mapping.problems import Refused

Record = Mapping[str, Any]
Reader = Callable[[Record], Any]
Step = Callable[[Any, Record], Any]


def nothing(_: Record) -> None:
    """Reads nothing."""


def reader(path: str) -> Reader:
    """Reads the value at a dotted path; None if it, or anything on the way to it, is absent or "".

    The reader raises `Refused` if something on the way is not a record.
    """
    first, *rest = path.split(".")
    if not rest:

        def read_field(record: Record) -> Any:
            value = record.get(first)
            return None if value == "" else value

        return read_field

    *way, last = rest
    outer = reader(".".join((first, *way)))

    def read_inner(record: Record) -> Any:
        inner = outer(record) if way else record.get(first)
        if inner is None:
            return None
        try:
            value = inner.get(last)
        except AttributeError:
            raise Refused(inner, f"is not a record, so there is no {path}") from None
        return None if value == "" else value

    return read_inner
