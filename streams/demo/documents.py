"""Rows become documents: orders, returns, adjustments, and what has no line.

One `InvoiceNo` is one document. Amounts are minor units of GBP with VAT: a row's is quantity x unit
price rounded half up to the penny, a document's is the sum of its rows'.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice
from typing import Literal

from streams.core.errors import Misconfigured
from streams.core.money import line_amount
from streams.demo.files import Row

CURRENCY = "GBP"

FREIGHT = frozenset({"POST", "DOT", "C2"})
CHARGES = frozenset({"M", "D", "S", "B", "AMAZONFEE", "BANK CHARGES", "CRUK", "ADJUST", "ADJUST2"})
VOUCHER = "GIFT_"
"""Codes that are no goods, in capitals; a gift voucher is money and has no stock: a charge.

Every other code is goods, `DCGS…` and `PADS` too.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A row that is sold; `amount` = `quantity` x `unit_price`, rounded half up."""

    kind: Literal["goods", "freight", "fee"]
    item: str
    name: str
    quantity: int
    unit_price: Decimal
    amount: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the shop.

    Attributes:
        number: the InvoiceNo, digits.
        lines: the rows with a quantity above zero: goods, freight and fees, in file order.
        customer: the customer's number; empty for a guest.
        country: ISO 3166-1 alpha-2.
        placed_at: time of its first row, ms UTC.
    """

    number: str
    lines: tuple[Line, ...]
    customer: str
    country: str
    placed_at: int

    @property
    def amount(self) -> int:
        """What it costs, minor units."""
        return sum(line.amount for line in self.lines)

    def of(self, kind: Literal["goods", "freight", "fee"]) -> tuple[Line, ...]:
        """Its lines of one kind."""
        return tuple(line for line in self.lines if line.kind == kind)


@dataclass(frozen=True, slots=True)
class Return:
    """A `C` document: the rows that came back, their quantities above zero."""

    number: str
    customer: str
    placed_at: int
    lines: tuple[Line, ...]

    @property
    def amount(self) -> int:
        """What went back, minor units: the sum of |quantity| x unit price."""
        return sum(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An `A` document: a ledger adjustment; `amount` has the file's sign."""

    number: str
    placed_at: int
    amount: int


@dataclass(frozen=True, slots=True)
class NoLine:
    """A document whose rows are stock adjustments only: no order."""

    number: str
    placed_at: int


Document = Order | Return | Adjustment | NoLine


def documents(rows: Iterable[Row], limit: int | None = None) -> list[Document]:
    """The documents by the time of their first row, ties in file order; the first `limit` of them.

    Raises:
        Misconfigured: goods have a negative price; names file, line and column.
    """
    by_number: dict[str, list[Row]] = {}
    for row in rows:
        by_number.setdefault(row.invoice, []).append(row)
    in_time = sorted(by_number.values(), key=lambda found: found[0].at)
    return [_document(found) for found in islice(in_time, limit)]


def orders_of(found: Iterable[Document]) -> list[Order]:
    """The orders among documents."""
    return [each for each in found if isinstance(each, Order)]


def _document(rows: Sequence[Row]) -> Document:
    first = rows[0]
    if first.invoice.startswith("C"):
        back = tuple(_line(replace(row, quantity=abs(row.quantity))) for row in rows)
        return Return(first.invoice, first.customer, first.at, back)
    if first.invoice.startswith("A"):
        amount = sum(line_amount(r.quantity, r.unit_price, CURRENCY) for r in rows)
        return Adjustment(first.invoice, first.at, amount)
    lines = tuple(_line(row) for row in rows if row.quantity > 0)
    if not lines:
        return NoLine(first.invoice, first.at)
    return Order(first.invoice, lines, first.customer, first.country, first.at)


def _line(row: Row) -> Line:
    kind = _kind(row.item)
    if kind == "goods" and row.unit_price < 0:
        raise Misconfigured(
            f"{row.where}, column UnitPrice: {row.unit_price} is negative, but {row.item} is goods"
        )
    amount = line_amount(row.quantity, row.unit_price, CURRENCY)
    return Line(kind, row.item, row.name, row.quantity, row.unit_price, amount)


def _kind(item: str) -> Literal["goods", "freight", "fee"]:
    code = item.upper()
    if code in FREIGHT:
        return "freight"
    return "fee" if code in CHARGES or code.startswith(VOUCHER) else "goods"
