"""What an order file comes to, computed from its rows alone."""

import csv
import gzip
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path


@dataclass(frozen=True)
class Expected:
    """What a file comes to, computed from its rows alone; minor units.

    `given_back` is of each order, `returns` what of each return belongs to no order.
    """

    orders: Mapping[str, int]
    given_back: Mapping[str, int]
    returns: Mapping[str, int]
    adjustments: Mapping[str, int]

    @property
    def ordered(self) -> int:
        return sum(self.orders.values())

    @property
    def refunded(self) -> int:
        return sum(self.given_back.values())

    @property
    def kept(self) -> dict[str, int]:
        """What is left of each order's money that moved at all."""
        due = {number: amount for number, amount in self.orders.items() if amount}
        return {number: amount - self.given_back.get(number, 0) for number, amount in due.items()}


def expected(file: Path, limit: int) -> Expected:
    """The first `limit` documents of a file: each order's, return's, adjustment's amount."""
    with gzip.open(file, "rt", encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    documents: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        documents.setdefault(row["InvoiceNo"], []).append(row)
    first = sorted(documents.items(), key=lambda each: each[1][0]["InvoiceDate"])[:limit]
    orders: dict[str, int] = {}
    returns: Counter[str] = Counter()
    given_back: Counter[str] = Counter()
    bought: list[tuple[str, str, str, list[int]]] = []
    adjustments: Counter[str] = Counter()
    for number, lines in first:
        if number.startswith("C"):
            for line in lines:
                if left := _come_back(line, bought, orders, given_back):
                    returns[number] += left
        elif number.startswith("A"):
            adjustments[number] = sum(_pence(line) for line in lines)
        elif sold := [line for line in lines if int(line["Quantity"]) > 0]:
            orders[number] = sum(map(_pence, sold))
            bought += [
                (number, line["CustomerID"], line["StockCode"], [int(line["Quantity"])])
                for line in sold
                if line["CustomerID"]
            ]
    return Expected(orders, given_back, returns, adjustments)


def _come_back(
    row: Mapping[str, str],
    bought: list[tuple[str, str, str, list[int]]],
    orders: Mapping[str, int],
    given_back: Counter[str],
) -> int:
    """Gives a row of a return back, newest order first; what belongs to no order."""
    pieces, left = -int(row["Quantity"]), 0
    numbers = list(dict.fromkeys(number for number, *_ in reversed(bought)))
    for wanted in numbers:
        for number, customer, item, remaining in bought:
            if (number, customer, item) != (wanted, row["CustomerID"], row["StockCode"]):
                continue
            some = min(pieces, remaining[0])
            price, money = _pence(row, some), orders[number] - given_back[number]
            if not some or (price and not money):
                continue
            remaining[0] -= some
            pieces -= some
            given_back[number] += min(price, money)
            left += price - min(price, money)
    return left + _pence(row, pieces)


def _pence(row: Mapping[str, str], pieces: int | None = None) -> int:
    quantity = int(row["Quantity"]) if pieces is None else pieces
    exact = quantity * Decimal(row["UnitPrice"])
    return int(exact.quantize(Decimal("0.01"), ROUND_HALF_UP) * 100)
