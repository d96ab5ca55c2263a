"""What makes an order's lines in M3 those that are wanted. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.m3.export import Row
from connectors.m3.order_lines import is_final
from connectors.m3.wire import Transaction
from streams.core.errors import Rejected

COLUMNS = (
    "OBPONR",
    "OBPOSX",
    "OBORQT",
    "OBORST",
    "OBSAPR",
    "OBSACD",
    "OBDIA1",
    "OBDLQT",
    "OBIVQT",
    "OBITNO",
)
"""What must be known of an order's lines (OOLINE)."""

_COMPLETED = "99"

Terms = tuple[Decimal, Decimal, Decimal]
"""Price, the pieces that it is for, what is taken off the line."""


@dataclass(frozen=True)
class Held:
    """A line that M3 has.

    Attributes:
        number: PONR.
        quantity: pieces that are ordered; of a line that is closed, those that have left.
        left: pieces that have left.
    """

    number: str
    item: str
    quantity: Decimal
    terms: Terms
    left: Decimal


@dataclass(frozen=True)
class Changes:
    """What is to be done.

    Attributes:
        numbers: of each line that is wanted, the PONR of M3's line that is it or becomes it; empty
            if M3 has none, so that it is to be added.
        prices: positions of the lines that are wanted at another price or discount.
        unwanted: M3's lines that are to be deleted.
    """

    numbers: tuple[str, ...]
    prices: tuple[int, ...]
    unwanted: tuple[Held, ...]


def changes(wanted: Sequence[Transaction], rows: Iterable[Row], order: str) -> Changes:
    """What of an order is to be added, priced anew and deleted.

    Each of M3's lines is one line that is wanted, or none: the same item, pieces, price and
    discount if there is such a line, else the same item and pieces. What has left is kept first.

    Args:
        wanted: all that the order is to hold (AddOrderLine).
        rows: the order's lines in M3.
        order: for people.

    Raises:
        Rejected: nothing is wanted; M3 has no such order or no line of it that is not closed; or
            a line of which something has left would have to be changed.
    """
    if not wanted:
        raise Rejected(f"{order} would be left without a line: cancel it", "ITNO")
    there = sorted(_held(rows), key=lambda line: (not line.left, int(line.number)))
    if not there:
        raise Rejected(f"{order} has no line in M3, or none that is not closed", "ORNO")
    pairs = _pairs(wanted, there)
    prices = tuple(at for at in sorted(pairs) if pairs[at].terms != _terms(wanted[at]))
    unwanted = tuple(line for line in there if line not in pairs.values())
    for at in prices:
        _must_not_have_left(pairs[at], order, "SAPR")
    for line in unwanted:
        _must_not_have_left(line, order, "ORQT")
    numbers = tuple(pairs[at].number if at in pairs else "" for at in range(len(wanted)))
    return Changes(numbers, prices, unwanted)


def _pairs(wanted: Sequence[Transaction], held: Sequence[Held]) -> dict[int, Held]:
    """By the position of a line that is wanted: M3's line that is it or becomes it."""
    pairs: dict[int, Held] = {}
    free = list(held)
    for whole in (True, False):
        for at, line in enumerate(wanted):
            same = (each for each in free if _same(line, each, whole=whole))
            if at not in pairs and (found := next(same, None)):
                free.remove(found)
                pairs[at] = found
    return pairs


def _held(rows: Iterable[Row]) -> Iterator[Held]:
    """A line with a suffix is part of another one and goes with it."""
    for row in rows:
        if row["OBORST"] == _COMPLETED or int(row["OBPOSX"] or 0):
            continue
        left, ordered = _number(row["OBDLQT"]) + _number(row["OBIVQT"]), _number(row["OBORQT"])
        yield Held(
            number=row["OBPONR"],
            item=row["OBITNO"],
            quantity=left if left and is_final(row["OBORST"]) else ordered,
            terms=(
                _number(row["OBSAPR"]),
                _number(row["OBSACD"]) or Decimal(1),
                _number(row["OBDIA1"]),
            ),
            left=left,
        )


def _terms(wanted: Transaction) -> Terms:
    record = wanted.record
    return (
        Decimal(record["SAPR"]),
        Decimal(record.get("SACD", 1)),
        Decimal(record.get("DIA1", 0)),
    )


def _same(wanted: Transaction, held: Held, *, whole: bool) -> bool:
    return (
        wanted.record["ITNO"] == held.item
        and Decimal(wanted.record["ORQT"]) == held.quantity
        and (not whole or _terms(wanted) == held.terms)
    )


def _must_not_have_left(line: Held, order: str, field: str) -> None:
    if line.left:
        raise Rejected(
            f"item {line.item} of {order}: {line.left:f} pieces have left in M3, so it can no "
            "longer be changed; nothing is changed",
            field,
        )


def _number(text: str) -> Decimal:
    return Decimal(text or 0)
