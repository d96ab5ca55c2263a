"""What a transaction of GP API says of its money."""

from collections.abc import Mapping
from typing import Any

from connectors.heartland.declines import in_plain_words
from streams.core.connector import Outcome

Transaction = dict[str, Any]

CAPTURED = frozenset(("CAPTURED", "FUNDED"))
REVERSED = frozenset(("REVERSED",))
REFUSED = frozenset(("DECLINED", "FAILED", "REJECTED"))
PREAUTHORIZED = "PREAUTHORIZED"
HOLDS_MONEY = CAPTURED | {PREAUTHORIZED}
"""Statuses of money that is authorized or captured."""


def amount_of(transaction: Mapping[str, Any]) -> int:
    """Minor units: what is captured of it in all by now, else what is authorized; 0 if declined."""
    return int(transaction.get("amount") or 0)


def reference_of(transaction: Mapping[str, Any]) -> str:
    """The merchant's reference: the command's id of what Tandem asked for; empty if none."""
    told = transaction.get("reference")
    return told if isinstance(told, str) else ""


def order_reference_of(transaction: Mapping[str, Any]) -> str:
    """The order that it names, in either place where GP API may show it; empty if none."""
    order = transaction.get("order")
    told = transaction.get("order_reference")
    if not told and isinstance(order, dict):
        told = order.get("reference")
    return told if isinstance(told, str) else ""


def outcome_of(
    transaction: Mapping[str, Any], currency: str, minor_units: int | None = None
) -> Outcome:
    """What became of a payment.

    Args:
        transaction: as GP API answers it.
        currency: of the command; GP API leaves it empty on a decline.
        minor_units: the amount that was moved; None if it is the transaction's own.
    """
    payment: Mapping[str, Any] = transaction.get("payment_method") or {}
    card: Mapping[str, str] = payment.get("card") or {}
    result = str(payment.get("result", ""))
    values = {
        "id": transaction["id"],
        "status": transaction["status"],
        "result": result,
        "message": in_plain_words(result, str(payment.get("message", ""))),
        "authcode": card.get("authcode", ""),
        "brand": card.get("brand", ""),
        "last4": card.get("masked_number_last4", "")[-4:],
    }
    return Outcome(values, amount_of(transaction) if minor_units is None else minor_units, currency)
