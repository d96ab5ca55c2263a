"""The MI catalogue: which programs and transactions there are, and the checks of their fields.

Names, lengths and mandatory fields are M3's. Two things are by analogy: that a field is a date
(type D) is told from its name and length, and fields that a transaction does not have are ignored.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from connectors.m3.sandbox.dates import reader
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.quantities import is_number

_DATES = frozenset({"CODZ", "DATE", "DWDZ", "FDED", "FLMD", "IDAT", "LDED", "REDE"})
_DATES |= {"RLDZ", "STDI", "TLMD"}
_CONTROLS = dict.fromkeys([*range(0x20), 0x7F], " ")
_DATE_LENGTHS = frozenset({8, 10})


class InvalidInput(Exception):
    """The request does not fit the transaction's fields, so M3's logic never sees it.

    Attributes:
        error_type: `InputFieldTooLong`, `MandatoryInputFieldNotFound` or `InputFieldNotNumeric`
            (the last by analogy).
        field: the field that is to blame.
    """

    def __init__(self, error_type: str, field: str, text: str):
        self.error_type = error_type
        self.field = field
        self.text = text
        super().__init__(f"{error_type} {field}: {text}")


@dataclass(frozen=True)
class Field:
    """A field of a transaction: type A(lpha), N(umeric) or D(ate); length in characters."""

    name: str
    length: int
    type: str
    mandatory: bool


@dataclass(frozen=True)
class Transaction:
    """A transaction with its fields, ready to check input quickly."""

    program: str
    name: str
    inputs: dict[str, Field]
    outputs: dict[str, Field]
    mandatory: tuple[str, ...]

    def checked(self, record: dict[str, Any], dateformat: str) -> dict[str, str]:
        """The fields of `record` that the transaction has and that are not empty, as text.

        Dates become YMD8, control characters blanks.

        Raises:
            InvalidInput: a field is too long, not numeric, or missing.
            Refused: WDA0101 a date is none.
        """
        fields = {}
        for name, value in record.items():
            field = self.inputs.get(name)
            if field is None or value is None:
                continue
            text = _printable(str(value)).rstrip()
            if not text:
                continue
            fields[name] = _checked(field, text, dateformat)
        for name in self.mandatory:
            if name not in fields:
                text = f"Mandatory input field {name} is missing"
                raise InvalidInput("MandatoryInputFieldNotFound", name, text)
        return fields


def _printable(text: str) -> str:
    return text if text.isprintable() else text.translate(_CONTROLS)


def _checked(field: Field, text: str, dateformat: str) -> str:
    if len(text) > field.length:
        reason = f"Input field {field.name} is longer than {field.length} characters"
        raise InvalidInput("InputFieldTooLong", field.name, reason)
    if field.type == "N" and not is_number(text):
        reason = f"Input field {field.name} is not numeric"
        raise InvalidInput("InputFieldNotNumeric", field.name, reason)
    if field.type == "D":
        try:
            return reader(dateformat)(text)
        except ValueError:
            raise Refused("WDA0101", field.name, text) from None
    return text


@dataclass(frozen=True)
class Program:
    """An MI program and its transactions by name, those of GENERAL included."""

    name: str
    description: str
    own: tuple[str, ...]
    transactions: dict[str, Transaction]


@cache
def programs() -> dict[str, Program]:
    """All programs of the catalogue by name; it also has the BODs that Tandem sends."""
    source = json.loads(files("connectors.m3").joinpath("catalogue.json").read_text("utf-8"))
    general = source["GENERAL"]["transactions"]
    return {
        name: _program(name, entry, general) for name, entry in source.items() if "." not in name
    }


def _program(name: str, entry: dict[str, Any], general: dict[str, Any]) -> Program:
    own = entry["transactions"]
    transactions = {
        key: _transaction(name, key, fields) for key, fields in {**general, **own}.items()
    }
    return Program(name, entry["name"], tuple(own), transactions)


def _transaction(program: str, name: str, fields: dict[str, Any]) -> Transaction:
    inputs, outputs = _fields(fields["in"]), _fields(fields["out"])
    mandatory = tuple(field.name for field in inputs.values() if field.mandatory)
    return Transaction(program, name, inputs, outputs, mandatory)


def _fields(rows: Iterable[dict[str, Any]]) -> dict[str, Field]:
    return {
        row["name"]: Field(row["name"], row["length"], _type(row), row.get("mandatory", False))
        for row in rows
    }


def _type(row: dict[str, Any]) -> str:
    name = row["name"]
    if row["type"] == "number":
        return "N"
    if row["length"] in _DATE_LENGTHS and (name in _DATES or name.endswith("DT")):
        return "D"
    return "A"
