"""Customers (M3: CRS610, table OCUSMA)."""

from dataclasses import dataclass

from connectors.m3.sandbox.messages import Refused
from connectors.sandbox.keeping.shelves import MEMORY, Series, Shelves

TEMPLATE = "TANDEM"
GUEST = "GUEST"


@dataclass
class Customer:
    """A customer: CRS610MI's fields by name, empty ones left out; times in ms UTC."""

    CUNO: str
    record: dict[str, str]
    changed_ms: int


class Customers:
    """All customers by number, and the templates that new ones are made from."""

    def __init__(self, currency: str, shelves: Shelves = MEMORY) -> None:
        template = {"STAT": "20", "CUTP": "0", "ORTP": "WEB", "CUCD": currency}
        self.templates = {TEMPLATE: template}
        self.by_cuno: dict[str, Customer] = shelves.shelf("customers", Customer)
        self._series = Series(shelves, "CUNO", first=10_000_001)
        self._begin()

    def clear(self) -> None:
        """Forgets all customers but the guest."""
        self.by_cuno.clear()
        self._series.restart()
        self._begin()

    def _begin(self) -> None:
        guest = {**self.templates[TEMPLATE], "CUNO": GUEST, "CUNM": "Guest of the shop"}
        self.by_cuno.setdefault(GUEST, Customer(GUEST, {**guest, "CUA1": "-"}, 0))

    def add(self, fields: dict[str, str], now_ms: int) -> Customer:
        """Adds a customer from its template `CUTM`; its number is given or the next of the series.

        Raises:
            Refused: WCU0403 no such template, WCU0204 the number is taken.
        """
        template = self.templates.get(fields["CUTM"])
        if template is None:
            raise Refused("WCU0403", "CUTM", fields["CUTM"])
        cuno = fields.get("CUNO") or self._next()
        if cuno in self.by_cuno:
            raise Refused("WCU0204", "CUNO", cuno)
        record = {**template, **fields, "CUNO": cuno}
        del record["CUTM"]
        customer = Customer(cuno, record, now_ms)
        self.by_cuno[cuno] = customer
        return customer

    def get(self, cuno: str, field_name: str = "CUNO") -> Customer:
        """The customer `cuno`.

        Raises:
            Refused: WCU0203 there is none.
        """
        customer = self.by_cuno.get(cuno)
        if customer is None:
            raise Refused("WCU0203", field_name, cuno)
        return customer

    def _next(self) -> str:
        return next(cuno for cuno in map(str, self._series) if cuno not in self.by_cuno)
