"""`when:` — tests of source fields; all of them must hold.

    when:
      ship_to.country: [US, CA]              one of
      currency: GBP                          equal
      customer_note: present                 neither absent nor empty; or: absent
      line.price_quantity: {not: 1}          not equal, or none of a list
      charge.amount: {above: 0}              or: below

A source field that is spelt like a test's word is compared with `{is: present}`.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.mapping.document import Block
from connectors.mapping.problems import Refused
from connectors.mapping.record import Reader, Record, reader

Condition = Callable[[Record], bool]
_TESTS = ("is", "not", "above", "below")


def condition(block: Block) -> tuple[Condition, tuple[str, ...]]:
    """Compiles a `when:` block; also gives the source paths that it reads."""
    tests = [_test(block, path) for path in block]
    paths = tuple(map(str, block))
    if len(tests) == 1:
        return tests[0], paths
    return (lambda record: all(test(record) for test in tests)), paths


def _test(block: Block, path: str) -> Condition:
    read = reader(path)
    test = block.data[path]
    if test == "present":
        return lambda record: read(record) is not None
    if test == "absent":
        return lambda record: read(record) is None
    if _inexact(test):
        block.wrong(f"when: {path}: write {test} in quotes", path)
    if not isinstance(test, dict):
        return _among(read, test, True)
    inner = block.block(path)
    if inner is None or len(test) != 1 or next(iter(test)) not in _TESTS:
        block.wrong(f"when: {path}: needs one of {', '.join(_TESTS)}", path)
        return lambda _: False
    (word, value), *_ = test.items()
    if word in ("is", "not"):
        return _among(read, value, word == "is")
    return _compared(inner, read, word, value)


def _inexact(test: Any) -> bool:
    values = test.values() if isinstance(test, dict) else [test]
    flat = [each for value in values for each in (value if isinstance(value, list) else [value])]
    return any(isinstance(each, float) for each in flat)


def _among(read: Reader, value: Any, wanted: bool) -> Condition:
    values = tuple(value) if isinstance(value, list) else (value,)
    return lambda record: (read(record) in values) is wanted


def _compared(block: Block, read: Reader, word: str, value: Any) -> Condition:
    if isinstance(value, bool | float) or (limit := _number(value)) is None:
        block.wrong(f"{word}: {value!r} must be a number; with decimals, in quotes", word)
        return lambda _: False
    bound = limit
    sign = 1 if word == "above" else -1

    def compare(record: Record) -> bool:
        value = read(record)
        number = None if value is None else _number(value)
        if value is not None and number is None:
            raise Refused(value, f"is not a number to be {word} {bound}")
        return number is not None and (number - bound) * sign > 0

    return compare


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(value) if isinstance(value, int | str | Decimal) else None
    except InvalidOperation:
        return None
