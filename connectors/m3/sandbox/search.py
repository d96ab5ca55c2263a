"""The query languages of MI: `FIELD:value` of the Search transactions, SQL-like of EXPORTMI."""

import re
from dataclasses import dataclass

from connectors.m3.sandbox.messages import Refused

_TERM = re.compile(r'(?P<field>[A-Z0-9]{4}):(?:"(?P<quoted>[^"]*)"|(?P<plain>\S+))')
_SELECT = re.compile(
    r"(?:select\s+)?(?P<columns>\w+(?:\s*,\s*\w+)*)\s+from\s+(?P<file>\w+)"
    r"(?:\s+where\s+(?P<where>.+))?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
_VALUE = r"(?:'(?:[^']|'')*'|-?\d+(?:\.\d+)?)"
_CONDITION = re.compile(
    rf"(?P<column>\w+)\s*(?:=\s*(?P<one>{_VALUE})"
    rf"|in\s*\(\s*(?P<many>{_VALUE}(?:\s*,\s*{_VALUE})*)\s*\))\s*(?:and\s+|\Z)",
    re.IGNORECASE,
)


def terms(query: str) -> dict[str, str]:
    """`CUOR:uk-1 AND CUNO:"17850"` as field and value; all must hold.

    Raises:
        Refused: WQR0101 it cannot be understood.
    """
    matches = list(_TERM.finditer(query))
    if not matches or set(_TERM.sub("", query).split()) - {"AND"}:
        raise Refused("WQR0101", "SQRY", query)
    return {match["field"]: match["quoted"] or match["plain"] or "" for match in matches}


@dataclass(frozen=True)
class Selection:
    """`columns from file where column in values and ...`; no condition selects all."""

    columns: tuple[str, ...]
    file: str
    conditions: dict[str, frozenset[str]]


def selection(query: str) -> Selection:
    """An EXPORTMI query over one file, with `=`, `in (...)` and `and`.

    Raises:
        Refused: WQR0101 it cannot be understood.
    """
    match = _SELECT.match(query.strip())
    if match is None:
        raise Refused("WQR0101", "QERY", query)
    columns = tuple(column.strip().upper() for column in match["columns"].split(","))
    return Selection(columns, match["file"].upper(), _conditions(match["where"] or "", query))


def _conditions(where: str, query: str) -> dict[str, frozenset[str]]:
    conditions = {}
    position = 0
    while position < len(where):
        match = _CONDITION.match(where, position)
        if match is None:
            raise Refused("WQR0101", "QERY", query)
        values = re.findall(_VALUE, match["one"] or match["many"])
        conditions[match["column"].upper()] = frozenset(map(_unquoted, values))
        position = match.end()
    return conditions


def _unquoted(value: str) -> str:
    return value[1:-1].replace("''", "'") if value.startswith("'") else value
