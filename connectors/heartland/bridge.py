"""The door for GP API's notifications of payments (facts: 3.1)."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from connectors import carddata
from connectors.heartland.declines import in_plain_words
from streams.core.clock import Clock, to_ms
from streams.core.connector import Bridge, Received, Request
from streams.core.errors import Rejected, Unauthenticated
from streams.core.message import message_id
from streams.messages.payment import PaymentNotified

PATH = "/hooks/heartland"

_OURS = re.compile(r"[0-9a-f]{32}")
"""The reference of what Tandem asked for: its command's id."""

_SCHEME_REFERENCE = re.compile(rb'(?<="brand_reference":)\s*"[0-9A-Za-z]{1,23}"')
"""The scheme's name for a transaction: up to 23 digits that begin like its cards."""

_BLANK = re.compile(rb'("(?:[^"\\]|\\.)*")|\s+')


def payment_bridge(app_key: SecretStr, clock: Clock) -> Bridge:
    """Takes signed notifications and makes `payment.notified` of them.

    GP API tells at least once and in no order: a state of a transaction (its status and its amount)
    is one event, however often it is told.

    Args:
        app_key: what the notifications are signed with.
        clock: dates what is received.
    """

    def authenticate(request: Request) -> None:
        _authenticate(request, app_key.get_secret_value())

    def translate(request: Request) -> Received:
        return Received(payment_events(request.body, clock))

    return Bridge("heartland", PATH, authenticate, translate)


def payment_events(body: bytes, clock: Clock) -> tuple[PaymentNotified, ...]:
    """What a transaction tells, notified or fetched: the same, with the same id.

    A refund that Tandem asked for tells nothing new: its answer is the flow's already.

    Raises:
        Rejected: it is no transaction, or a field of it is missing or of no use.
        CardData: it holds card data. The scheme's reference is none, though it can look like it.
    """
    carddata.refuse(_SCHEME_REFERENCE.sub(b'""', body))
    transaction = _parsed(body)
    if transaction.get("type") == "REFUND" and _OURS.fullmatch(_optional(transaction, "reference")):
        return ()
    return (notified(transaction, clock.now_ms()),)


def notified(body: Mapping[str, Any], received_at: int) -> PaymentNotified:
    """A transaction as an event; the key is its order's.

    A state is its status and its amount: of a sale that is captured in parts the amount says how
    much it is by now, while the status stays CAPTURED.

    Raises:
        Rejected: a field is missing or of no use, naming it.
    """
    if body.get("type") == "REFUND":
        raise Rejected(
            "Tandem did not ask for this refund: book it in M3 and the shop by hand", "type"
        )
    transaction, status = _text(body, "id"), _text(body, "status")
    key = body.get("order_reference") or _inner(body, "order").get("reference")
    if not isinstance(key, str) or not key:
        raise Rejected(
            "the payment names no order: find its order by the transaction's id and amount",
            "order_reference",
        )
    payment = _inner(body, "payment_method")
    card, result = _inner(payment, "card"), _optional(payment, "result")
    amount = _minor(body.get("amount", ""))
    return PaymentNotified(
        id=message_id(PaymentNotified.type, transaction, status, amount),
        key=key,
        occurred_at=_moment(body),
        received_at=received_at,
        source="heartland",
        correlation_id=key,
        transaction_id=transaction,
        status=status,
        amount=amount,
        currency=_optional(body, "currency"),
        reference=_optional(body, "reference"),
        result=result,
        message=in_plain_words(result, _optional(payment, "message")),
        brand=_optional(card, "brand"),
        last4=_optional(card, "masked_number_last4")[-4:],
        authcode=_optional(card, "authcode"),
    )


def _authenticate(request: Request, app_key: str) -> None:
    """`X-GP-Signature` is the hex SHA-512 of the body and the key; of the raw bytes, or minified.

    Which of the two is not told by the vendor; its own plugins use both.
    """
    given = request.headers.get("x-gp-signature", "").lower().encode()

    def signs(payload: bytes) -> bool:
        expected = hashlib.sha512(payload + app_key.encode()).hexdigest().encode()
        return hmac.compare_digest(given, expected)

    if not (signs(request.body) or signs(_minified(request.body))):
        raise Unauthenticated("X-GP-Signature is not that of this body")


def _minified(body: bytes) -> bytes:
    return _BLANK.sub(rb"\1", body).replace(b"\\/", b"/")


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        raise Rejected("the notification is not JSON") from None
    if not isinstance(parsed, dict):
        raise Rejected("the notification is no JSON object")
    return parsed


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Rejected(f"the notification has no {name}", name)
    return value


def _optional(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _inner(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _minor(amount: object) -> int:
    if amount == "":
        return 0
    if not isinstance(amount, str) or not (amount.isascii() and amount.isdigit()):
        raise Rejected(f"{amount!r} is no amount in minor units, a text of digits", "amount")
    return int(amount)


def _moment(body: Mapping[str, Any]) -> int:
    name = "time_last_updated" if body.get("time_last_updated") else "time_created"
    try:
        moment = datetime.fromisoformat(_text(body, name))
    except ValueError:
        raise Rejected(f"{body[name]!r} is no ISO 8601 time", name) from None
    if moment.tzinfo is None:
        raise Rejected(f"{body[name]!r} names no time zone", name)
    return to_ms(moment)
