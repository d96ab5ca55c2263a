"""What a transaction of GP API tells, notified or fetched: the same, with the same id.

A state of a transaction is its status and its amount: of a sale that is captured in parts the
amount says how much it is by now, while the status stays CAPTURED.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from connectors import carddata
from connectors.heartland.declines import in_plain_words
from connectors.heartland.transactions import moment_of, order_reference_of, reference_of
from streams.core.clock import Clock
from streams.core.errors import Rejected
from streams.core.message import message_id
from streams.messages.payment import PaymentNotified, PaymentTaken

_OURS = re.compile(r"[0-9a-f]{32}")
"""The reference of what Tandem asked for: its command's id."""

_SCHEME_REFERENCE = re.compile(rb'(?<="brand_reference":)\s*"[0-9A-Za-z]{1,23}"')
"""The scheme's name for a transaction: up to 23 digits that begin like its cards."""

Told = PaymentNotified | PaymentTaken


def payment_events(body: bytes, clock: Clock) -> tuple[Told, ...]:
    """What a transaction tells.

    A payment that Tandem asked for is `payment.notified`, with its order's key; one of a shop's
    checkout `payment.taken`, with its own. A refund that Tandem asked for tells nothing new: its
    answer is the flow's already.

    Raises:
        Rejected: it is no transaction, or a field of it is missing or of no use; or a refund that
            Tandem did not ask for.
        CardData: it holds card data. The scheme's reference is none, though it can look like it.
    """
    carddata.refuse(_SCHEME_REFERENCE.sub(b'""', body))
    transaction = _parsed(body)
    ours = bool(_OURS.fullmatch(reference_of(transaction)))
    if transaction.get("type") == "REFUND":
        if ours:
            return ()
        raise Rejected(
            "Tandem did not ask for this refund: book it in M3 and the shop by hand", "type"
        )
    now = clock.now_ms()
    return (_notified(transaction, now) if ours else _taken(transaction, now),)


def _notified(transaction: Mapping[str, Any], received_at: int) -> PaymentNotified:
    order = order_reference_of(transaction)
    if not order:
        raise Rejected(
            "the payment names no order: find its order by the transaction's id and amount",
            "order_reference",
        )
    said = _said(transaction, PaymentNotified.type)
    return PaymentNotified(key=order, correlation_id=order, received_at=received_at, **said)


def _taken(transaction: Mapping[str, Any], received_at: int) -> PaymentTaken:
    id = _text(transaction, "id")
    return PaymentTaken(
        key=id,
        correlation_id=id,
        received_at=received_at,
        order_reference=order_reference_of(transaction),
        **_said(transaction, PaymentTaken.type),
    )


def _said(transaction: Mapping[str, Any], type: str) -> dict[str, Any]:
    """The fields that both events have."""
    id, status = _text(transaction, "id"), _text(transaction, "status")
    payment = _inner(transaction, "payment_method")
    card, result = _inner(payment, "card"), _optional(payment, "result")
    amount = _minor(transaction.get("amount", ""))
    return {
        "id": message_id(type, id, status, amount),
        "occurred_at": _moment(transaction),
        "source": "heartland",
        "transaction_id": id,
        "status": status,
        "amount": amount,
        "currency": _optional(transaction, "currency"),
        "reference": reference_of(transaction),
        "result": result,
        "message": in_plain_words(result, _optional(payment, "message")),
        "brand": _optional(card, "brand"),
        "last4": _optional(card, "masked_number_last4")[-4:],
        "authcode": _optional(card, "authcode"),
    }


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
    told, moment = _text(body, name), moment_of(body, name)
    if moment is None:
        raise Rejected(f"{told!r} is no ISO 8601 time with its zone", name)
    return moment
