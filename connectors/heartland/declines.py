"""Why a payment was declined, in plain words; the same for an answer and for a notification."""

from collections.abc import Mapping

DECLINES: Mapping[str, str] = {
    "101": "declined by the card's issuer, e.g. not enough money on the account",
    "111": "the card's issuer asks that the customer confirms it is them (SCA)",
}
"""What a result says, where facts tell; results are not ISO 8583 codes."""


def in_plain_words(result: str, message: str) -> str:
    """What a result says; for a result that no fact explains, GP API's own `message`."""
    return DECLINES.get(result) or message
