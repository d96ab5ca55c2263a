"""The query languages of MI: `FIELD:value` of the Search transactions, SQL-like of EXPORTMI."""

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.quantities import is_number

_TERM = re.compile(
    r"(?P<field>[A-Z0-9]{4}):(?:\[(?P<low>\S+) TO (?P<high>\S+)\]"
    r'|"(?P<quoted>[^"]*)"|(?P<plain>[^\s\[]\S*))'
)
_SELECT = re.compile(
    r"(?:select\s+)?(?P<columns>\w+(?:\s*,\s*\w+)*)\s+from\s+(?P<file>\w+)"
    r"(?:\s+where\s+(?P<where>.+))?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
_VALUE = r"(?:'(?:[^']|'')*'|-?\d+(?:\.\d+)?)"
_CONDITION = re.compile(
    rf"(?P<column>\w+)\s*(?:(?P<compare>=|<>|<=|>=|<|>)\s*(?P<one>{_VALUE})"
    rf"|in\s*\(\s*(?P<many>{_VALUE}(?:\s*,\s*{_VALUE})*)\s*\))\s*(?:and\s+|\Z)",
    re.IGNORECASE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Range:
    """What a search term asks for: texts from `low` to `high`, `*` being open; mostly one text."""

    low: str
    high: str

    @property
    def single(self) -> bool:
        """Whether it is one text only."""
        return self.low == self.high

    def __contains__(self, text: str) -> bool:
        low, high = self.low.replace("*", ""), self.high
        return low <= text and (high == "*" or text <= high)


def terms(query: str) -> dict[str, Range]:
    """`CUOR:uk-1 AND CUNO:"17850" AND ORDT:[20101201 TO *]` as field and range; all must hold.

    Raises:
        Refused: WQR0101 it cannot be understood.
    """
    matches = list(_TERM.finditer(query))
    if not matches or set(_TERM.sub("", query).split()) - {"AND"}:
        raise Refused("WQR0101", "SQRY", query)
    return {match["field"]: _range(match) for match in matches}


def _range(match: re.Match[str]) -> Range:
    if match["low"] is not None:
        return Range(match["low"], match["high"])
    text = match["quoted"] or match["plain"] or ""
    return Range(text, text)


@dataclass(frozen=True)
class Condition:
    """A column must compare so with one of the values; several only with `=` (`in`)."""

    column: str
    compare: str
    values: tuple[str, ...]

    def test(self, numeric: bool) -> Callable[[str], bool]:
        """Whether a text holds; numeric columns are compared as numbers, nothing being 0."""
        if not numeric:
            if self.compare == "=":
                return frozenset(self.values).__contains__
            value, compare = self.values[0], _COMPARE[self.compare]
            return lambda text: compare(text, value)
        numbers, holds = [_number(value) for value in self.values], _COMPARE[self.compare]
        return lambda text: any(holds(_number(text), number) for number in numbers)


def _number(text: str) -> Decimal:
    if not text:
        return Decimal(0)
    if not is_number(text):
        raise Refused("WQR0101", "QERY", text)
    return Decimal(text)


@dataclass(frozen=True)
class Selection:
    """`columns from file where conditions`, all of which must hold; none selects all."""

    columns: tuple[str, ...]
    file: str
    conditions: tuple[Condition, ...]

    def exactly(self, column: str) -> tuple[str, ...] | None:
        """The values that a column must equal one of; None if the query does not say so."""
        for condition in self.conditions:
            if condition.column == column and condition.compare == "=":
                return condition.values
        return None


def selection(query: str) -> Selection:
    """An EXPORTMI query over one file, with `= <> < <= > >=`, `in (...)` and `and`.

    Raises:
        Refused: WQR0101 it cannot be understood.
    """
    match = _SELECT.match(query.strip())
    if match is None:
        raise Refused("WQR0101", "QERY", query)
    columns = tuple(column.strip().upper() for column in match["columns"].split(","))
    conditions = tuple(_conditions(match["where"] or "", query))
    return Selection(columns, match["file"].upper(), conditions)


def _conditions(where: str, query: str) -> Iterator[Condition]:
    position = 0
    while position < len(where):
        match = _CONDITION.match(where, position)
        if match is None:
            raise Refused("WQR0101", "QERY", query)
        values = re.findall(_VALUE, match["one"] or match["many"])
        compare = match["compare"] or "="
        yield Condition(match["column"].upper(), compare, tuple(map(_unquoted, values)))
        position = match.end()


def _unquoted(value: str) -> str:
    return value[1:-1].replace("''", "'") if value.startswith("'") else value
