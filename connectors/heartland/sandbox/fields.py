"""Reading a request's body field by field; what does not fit is refused by its name."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, time

from connectors.heartland.sandbox.errors import AMOUNT_REFUSED, GpApiError, missing, unexpected
from streams.core import money
from streams.core.clock import to_ms

Body = Mapping[str, object]

_LONGEST_AMOUNT = 12


def find(body: Body, path: str) -> object:
    """The value at a dotted path, or None."""
    value: object = body
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def require(body: Body, *paths: str) -> None:
    """Refuses a body that lacks mandatory fields.

    Raises:
        GpApiError: 40005, naming all that are missing or empty.
    """
    lacking = [path for path in paths if find(body, path) in (None, "")]
    if lacking:
        raise missing(lacking)


def text(body: Body, path: str, *, shortest: int = 1, longest: int = 50) -> str:
    """A text of the allowed length, "" if it is absent.

    Raises:
        GpApiError: 40213.
    """
    value = find(body, path)
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not shortest <= len(value) <= longest:
        raise unexpected(path)
    return value


def choice(body: Body, path: str, allowed: Collection[str], default: str = "") -> str:
    """One of the allowed words, `default` if it is absent.

    Raises:
        GpApiError: 40213.
    """
    value = text(body, path) or default
    if value and value not in allowed:
        raise unexpected(path)
    return value


def amount(body: Body, path: str = "amount", *, zero: bool = False) -> int | None:
    """An amount in minor units from its string of digits, None if it is absent.

    Raises:
        GpApiError: 40213 it is no such string (a number, a decimal point, a sign); 50020 zero,
            where it is not allowed.
    """
    value = find(body, path)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > _LONGEST_AMOUNT:
        raise unexpected(path)
    if not (value.isascii() and value.isdigit()):
        raise unexpected(path)
    minor = int(value)
    if minor == 0 and not zero:
        raise GpApiError(AMOUNT_REFUSED, "Zero negative or insufficient amount specified ")
    return minor


def count(body: Body, path: str) -> int:
    """A number of 1 to 99, 0 if it is absent.

    Raises:
        GpApiError: 40213.
    """
    value = find(body, path)
    if value is None or value == "":
        return 0
    digits = str(value)
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit()) or len(digits) > 2:
        raise unexpected(path)
    if int(digits) == 0:
        raise unexpected(path)
    return int(digits)


def currency(body: Body, path: str = "currency") -> str:
    """An ISO 4217 code.

    Raises:
        GpApiError: 40213.
    """
    code = text(body, path, shortest=3, longest=3)
    try:
        money.exponent(code)
    except ValueError:
        raise unexpected(path) from None
    return code


def moment(value: str, name: str, *, end_of_day: bool = False) -> int:
    """A date or ISO 8601 moment as milliseconds UTC; a bare date is its start, or its last ms.

    Raises:
        GpApiError: 40213.
    """
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise unexpected(name) from None
    if end_of_day and len(value) <= len("2026-11-23"):
        parsed = datetime.combine(parsed.date(), time.max)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    return to_ms(parsed.replace(microsecond=parsed.microsecond // 1000 * 1000))
