"""`as:` — what a value becomes; a value that is not what it should be is refused, never guessed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from connectors.mapping.problems import Refused
from connectors.mapping.record import Reader, Record, Step, nothing
from connectors.mapping.text import one_line
from streams.core.clock import utc
from streams.core.money import exponent, to_major

_DECIMAL = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_TOKENS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_TOKEN = re.compile("|".join(_TOKENS))
_QUARTER_MS = 15 * 60 * 1000
_TRUE = frozenset((True, 1, "1", "true", "yes"))
_FALSE = frozenset((False, 0, "0", "false", "no"))


@dataclass(frozen=True)
class Options:
    """What a conversion may need besides the value.

    Attributes:
        flat: the target takes text in one level; text is one line there.
        type: of the target field.
    """

    flat: bool
    type: str = "string"
    currency: Reader = nothing
    zone: ZoneInfo | None = None
    format: str = "yyyyMMdd"

    @property
    def as_text(self) -> bool:
        """Whether numbers and truths are said in text."""
        return self.flat or self.type not in ("integer", "boolean")


@dataclass(frozen=True)
class Conversion:
    """A word of `as:`.

    Attributes:
        gives: types of target fields that take its result.
        needs: options that must be stated.
        build: makes the step for the options.
    """

    gives: frozenset[str]
    build: Callable[[Options], Step]
    needs: tuple[str, ...] = ()


def _text(options: Options) -> Step:
    """Text as it is; M3's fields are single lines, so there line breaks become blanks."""

    def convert(value: Any, _: Record) -> str | None:
        return (value if type(value) is str else _said(value)) or None

    def convert_flat(value: Any, _: Record) -> str | None:
        text = value if type(value) is str else _said(value)
        return (text.strip() if text.isprintable() else one_line(text)) or None

    return convert_flat if options.flat else convert


def _said(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise Refused(value, "is not a text (as: text)")
    return str(value)


def _integer(options: Options) -> Step:
    """A whole number, also from digits in a text."""
    as_text = options.as_text

    def convert(value: Any, _: Record) -> int | str:
        if type(value) is int or (isinstance(value, str) and _INTEGER.fullmatch(value)):
            return str(value) if as_text else int(value)
        raise Refused(value, "is not a whole number (as: integer)")

    return convert


def _decimal(_: Options) -> Step:
    """A number with a decimal point, in text; what is written stays, digit by digit."""

    def convert(value: Any, _: Record) -> str:
        if type(value) is int:
            return str(value)
        text = f"{value:f}" if isinstance(value, Decimal) else value
        if isinstance(text, str) and _DECIMAL.fullmatch(text):
            return text
        raise Refused(value, "is not a decimal number (as: decimal)")

    return convert


def _amount(options: Options) -> Step:
    """Minor units of `currency` as major units in text: 1234 GBP is 12.34, 1234 JPY is 1234."""
    read = options.currency

    def convert(value: Any, record: Record) -> str:
        return f"{to_major(_minor_units(value, 'amount'), currency_of(read(record))):f}"

    return convert


def _minor(_: Options) -> Step:
    """Minor units in text, as GP API takes them."""
    return lambda value, _: str(_minor_units(value, "minor"))


def _minor_units(value: Any, word: str) -> int:
    if type(value) is not int:
        raise Refused(value, f"is not an amount in minor units (as: {word})")
    return value


def currency_of(value: Any) -> str:
    """The value, if it is an ISO 4217 code.

    Raises:
        Refused: it is not.
    """
    try:
        exponent(value)
    except (ValueError, TypeError):
        raise Refused(value, "is not an ISO 4217 currency code") from None
    return str(value)


def _date(options: Options) -> Step:
    """Milliseconds UTC as the date, or date and time, that it is in `zone`."""
    pattern = _TOKEN.sub(lambda token: _TOKENS[token[0]], options.format)
    zone = options.zone
    # Every zone's clock differs from UTC by whole quarters of an hour, so a day begins on one.
    grain = 1000 if re.search("%[HMS]", pattern) else _QUARTER_MS

    @lru_cache(maxsize=4096)
    def said(moment: int) -> str:
        return utc(moment * grain).astimezone(zone).strftime(pattern)

    def convert(value: Any, _: Record) -> str:
        if type(value) is not int:
            raise Refused(value, "is not a time in milliseconds UTC (as: date)")
        return said(value // grain)

    return convert


def _boolean(options: Options) -> Step:
    """True or false; M3 takes 1 or 0."""
    yes, no = ("1", "0") if options.as_text else (True, False)

    def convert(value: Any, _: Record) -> bool | str:
        if isinstance(value, bool | int | str):
            if value in _TRUE:
                return yes
            if value in _FALSE:
                return no
        raise Refused(value, "is neither true nor false (as: boolean)")

    return convert


CONVERSIONS: Mapping[str, Conversion] = {
    "text": Conversion(frozenset({"string", "pairs"}), _text),
    "integer": Conversion(frozenset({"string", "number", "integer"}), _integer),
    "decimal": Conversion(frozenset({"string", "number"}), _decimal),
    "amount": Conversion(frozenset({"string", "number"}), _amount, ("currency",)),
    "minor": Conversion(frozenset({"minor"}), _minor),
    "date": Conversion(frozenset({"string", "number", "pairs"}), _date, ("zone",)),
    "boolean": Conversion(frozenset({"string", "number", "boolean"}), _boolean),
}

USUAL: Mapping[str, str] = {
    "string": "text",
    "pairs": "text",
    "number": "decimal",
    "integer": "integer",
    "minor": "minor",
    "boolean": "boolean",
}
"""What a field is converted to when the mapping does not say: by the target field's type."""
