"""From a command to transactions, by a mapping."""

from typing import Any

from connectors.m3.wire import Transaction
from connectors.mapping.mapping import Mapping
from connectors.mapping.record import Record


def transaction(rule: Mapping, record: Record) -> Transaction:
    """The one transaction that a mapping makes of a record.

    Raises:
        Rejected: the mapping refuses a value.
    """
    return _of(rule, rule(record))


def transactions(rule: Mapping, record: Record) -> list[Transaction]:
    """The transactions that a mapping makes of the entries of a record.

    Raises:
        Rejected: the mapping refuses a value.
    """
    return [_of(rule, each) for each in rule.many(record)]


def _of(rule: Mapping, fields: dict[str, Any]) -> Transaction:
    program, _, name = rule.target.name.partition("/")
    return Transaction(program, name, fields)
