"""The shop's tax arithmetic: net at six decimals, tax rounded half down (facts: 2.1).

Prices are entered with tax; a line keeps its net and its tax at six decimals and only what is shown
or summed is rounded: net half up, tax half down. Net and tax of a gross amount of whole minor units
therefore always add up to it again, line by line.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from functools import cached_property

SIX = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Amount:
    """What a line costs, major units at six decimals."""

    net: Decimal
    tax: Decimal


@dataclass(frozen=True)
class Vat:
    """One rate, with prices that include it.

    Args:
        percent: e.g. 20.
        decimals: digits of the currency.
    """

    percent: Decimal
    decimals: int

    @cached_property
    def unit(self) -> Decimal:
        """The smallest amount of the currency: 0.01 for GBP."""
        return Decimal(1).scaleb(-self.decimals)

    def of_gross(self, gross: Decimal) -> Amount:
        """Splits an amount that includes tax."""
        return self.of_net(gross / (1 + self.percent / 100))

    def of_net(self, net: Decimal) -> Amount:
        """Adds the tax to a net amount."""
        return Amount(net.quantize(SIX, ROUND_HALF_UP), (net * self.percent / 100).quantize(SIX))

    def net(self, amount: Amount) -> Decimal:
        """The net as it is shown and summed."""
        return amount.net.quantize(self.unit, ROUND_HALF_UP)

    def tax(self, amount: Amount) -> Decimal:
        """The tax as it is shown and summed."""
        return amount.tax.quantize(self.unit, ROUND_HALF_DOWN)

    def gross(self, amount: Amount) -> Decimal:
        """What the customer pays."""
        return self.net(amount) + self.tax(amount)
