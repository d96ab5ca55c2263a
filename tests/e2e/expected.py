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
    """What a file comes to, computed from its rows alone; minor units."""

    orders: Mapping[str, int]
    returns: Mapping[str, int]
    adjustments: Mapping[str, int]

    @property
    def ordered(self) -> int:
        return sum(self.orders.values())


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
    adjustments: Counter[str] = Counter()
    for number, lines in first:
        if number.startswith("C"):
            returns[number] = sum(_pence(line, -1) for line in lines)
        elif number.startswith("A"):
            adjustments[number] = sum(_pence(line) for line in lines)
        elif sold := [line for line in lines if int(line["Quantity"]) > 0]:
            orders[number] = sum(map(_pence, sold))
    return Expected(orders, returns, adjustments)


def _pence(row: Mapping[str, str], sign: int = 1) -> int:
    exact = sign * int(row["Quantity"]) * Decimal(row["UnitPrice"])
    return int(exact.quantize(Decimal("0.01"), ROUND_HALF_UP) * 100)
