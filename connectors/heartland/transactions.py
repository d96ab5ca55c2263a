"""What a transaction of GP API says of its money."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.heartland.declines import in_plain_words
from streams.core.clock import to_ms
from streams.core.connector import Outcome
from streams.core.errors import Rejected

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


def result_of(transaction: Mapping[str, Any]) -> str:
    """What the issuer said, `00` for an approval; empty if nothing is told."""
    payment: Mapping[str, Any] = transaction.get("payment_method") or {}
    return str(payment.get("result", ""))


def order_reference_of(transaction: Mapping[str, Any]) -> str:
    """The order that it names, in either place where GP API may show it; empty if none."""
    order = transaction.get("order")
    told = transaction.get("order_reference")
    if not told and isinstance(order, dict):
        told = order.get("reference")
    return told if isinstance(told, str) else ""


def moment_of(transaction: Mapping[str, Any], name: str) -> int | None:
    """A time of its, ms UTC; None if it is none, or names no zone."""
    try:
        moment = datetime.fromisoformat(str(transaction.get(name)))
    except ValueError:
        return None
    return None if moment.tzinfo is None else to_ms(moment)


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
    result = result_of(transaction)
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


def named(transaction_id: str) -> None:
    """Makes sure that a command names its transaction.

    Raises:
        Rejected: it names none.
    """
    if not transaction_id:
        raise Rejected(
            "no transaction is named, so there is no authorized money to act on",
            "transaction_id",
        )
