"""Which goods of an order can come back: what has left, less what is announced already. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.m3.export import Row
from connectors.m3.wire import Transaction
from streams.core.errors import Rejected

SOLD = ("OBPONR", "OBDLQT", "OBIVQT", "OBITNO")
BACK = ("ODRORL", "ODREQ0", "ODREQ5", "ODITNO")
"""A return's line: its order line, pieces announced, pieces of them that were turned away."""


@dataclass
class _Line:
    item: str
    left: Decimal = Decimal(0)


def check(
    lines: Sequence[Transaction], sold: Iterable[Row], back: Iterable[Row], what: str
) -> None:
    """Refuses a return of which M3 could not take every line, before any of it is entered.

    Of an order of which M3 shows no lines it must decide by itself.

    Args:
        lines: to be added (AddLine), in this order.
        sold: the order's lines.
        back: the lines of all its returns.
        what: the return, for people.

    Raises:
        Rejected: an item is not of the order, or more of it would come back than has left.
    """
    can_come = _left(sold, back)
    for asked in lines if can_come else ():
        item, pieces = asked.record["ITNO"], Decimal(asked.record["REQ0"])
        line = _meant(can_come, item, asked.record.get("RORL"))
        if line is None:
            raise Rejected(f"item {item} of {what} is on no such line of the order in M3", "ITNO")
        if pieces > line.left:
            left = max(line.left, Decimal(0))
            raise Rejected(
                f"item {item} of {what}: {pieces:f} pieces are to come back, {left:f} have left "
                "and are not back or on their way; nothing is entered",
                "REQ0",
            )
        line.left -= pieces


def _left(sold: Iterable[Row], back: Iterable[Row]) -> dict[str, _Line]:
    """The order's lines by number; what has left is delivered and not invoiced, or invoiced."""
    lines: dict[str, _Line] = {}
    for row in sold:
        line = lines.setdefault(_number(row["OBPONR"]), _Line(row["OBITNO"]))
        line.left += _pieces(row["OBDLQT"]) + _pieces(row["OBIVQT"])
    for row in back:
        if _number(row["ODRORL"]) in lines:
            announced = _pieces(row["ODREQ0"]) - _pieces(row["ODREQ5"])
            lines[_number(row["ODRORL"])].left -= announced
    return lines


def _meant(lines: dict[str, _Line], item: str, number: str | None) -> _Line | None:
    """The line that is named; without a name the item's line of which most can come back."""
    if number is not None:
        named = lines.get(_number(number))
        return named if named and named.item == item else None
    of_item = (line for line in lines.values() if line.item == item)
    return max(of_item, key=lambda line: line.left, default=None)


def _number(text: str) -> str:
    return text.lstrip("0")


def _pieces(text: str) -> Decimal:
    return Decimal(text or 0)
