"""Amounts: to the minor unit, or refused."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.money import exact_minor, exponent, line_amount, show, to_major, to_minor

MINOR = st.integers(min_value=-(10**15), max_value=10**15)
CURRENCIES = st.sampled_from(["GBP", "JPY", "KWD", "CLF"])


@pytest.mark.parametrize(
    ("currency", "digits"), [("GBP", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)]
)
def test_a_currency_has_its_own_digits(currency: str, digits: int) -> None:
    assert exponent(currency) == digits


@pytest.mark.parametrize("currency", ["", "gbp", "GB", "£", "ZZZ", "GBPX"])
def test_what_is_no_currency_is_refused(currency: str) -> None:
    for use in (exponent, lambda c: to_minor("1.00", c), lambda c: to_major(100, c)):
        with pytest.raises(ValueError, match="not an ISO 4217 currency code"):
            use(currency)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("2.555", "GBP", 256),
        ("2.5549999999999999999999999999999999", "GBP", 255),
        ("-2.555", "GBP", -256),
        ("0.005", "GBP", 1),
        ("14", "GBP", 1400),
        ("1E+2", "GBP", 10_000),
        ("1400.5", "JPY", 1401),
        ("1.2345", "KWD", 1235),
        (Decimal("7.65"), "GBP", 765),
    ],
)
def test_amounts_are_rounded_half_up_to_the_minor_unit(
    amount: Decimal | str, currency: str, minor: int
) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("0.005", "GBP"),
        ("1400.5", "JPY"),
        ("1.0001", "KWD"),
        ("1." + "0" * 32 + "1", "GBP"),
        ("1e-999999", "GBP"),
    ],
)
def test_a_fraction_of_a_minor_unit_is_refused_where_it_must_be_exact(
    amount: str, currency: str
) -> None:
    with pytest.raises(ValueError, match="more decimals than the currency"):
        exact_minor(amount, currency)


@pytest.mark.parametrize(
    "amount", ["", "abc", "1,00", "NaN", "sNaN", "-Infinity", "1e16", "1e999999", "9" * 60]
)
@pytest.mark.parametrize("convert", [to_minor, exact_minor])
def test_what_is_no_amount_is_refused(convert: object, amount: str) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        convert(amount, "GBP")  # type: ignore[operator]


@given(MINOR, CURRENCIES)
def test_minor_units_come_back_as_they_were(minor: int, currency: str) -> None:
    major = to_major(minor, currency)
    assert to_minor(major, currency) == exact_minor(str(major), currency) == minor
    assert major.as_tuple().exponent == -exponent(currency)


@given(st.decimals("-1e9", "1e9", places=6), CURRENCIES)
def test_rounding_moves_an_amount_by_half_a_minor_unit_at_most(
    amount: Decimal, currency: str
) -> None:
    half = Decimal("0.5").scaleb(-exponent(currency))
    assert abs(to_major(to_minor(amount, currency), currency) - amount) <= half


def test_a_stingy_context_of_the_caller_changes_no_amount() -> None:
    with localcontext() as context:
        context.prec = 3
        assert to_minor("12345.675", "GBP") == exact_minor("12345.68", "GBP") == 1_234_568


@pytest.mark.parametrize(
    ("quantity", "price", "pence"), [(6, "2.55", 1530), (3, "0.335", 101), (12, "0", 0)]
)
def test_a_line_costs_quantity_times_price(quantity: int, price: str, pence: int) -> None:
    assert line_amount(quantity, Decimal(price), "GBP") == pence


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123_456, "GBP", "1,234.56 GBP"),
        (-5, "GBP", "-0.05 GBP"),
        (0, "GBP", "0.00 GBP"),
        (1400, "JPY", "1,400 JPY"),
        (10**17, "GBP", "1,000,000,000,000,000.00 GBP"),
    ],
)
def test_amounts_are_shown_for_people(minor: int, currency: str, text: str) -> None:
    assert show(minor, currency) == text
