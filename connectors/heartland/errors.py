"""GP API's error table: what each refusal asks of us (facts: UCP, JAVA-T, PHP).

502 does not mean "try again": GP API answers it to plainly bad input too, and a failure further
downstream leaves open whether the money moved.
"""

import re
from collections.abc import Mapping
from typing import Any

from connectors.http import Answer, Call, retry_after
from streams.core.errors import Failure, Misconfigured, Rejected, Transient, Unknown

SIGN_IN = "POST /accesstoken"
"""The sign-in's name in the metrics; it moves no money."""

KEY_SEEN = "40039"
"""The idempotency key was used: not a failure, the client asks for what it made then."""

BAD_INPUT = frozenset(("50018", "50046", "500010"))
"""Codes of 502 that say that the request is wrong (facts: JAVA-T)."""

_FIELD = re.compile(
    r"following (?:conditionally mandatory )?fields (?P<missing>[\w.]+)"
    r"|^(?P<unexpected>[\w.\[\]]+) contains unexpected data"
    r"|^(?P<unknown>payment_method|Transaction) "
)
_IDS = {"payment_method": "payment_method.id", "Transaction": "transaction_id"}


def judge(call: Call, answer: Answer) -> Failure | None:
    """None for an answer that is fine, 409 "key seen before" among them; else what must be done."""
    if answer.status < 300:
        return None
    error = error_of(answer)
    detail = str(error.get("detailed_error_code", ""))
    said = str(error.get("detailed_error_description") or f"HTTP {answer.status}")
    if answer.status == 409 and detail == KEY_SEEN:
        return None
    if answer.status < 400:
        return Misconfigured(f"GP API answers a redirect; set its own address: {_location(answer)}")
    if answer.status == 401:
        return Transient(f"GP API refuses a fresh access token: {said}")
    if answer.status == 403:
        return Misconfigured(f"GP API does not allow {call.name}: {said} ({detail})")
    if answer.status in (429, 503):
        return Transient(f"GP API asks to wait: {said}", retry_after(answer))
    if answer.status < 500 or detail in BAD_INPUT:
        return Rejected(f"GP API refuses {call.name}: {said}", _field(said), detail)
    if call.method == "GET" or call.name == SIGN_IN:
        return Transient(f"GP API failed: {said}")
    return Unknown(f"GP API failed, the money may have moved: {said} ({detail})")


def error_of(answer: Answer) -> Mapping[str, Any]:
    """The error's body; empty if it is none of GP API's (a proxy's page, say)."""
    body = answer.json()
    return body if isinstance(body, dict) else {}


def _field(said: str) -> str:
    found = _FIELD.search(said)
    if not found:
        return ""
    return found["missing"] or found["unexpected"] or _IDS[found["unknown"]]


def _location(answer: Answer) -> str:
    return answer.headers.get("Location", "it names none")
