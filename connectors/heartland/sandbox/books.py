"""What the sandbox's own books say: by order and in total, for comparing with other systems."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypedDict

from connectors.heartland.sandbox.transactions import (
    DECLINED,
    EXPIRED,
    REVERSED,
    SALE,
    Transaction,
)


@dataclass
class OrderBook:
    """One order's money, in minor units.

    `authorized` is every approved sale, also one that was reversed later; `captured` leaves
    reversed sales out; `status` is that of the latest sale. As long as no sale is captured beyond
    its authorization, `authorized = captured + reversed + lapsed + held`.

    Args:
        held: authorized, and still to be captured.
        lapsed: authorized, and let go after the last capture or by expiry.
        refunds: each refund, `{id, reference, amount, sale, status}`.
    """

    currency: str
    authorized: int = 0
    captured: int = 0
    refunded: int = 0
    reversed: int = 0
    declined: int = 0
    held: int = 0
    lapsed: int = 0
    status: str = ""
    transactions: list[str] = field(default_factory=list)
    refunds: list[dict[str, object]] = field(default_factory=list)


_MONEY = ("authorized", "captured", "refunded", "reversed", "declined", "held", "lapsed")


class Books(TypedDict):
    """`{orders: {order.reference: …}, totals: {currency: {…, counts: {…}}}}`."""

    orders: dict[str, dict[str, Any]]
    totals: dict[str, dict[str, Any]]


def books(transactions: Iterable[Transaction]) -> Books:
    """`{orders: {order.reference: …}, totals: {currency: {…, counts: {…}}}}`.

    A transaction without `order.reference` is under its own `reference`. `declined` is what was
    asked for and refused, an order's tries summed up; `counts` are numbers of transactions.
    """
    orders: dict[str, OrderBook] = {}
    totals: dict[str, dict[str, int]] = {}
    counts: dict[str, dict[str, int]] = {}
    for transaction in transactions:
        order, currency = transaction.order, transaction.order.currency
        book = orders.setdefault(order.order_reference or order.reference, OrderBook(currency))
        book.transactions.append(transaction.id)
        if order.type == SALE:
            book.status = transaction.status
        elif transaction.status != DECLINED:
            book.refunds.append(_refund(transaction))
        total = totals.setdefault(currency, dict.fromkeys(_MONEY, 0))
        count = counts.setdefault(currency, dict.fromkeys(_MONEY, 0))
        for kind, minor in _entries(transaction):
            setattr(book, kind, getattr(book, kind) + minor)
            total[kind] += minor
            count[kind] += 1
    return {
        "orders": {reference: vars(book) for reference, book in orders.items()},
        "totals": {
            currency: {**total, "counts": counts[currency]} for currency, total in totals.items()
        },
    }


def _refund(refund: Transaction) -> dict[str, object]:
    return {
        "id": refund.id,
        "reference": refund.order.reference,
        "amount": refund.captured,
        "sale": refund.parent_id,
        "status": refund.status,
    }


def _entries(transaction: Transaction) -> Iterable[tuple[str, int]]:
    """What a transaction adds to which column."""
    order = transaction.order
    if transaction.status == DECLINED:
        yield "declined", order.amount
    elif order.type == SALE:
        yield "authorized", transaction.authorized + transaction.let_go
        yield from _outcome(transaction)
    else:
        yield "refunded", transaction.captured


def _outcome(sale: Transaction) -> Iterable[tuple[str, int]]:
    """What became of an approved sale."""
    if sale.status == REVERSED and sale.reversal_reason != EXPIRED:
        yield "reversed", sale.let_go + (sale.amount if sale.final else sale.authorized)
    else:
        if sale.let_go:
            yield "reversed", sale.let_go
        if sale.captures:
            yield "captured", sale.captured
    if sale.held:
        yield "held", sale.held
    if sale.lapsed:
        yield "lapsed", sale.lapsed
