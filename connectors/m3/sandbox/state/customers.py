"""Customers (M3: CRS610, table OCUSMA)."""

from dataclasses import dataclass, field
from itertools import count

from connectors.m3.sandbox.messages import Refused

TEMPLATE = "TANDEM"
GUEST = "GUEST"


@dataclass
class Customer:
    """A customer: CRS610MI's fields by name, empty ones left out; times in ms UTC."""

    CUNO: str
    record: dict[str, str]
    changed_ms: int


@dataclass
class Customers:
    """All customers by number, and the templates that new ones are made from."""

    currency: str
    templates: dict[str, dict[str, str]] = field(default_factory=dict)
    by_cuno: dict[str, Customer] = field(default_factory=dict)
    _series: "count[int]" = field(default_factory=lambda: count(10_000_001))

    def __post_init__(self) -> None:
        self.templates[TEMPLATE] = {"STAT": "20", "CUTP": "0", "ORTP": "WEB", "CUCD": self.currency}
        guest = {**self.templates[TEMPLATE], "CUNO": GUEST, "CUNM": "Guest of the shop"}
        self.by_cuno[GUEST] = Customer(GUEST, {**guest, "CUA1": "-"}, 0)

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
