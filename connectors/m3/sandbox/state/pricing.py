"""What a line costs: prices, discounts, VAT, and the exact share of a part of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.quantities import decimal, half_up, minor
from streams.core.money import to_minor

_AMOUNTS = tuple(f"DIA{number}" for number in range(1, 7))
_PERCENTS = tuple(f"DIP{number}" for number in range(1, 7))
_ALL = Decimal(1)

DISCOUNTS = (*_AMOUNTS, *_PERCENTS)
"""The fields of what is taken off a line."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Money of a line, an order or an invoice, in minor units: gross is net and VAT."""

    net: int
    vat: int

    @property
    def gross(self) -> int:
        """What the customer pays."""
        return self.net + self.vat

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(self.net + other.net, self.vat + other.vat)

    def __sub__(self, other: "Totals") -> "Totals":
        return Totals(self.net - other.net, self.vat - other.vat)

    def __neg__(self) -> "Totals":
        return Totals(-self.net, -self.vat)

    @classmethod
    def of(cls, parts: Iterable["Totals"]) -> "Totals":
        """The sum of parts: rounding happens per line, never again."""
        net = vat = 0
        for part in parts:
            net += part.net
            vat += part.vat
        return cls(net, vat)


NOTHING = Totals(0, 0)


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount as priced (minor units), and how VAT is in it.

    Attributes:
        includes_vat: the amount is gross; otherwise it is net.
    """

    amount: int
    vat_percent: int
    includes_vat: bool

    def totals(self, part: Decimal = _ALL, whole: Decimal = _ALL) -> Totals:
        """Net and VAT of a part of the whole: the amount, then its net or VAT, rounded half up."""
        amount = self.amount if part == whole else half_up(self.amount * part / whole)
        rate = Decimal(self.vat_percent) / 100
        if self.includes_vat:
            net = half_up(amount / (1 + rate))
            return Totals(net, amount - net)
        return Totals(amount, half_up(amount * rate))


def portion(totals: Totals, part: Decimal, whole: Decimal) -> Totals:
    """Part of the whole of totals, net and VAT rounded half up each."""
    return Totals(half_up(totals.net * part / whole), half_up(totals.vat * part / whole))


def line_amount(
    quantity: Decimal, price: Decimal, per: int, fields: Mapping[str, str], currency: str
) -> int:
    """Quantity x price / SACD, less DIP1-6 percent one after the other, less DIA1-6 off the line.

    Raises:
        Refused: WDI0201 a discount is none, or more than the line costs.
    """
    amount = to_minor(quantity * price / per * _factor(fields), currency)
    amount -= _amounts(fields, currency)
    if amount < 0:
        raise Refused("WDI0201", "DIA1", fields.get("DIA1", ""))
    return amount


def _amounts(fields: Mapping[str, str], currency: str) -> int:
    given = [name for name in _AMOUNTS if fields.get(name, "0").strip("0.")]
    return sum(minor(fields[name], currency, name) for name in given)


def _factor(fields: Mapping[str, str]) -> Decimal:
    factor = Decimal(1)
    for name in _PERCENTS:
        if name in fields:
            percent = decimal(fields[name], name, "WDI0201")
            if percent > 100:
                raise Refused("WDI0201", name, fields[name])
            factor *= 1 - percent / 100
    return factor
