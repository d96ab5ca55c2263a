"""What may be shown of a request or an answer: an excerpt without secrets and card data."""

import re

EXCERPT = 300
_READ = 4_000
"""Characters that are searched; more than an excerpt, so that nothing is cut before it is seen."""

_NAMES = (
    "access_token|refresh_token|token|secret|app_key|password|sask|saak|username|client_secret"
    "|consumer_secret|consumer_key|oauth_signature|nonce|cvv|card_number|track"
)
_JSON = re.compile(rf'("(?:{_NAMES})"\s*:\s*)("(?:[^"\\]|\\.)*(?:"|$)|[^\s,}}\]]+)', re.IGNORECASE)
_FORM = re.compile(rf"((?:^|[&?])(?:{_NAMES})=)[^&\s]*", re.IGNORECASE)
_CUT_DIGITS = re.compile(r"[\d -]+$")
_DIGITS = re.compile(r"\d(?:[ -]?\d){11,18}")


def masked(body: bytes | str) -> str:
    """The first 300 characters of a body, on one line, with `***` for what nobody may see.

    Masked are values by the names that carry secrets or card data, and whatever looks like a card
    number: 12 to 19 digits, of which the last four stay.
    """
    text = body[:_READ].decode(errors="replace") if isinstance(body, bytes) else body[:_READ]
    if len(body) > _READ:
        text = _CUT_DIGITS.sub("", text)
    if '"' in text:
        text = _JSON.sub(r'\1"***"', text)
    if "=" in text:
        text = _FORM.sub(r"\1***", text)
    text = _DIGITS.sub(_last_four, text)
    return " ".join(text.split())[:EXCERPT]


def _last_four(found: re.Match[str]) -> str:
    return f"***{found[0][-4:]}"
