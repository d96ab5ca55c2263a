"""Money: integer minor units and an ISO 4217 code; `Decimal` only at the edges."""

from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException, Inexact, InvalidOperation
from functools import cache

from babel.core import get_global

PRICE_DECIMALS = 6

_EXACT = Context(prec=50, Emax=17, traps=[InvalidOperation, Inexact])
"""Nothing is rounded unseen; 10^18 minor units and more, which no message can hold, are refused."""


@cache
def exponent(currency: str) -> int:
    """Digits after the point of a currency, from CLDR: GBP 2, JPY 0, KWD 3.

    Raises:
        ValueError: `currency` is not an ISO 4217 code that CLDR knows.
    """
    fractions = get_global("currency_fractions")
    if currency not in get_global("all_currencies"):
        raise ValueError(f"{currency!r} is not an ISO 4217 currency code")
    digits: int = fractions.get(currency, fractions["DEFAULT"])[0]
    return digits


def to_minor(amount: Decimal | str, currency: str) -> int:
    """A major-unit amount as minor units, rounded half up (away from zero): "2.555" GBP is 256.

    Raises:
        ValueError: it is no amount, or `currency` is none.
    """
    return int(_scaled(amount, currency).to_integral_value(ROUND_HALF_UP))


def exact_minor(amount: Decimal | str, currency: str) -> int:
    """A major-unit amount as minor units, refused if it has a fraction of a minor unit.

    Raises:
        ValueError: the amount cannot be said in whole minor units, or is none.
    """
    scaled = _scaled(amount, currency)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} {currency} has more decimals than the currency")
    return int(scaled)


def to_major(minor: int, currency: str) -> Decimal:
    """Minor units as a major-unit `Decimal` with all its digits: 1400 GBP is 14.00."""
    return Decimal(minor).scaleb(-exponent(currency))


def line_amount(quantity: int, unit_price: Decimal, currency: str) -> int:
    """What a line costs, in minor units: quantity x unit price, rounded half up."""
    return to_minor(quantity * unit_price, currency)


def show(minor: int, currency: str) -> str:
    """An amount for people: 123456 GBP is "1,234.56 GBP"."""
    return f"{to_major(minor, currency):,f} {currency}"


def _scaled(amount: Decimal | str, currency: str) -> Decimal:
    try:
        scaled = Decimal(amount).scaleb(exponent(currency), _EXACT)
    except DecimalException:
        raise ValueError(f"{str(amount)[:60]!r} is not an amount") from None
    if not scaled.is_finite():
        raise ValueError(f"{str(amount)[:60]!r} is not an amount")
    return scaled


def unit_price(amount: int, quantity: int, currency: str) -> tuple[str, int]:
    """The price that gives a line's amount (minor units), and how many pieces it is for.

    The shortest decimal of up to six places with quantity x price = amount once rounded, for one
    piece; if there is none, the amount itself, for all pieces together.
    """
    exact = to_major(amount, currency)
    for places in range(exponent(currency), PRICE_DECIMALS + 1):
        price = (exact / quantity).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if line_amount(quantity, price, currency) == amount:
            return f"{price:f}", 1
    return f"{exact:f}", quantity
