"""Cards, of which only the brand and the last four digits are ever kept.

A card number is read here, once, and nothing else of the sandbox sees it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.heartland.sandbox import fields
from connectors.heartland.sandbox.errors import DOWNSTREAM_SCHEMA, INVALID_CARD, GpApiError
from streams.core.clock import utc

APPROVED = "00"

MESSAGES: Mapping[str, str] = {
    APPROVED: "SUCCESS",
    "101": "Not sufficient fund",
    "102": "Referral B",
    "103": "Lost/Stolen",
    "111": "Strong Customer Authentication Required",
    "200": "Communication Error",
}
"""What a result says; the text of 101 is real (facts: dotnet-sdk #92), the others name the vendor's
test cards."""

_TEST_CARDS: Mapping[tuple[str, str], str] = {
    ("400012", "1154"): "101",
    ("511461", "4778"): "101",
    ("376525", "0010"): "101",
    ("362560", "0998"): "101",
    ("601100", "1010"): "101",
    ("400013", "1724"): "102",
    ("511463", "9791"): "102",
    ("375425", "0907"): "102",
    ("362560", "0634"): "102",
    ("601100", "1028"): "102",
    ("400016", "4147"): "103",
    ("512122", "6921"): "103",
    ("343452", "0306"): "103",
    ("388650", "0705"): "103",
    ("601100", "1036"): "103",
    ("424242", "0091"): "111",
    ("510000", "0131"): "111",
    ("374205", "1004"): "111",
    ("400983", "1985"): "200",
    ("513502", "5871"): "200",
    ("372349", "0852"): "200",
    ("304500", "0985"): "200",
    ("601100", "2000"): "200",
}
"""The vendor's published test cards that are declined, by first six and last four digits."""

_BRANDS = (
    (("34", "37"), "AMEX"),
    (("30", "36", "38"), "DINERS"),
    (("35",), "JCB"),
    (("6011", "65"), "DISCOVER"),
    (("5", "2"), "MASTERCARD"),
    (("4",), "VISA"),
)


@dataclass(frozen=True)
class Card:
    """What is known of a card: no number, no expiry, no CVV.

    Args:
        brand: e.g. `VISA`.
        last4: its last four digits.
        result: what an authorization of it results in: "00" or a decline's code.
        cvv_given: whether a security code came with it.
    """

    brand: str
    last4: str
    result: str = APPROVED
    cvv_given: bool = False

    @property
    def masked(self) -> str:
        """The number as GP API shows it, e.g. `XXXXXXXXXXXX5262`."""
        return "X" * 12 + self.last4


def read_card(body: fields.Body, path: str, now_ms: int) -> Card:
    """Reads `card{number, expiry_month, expiry_year, cvv}` and forgets all but brand and last four.

    Raises:
        GpApiError: 40005 no number; 40085 number, expiry or CVV is wrong; 502 50018 a CVV that is
            not numeric (a trap of the real gateway: 502 for bad input).
    """
    fields.require(body, f"{path}.number")
    number = fields.find(body, f"{path}.number")
    if not isinstance(number, str) or not _is_card_number(number):
        raise GpApiError(INVALID_CARD, "Card number is invalid")
    _check_expiry(body, path, now_ms)
    brand = _brand(number)
    cvv = fields.find(body, f"{path}.cvv")
    _check_cvv(cvv, brand)
    last4 = number[-4:]
    return Card(brand, last4, _TEST_CARDS.get((number[:6], last4), APPROVED), bool(cvv))


def _is_card_number(number: str) -> bool:
    if not (number.isascii() and number.isdigit() and 13 <= len(number) <= 19):
        return False
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _brand(number: str) -> str:
    return next((brand for starts, brand in _BRANDS if number.startswith(starts)), "UNKNOWN")


def _check_expiry(body: fields.Body, path: str, now_ms: int) -> None:
    month = str(fields.find(body, f"{path}.expiry_month"))
    year = str(fields.find(body, f"{path}.expiry_year"))
    try:
        expiry = datetime.strptime(f"{month}/{year}", "%m/%y").replace(tzinfo=UTC)
    except ValueError:
        raise GpApiError(INVALID_CARD, "Expiry date invalid") from None
    now = utc(now_ms)
    if (expiry.year, expiry.month) < (now.year, now.month):
        raise GpApiError(INVALID_CARD, "Expiry date invalid")


def _check_cvv(cvv: object, brand: str) -> None:
    if cvv is None or cvv == "":
        return
    if not isinstance(cvv, str) or not cvv.isdigit():
        text = "The line which contains '[number] XXX [/number] ' does not conform to the schema"
        raise GpApiError(DOWNSTREAM_SCHEMA, text)
    expected = 4 if brand == "AMEX" else 3
    if len(cvv) != expected:
        text = f"Security Code/CVV2/CVC must be {expected} digits"
        raise GpApiError(INVALID_CARD, text)
