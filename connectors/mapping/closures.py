"""The closures that run for every record: few calls deep, for they are what a mapping costs."""

from collections.abc import Sequence
from typing import Any

from connectors.mapping.conditions import Condition
from connectors.mapping.problems import Refused
from connectors.mapping.record import Reader, Record, Step


def value(
    source: Reader, steps: Sequence[Step], default: Any, optional: bool, label: str
) -> Reader:
    """The source's value through the steps; what is empty is the default, None, or refused."""
    refuse = default is None and not optional
    if not steps:

        def read_plain(record: Record) -> Any:
            got = source(record)
            return (_empty(label) if refuse else default) if got is None else got

        return read_plain
    first, *more = steps

    def read_one(record: Record) -> Any:
        got = source(record)
        if got is not None:
            got = first(got, record)
            if got is not None:
                return got
        return _empty(label) if refuse else default

    def read_all(record: Record) -> Any:
        got = source(record)
        for step in steps:
            if got is None:
                return _empty(label) if refuse else default
            got = step(got, record)
        return (_empty(label) if refuse else default) if got is None else got

    return read_all if more else read_one


def conditional(read: Reader, holds: Condition | None, default: Any) -> Reader:
    """The reader where the condition holds, else the default."""
    if holds is None:
        return read
    return lambda record: read(record) if holds(record) else default


def joined(reads: Sequence[Reader], between: str) -> Reader:
    """The texts that there are, with `between` between them; None if there are none."""

    def read(record: Record) -> str | None:
        return between.join([str(v) for part in reads if (v := part(record)) is not None]) or None

    return read


def first(reads: Sequence[Reader]) -> Reader:
    """The first value that there is."""

    def read(record: Record) -> Any:
        for part in reads:
            got = part(record)
            if got is not None:
                return got
        return None

    return read


def _empty(label: str) -> None:
    raise Refused("", f"is empty: {label} must have a value; else say default or optional")
