"""Which orders the goods of a return came from, so that anyone can compute it. Pure.

Each row, of goods or of freight and charges, is matched to that customer's orders placed before it,
newest first, by item and the quantity not yet returned, and gives back quantity x the row's unit
price (rounded half up), never more than remains of what the order cost. What matches nothing is
left: a case for a person with its amount.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from streams.core.money import line_amount
from streams.demo.documents import CURRENCY, Document, Line, Order, Return


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What came back of one line of an order; `place` of it, from 0: goods, freight, fees."""

    order: str
    place: int
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class Matched:
    """What a return came to: lines of orders, and the amount that belongs to none."""

    given: tuple[GivenBack, ...]
    left: int

    def by_order(self) -> dict[str, tuple[GivenBack, ...]]:
        """What goes back of each order, in the order it was found."""
        found: dict[str, list[GivenBack]] = {}
        for each in self.given:
            found.setdefault(each.order, []).append(each)
        return {number: tuple(some) for number, some in found.items()}


def matched(documents: Iterable[Document]) -> dict[str, Matched]:
    """What each return among documents came to, by its number."""
    book = _Book()
    returns: dict[str, Matched] = {}
    for document in documents:
        if isinstance(document, Order):
            book.placed(document)
        elif isinstance(document, Return):
            returns[document.number] = book.returned(document)
    return returns


@dataclass
class _Book:
    """What has come back so far: pieces by line, money by order."""

    orders: defaultdict[str, list[Order]] = field(default_factory=lambda: defaultdict(list))
    pieces: defaultdict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    money: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def placed(self, order: Order) -> None:
        """An order of a customer; a guest's cannot be found again."""
        if order.customer:
            self.orders[order.customer].append(order)

    def returned(self, document: Return) -> Matched:
        """Matches all rows of a return, in their order."""
        given: list[GivenBack] = []
        left = 0
        for row in document.lines:
            found, rest = self._row(document.customer, row)
            given += found
            left += rest
        return Matched(tuple(given), left)

    def _row(self, customer: str, row: Line) -> tuple[list[GivenBack], int]:
        quantity, capped, given = row.quantity, 0, []
        for order, place, line in self._places(customer, row.item):
            pieces = min(quantity, line.quantity - self.pieces[order.number, place])
            wanted = line_amount(pieces, row.unit_price, CURRENCY)
            amount = min(wanted, order.amount - self.money[order.number])
            if pieces < 1 or (amount < 1 and wanted):
                continue
            self.pieces[order.number, place] += pieces
            self.money[order.number] += amount
            quantity -= pieces
            capped += wanted - amount
            if amount:
                given.append(GivenBack(order.number, place, pieces, amount))
            if not quantity:
                break
        return given, capped + line_amount(quantity, row.unit_price, CURRENCY)

    def _places(self, customer: str, item: str) -> Iterable[tuple[Order, int, Line]]:
        for order in reversed(self.orders[customer] if customer else []):
            lines = (*order.of("goods"), *order.of("freight"), *order.of("fee"))
            for place, line in enumerate(lines):
                if line.item == item:
                    yield order, place, line
