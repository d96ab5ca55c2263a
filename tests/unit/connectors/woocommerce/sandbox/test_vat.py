"""Money: what lines cost with tax adds up to the penny, whatever the rate."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from connectors.woocommerce.sandbox.orders import FeeLine, ProductLine, ShippingLine, totals
from connectors.woocommerce.sandbox.vat import Vat
from streams.core.money import line_amount, to_major

RATES = st.sampled_from([Decimal(20), Decimal("17.5"), Decimal(5), Decimal(0), Decimal("25.5")])
PENNIES = st.integers(-500_000, 5_000_000)


def test_ten_pounds_as_the_real_shop_keeps_it() -> None:
    vat = Vat(Decimal(20), 2)
    amount = vat.of_gross(Decimal("10.00"))
    assert (amount.net, amount.tax) == (Decimal("8.333333"), Decimal("1.666667"))
    assert (vat.net(amount), vat.tax(amount)) == (Decimal("8.33"), Decimal("1.67"))


@given(RATES, PENNIES)
def test_net_and_tax_are_the_gross_again(rate: Decimal, pennies: int) -> None:
    vat = Vat(rate, 2)
    gross = to_major(pennies, "GBP")
    assert vat.gross(vat.of_gross(gross)) == gross


@given(
    RATES,
    st.lists(st.tuples(st.integers(1, 500), st.integers(0, 90_000)), max_size=30),
    PENNIES,
    PENNIES,
)
def test_the_order_costs_what_its_lines_cost(
    rate: Decimal, lines: list[tuple[int, int]], freight: int, fee: int
) -> None:
    vat = Vat(rate, 2)
    prices = [(quantity, Decimal(tenths).scaleb(-3)) for quantity, tenths in lines]
    costs = [line_amount(quantity, price, "GBP") for quantity, price in prices]
    goods = [
        ProductLine(0, 1, "S", "", 1, amount, amount)
        for amount in (vat.of_gross(to_major(cost, "GBP")) for cost in costs)
    ]
    legs = [ShippingLine(0, "flat_rate", "", vat.of_gross(to_major(freight, "GBP")))]
    fees = [FeeLine(0, "", vat.of_gross(to_major(fee, "GBP")))]
    sums = totals(vat, goods, legs, fees)
    assert sums.total == to_major(sum(costs) + freight + fee, "GBP")
    assert sums.total_tax == sums.cart_tax + sums.shipping_tax
    assert sums.discount_total == 0
