"""Customer returns (M3: OIS390, tables OCHEAD and OCLINE).

A return names the order it is of, so that it can be held against what was delivered. Its statuses
(11 entered, 33 received, 77 credited) are by analogy.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.state.orders import Line, Order
from connectors.m3.sandbox.state.pricing import Cost, Totals
from connectors.m3.sandbox.state.receivables import Invoice
from connectors.sandbox.keeping.shelves import MEMORY, Series, Shelves
from streams.core.money import to_minor

_ENTERED, _RECEIVED, _CREDITED = "11", "33", "77"


@dataclass
class ReturnLine:
    """A quantity of an order line that comes back.

    Attributes:
        totals: what will be credited for it (positive).
    """

    RELI: int
    line: Line
    REQ0: Decimal
    SAPR: Decimal
    totals: Totals
    record: dict[str, str]
    received: bool = False
    credited: bool = False

    @property
    def REST(self) -> str:
        """11 entered, 33 received, 77 credited."""
        if self.credited:
            return _CREDITED
        return _RECEIVED if self.received else _ENTERED


@dataclass
class Return:
    """A return of one order.

    Attributes:
        original: the invoice that it names, if it does.
        record: the head's fields as given.
    """

    REPN: str
    order: Order
    original: Invoice | None
    record: dict[str, str]
    entered_ms: int
    changed_ms: int
    lines: list[ReturnLine] = field(default_factory=list)

    @property
    def RESL(self) -> str:
        """Lowest status of its lines."""
        return min((line.REST for line in self.lines), default=_ENTERED)

    @property
    def RESH(self) -> str:
        """Highest status of its lines."""
        return max((line.REST for line in self.lines), default=_ENTERED)

    def add(
        self, line: Line, quantity: Decimal, price: Decimal | None, record: dict[str, str]
    ) -> ReturnLine:
        """Announces a quantity of an order line, credited at the order's price or at another.

        Raises:
            Refused: WRQ0105 more than was delivered and is not yet returned.
        """
        if quantity > line.DLQT - line.RTQT:
            raise Refused("WRQ0105", "REQ0", quantity)
        if price is None:
            totals = line.share(line.RTQT + quantity) - line.share(line.RTQT)
        else:
            amount = to_minor(quantity * price / line.SACD, self.order.currency)
            totals = Cost(amount, line.cost.vat_percent, line.cost.includes_vat).totals()
        line.RTQT += quantity
        number = len(self.lines) + 1
        price = line.SAPR if price is None else price
        entry = ReturnLine(number, line, quantity, price, totals, record)
        self.lines.append(entry)
        return entry


class Returns:
    """All returns by number."""

    def __init__(self, shelves: Shelves = MEMORY) -> None:
        self.by_repn: dict[str, Return] = shelves.shelf("returns", Return)
        self._series = Series(shelves, "REPN", first=700_001)

    def clear(self) -> None:
        """Forgets all returns; numbers begin again."""
        self.by_repn.clear()
        self._series.restart()

    def add(
        self, repn: str, order: Order, original: Invoice | None, record: dict[str, str], now_ms: int
    ) -> Return:
        """Opens a return under the number given, or the next of the series.

        Raises:
            Refused: WRP0104 the number is taken.
        """
        if repn in self.by_repn:
            raise Refused("WRP0104", "REPN", repn)
        repn = repn or next(each for each in map(str, self._series) if each not in self.by_repn)
        returned = Return(repn, order, original, record, now_ms, now_ms)
        self.by_repn[repn] = returned
        return returned

    def get(self, repn: str) -> Return:
        """The return `repn`; WRP0103 refuses an unknown one."""
        if repn not in self.by_repn:
            raise Refused("WRP0103", "REPN", repn)
        return self.by_repn[repn]
