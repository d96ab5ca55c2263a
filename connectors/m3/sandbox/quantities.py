"""Numbers as M3 takes and gives them: plain decimal text with a point."""

import re
from decimal import ROUND_HALF_UP, Decimal

from connectors.m3.sandbox.messages import Refused
from streams.core.money import exact_minor, to_major

_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z", re.ASCII)
_MAX_DECIMALS = 6


def is_number(text: str) -> bool:
    """Whether `text` is a plain decimal number."""
    return _NUMBER.match(text) is not None


def decimal(text: str, field: str, code: str) -> Decimal:
    """`text` as a number that is not negative and has at most six decimals.

    Raises:
        Refused: with `code`, naming `field`.
    """
    if not is_number(text) or text.startswith("-"):
        raise Refused(code, field, text)
    if len(text.partition(".")[2]) > _MAX_DECIMALS:
        raise Refused(code, field, text)
    return Decimal(text)


def whole(text: str, field: str) -> int:
    """`text` as a whole number that is not negative; XNU0001 refuses another."""
    if not is_number(text) or not text.isdecimal():
        raise Refused("XNU0001", field, text)
    return int(text)


def positive(text: str, field: str, code: str) -> Decimal:
    """As `decimal`, and not zero."""
    number = decimal(text, field, code)
    if not number:
        raise Refused(code, field, text)
    return number


def minor(text: str, currency: str, field: str) -> int:
    """An amount as minor units; one with a fraction of a minor unit is refused (WAM0101)."""
    try:
        return exact_minor(positive(text, field, "WAM0101"), currency)
    except ValueError:
        raise Refused("WAM0101", field, text) from None


def signed_minor(text: str, currency: str, field: str) -> int:
    """As `minor`, and negative amounts too."""
    sign = -1 if text.startswith("-") else 1
    return sign * minor(text.removeprefix("-"), currency, field)


def plain(number: Decimal) -> str:
    """A number without trailing zeros: 5, 2.5."""
    if number == number.to_integral_value():
        return str(int(number))
    return f"{number.normalize():f}"


def amount(minor_units: int, currency: str) -> str:
    """Minor units as major-unit text: 1234 GBP is 12.34."""
    return f"{to_major(minor_units, currency):f}"


def half_up(number: Decimal) -> int:
    """The nearest whole number, halves away from zero."""
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))
