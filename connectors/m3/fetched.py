"""What MI's records say, as events. Pure: the JSON of what `changes` found in, messages out."""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.m3 import told
from connectors.m3.bills import number_of
from connectors.m3.order_lines import is_final
from streams.core.errors import Rejected
from streams.core.message import Message
from streams.core.money import exact_minor
from streams.messages.parts import OrderLine, Shipped

Translate = Callable[["Fields", int], Message]

_RELEASED = ("", "0", "9")
_STATUS = {"66": "Shipped", "77": "Closed", "99": "Canceled"}


@dataclass(frozen=True)
class Fields:
    """A record in M3's words; every reader raises `Rejected`, naming the field."""

    record: dict[str, Any]

    def text(self, name: str) -> str:
        """A text that must have something in it."""
        value = self.record.get(name)
        if not isinstance(value, str) or not value:
            raise Rejected("M3 does not have it", name)
        return value

    def number(self, name: str) -> Decimal:
        """A number, as M3 writes it."""
        text = self.text(name)
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise Rejected(f"{text!r} is not a number", name) from None
        if not number.is_finite():
            raise Rejected(f"{text!r} is not a number", name)
        return number

    def whole(self, name: str) -> int:
        """A whole number, also one written with decimals."""
        number = self.number(name)
        if number != number.to_integral_value():
            raise Rejected(f"{number} is not a whole number", name)
        return int(number)

    def pieces(self, name: str) -> int:
        """A quantity in whole pieces, parts of one not counted; M3 leaves nothing empty."""
        return math.floor(self.number(name)) if self.record.get(name) else 0

    def parts(self, name: str) -> "Iterator[Fields]":
        """The records of a list."""
        return map(Fields, self.record.get(name, ()))

    def minor(self, name: str, currency: str) -> int:
        """An amount in minor units; M3 leaves nothing empty."""
        amount = self.number(name) if self.record.get(name) else Decimal(0)
        try:
            return exact_minor(amount, currency)
        except ValueError as error:
            raise Rejected(str(error), name) from None


def translated(translate: Translate, item: bytes, received_at: int) -> tuple[Message, ...]:
    """The event of an item.

    Raises:
        Rejected: a field is missing or of no use, or M3 refused to tell of it.
    """
    record = json.loads(item)
    if "refused" in record:
        raise Rejected(
            f"M3 does not tell of invoice {number_of(record)}: {record['refused']}. If it is a "
            "shop's, send its BOD again",
            "CINO",
        )
    return (translate(Fields(record), received_at),)


def order(fields: Fields, received_at: int) -> Message:
    """`sales_order.synced` of a row of OOHEAD and its lines; no column has what it costs gross."""
    return told.sales_order(
        fields.text("OACUOR"),
        fields.text("OAORNO"),
        order_status(fields.text("OAORSL"), fields.record.get("OAOBLC", "")),
        fields.whole("OALMTS"),
        received_at,
        lines=[*map(_order_line, fields.parts("lines"))],
    )


def _order_line(line: Fields) -> OrderLine:
    """What has left is delivered and not yet invoiced (DLQT), or invoiced."""
    return OrderLine(
        order_line=str(line.whole("OBPONR")),
        item=line.text("OBITNO"),
        ordered=line.pieces("OBORQT"),
        shipped=line.pieces("OBDLQT") + line.pieces("OBIVQT"),
        final=is_final(line.text("OBORST")),
    )


def order_status(ORSL: str, OBLC: str) -> str:
    """A BOD's `Status/Code` of an order's lowest status and stop code (by analogy)."""
    return "Hold" if OBLC not in _RELEASED else _STATUS.get(ORSL, "Open")


def delivery(fields: Fields, received_at: int) -> Message:
    """`shipment.sent` of a row of ODHEAD and its lines."""
    return told.shipment(
        fields.text("OACUOR"),
        fields.text("UAORNO"),
        fields.text("UADLIX"),
        [
            Shipped(
                item=line.text("UBITNO"),
                quantity=line.whole("UBDLQT"),
                order_line=str(line.whole("UBPONR")),
            )
            for line in fields.parts("lines")
        ],
        fields.whole("UALMTS"),
        received_at,
    )


def bill(fields: Fields, received_at: int) -> Message:
    """`invoice.issued` of a row of OINVOH and INVBODMI's head.

    If its amount is negative, or it is of a return, it is `credit_note.issued`, as by its BOD.
    """
    orders, returns = fields.record["orders"], fields.record.get("returns", {})
    for many, what, field in ((orders, "orders", "RIDN"), (returns, "returns", "REPN")):
        if len(many) > 1:
            raise Rejected(
                f"it is of the {what} {', '.join(many)} together: let M3 write one each", field
            )
    currency = fields.text("UHCUCD")
    net, vat = fields.minor("EXTA", currency), fields.minor("TAMT", currency)
    sign = -1 if net + vat < 0 or returns else 1
    written = (
        fields.record["references"][0],
        orders[0],
        number_of(fields.record),
        fields.whole("UHYEA4"),
        fields.text("UHCUNO"),
        sign * (net + vat),
        sign * vat,
        currency,
        fields.whole("UHLMTS"),
        received_at,
    )
    if sign > 0:
        return told.invoice(*written)
    ((number, reference),) = returns.items() or (("", ""),)
    return told.credit_note(*written, number, reference)


def balance(fields: Fields, received_at: int) -> Message:
    """`stock.reported` of a row of MITBAL; what is left of a piece cannot be sold."""
    return told.balance(
        fields.text("MBITNO"),
        fields.text("MBWHLO"),
        math.floor(fields.number("MBSTQT")),
        fields.whole("MBLMTS"),
        received_at,
    )
