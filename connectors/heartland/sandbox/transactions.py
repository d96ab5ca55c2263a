"""A transaction and what may be done with it: the state machine, pure.

    SALE, capture LATER:  PREAUTHORIZED ─capture→ CAPTURED ─refund→ a new transaction, CAPTURED
                                └────────reverse────┴→ REVERSED
    SALE, capture AUTO:   CAPTURED
    declined:             DECLINED, for good

A refund does not change the status of the sale it belongs to; there is no REFUNDED (facts: UCP).
"""

from dataclasses import dataclass, replace

from connectors.heartland.sandbox.cards import APPROVED, Card
from connectors.heartland.sandbox.errors import (
    AMOUNT_REFUSED,
    PARTIAL_REVERSAL,
    REFUND_REFUSED,
    WRONG_STATUS,
    GpApiError,
)

PREAUTHORIZED, CAPTURED, REVERSED, DECLINED = "PREAUTHORIZED", "CAPTURED", "REVERSED", "DECLINED"
SALE, REFUND = "SALE", "REFUND"

CAPTURE_CEILING_PERCENT = 115


@dataclass(frozen=True)
class Payment:
    """How a transaction is paid: a card behind a token, or given in the request.

    Args:
        token: the `PMT_…`, "" for a card that is not stored.
        result: "00", or the decline's code.
    """

    card: Card
    result: str
    token: str = ""
    entry_mode: str = "ECOM"
    name: str = ""


@dataclass(frozen=True)
class Order:
    """What a client asked for when it created a transaction; amounts in minor units."""

    type: str
    capture_mode: str
    channel: str
    country: str
    amount: int
    currency: str
    reference: str
    account_id: str
    account_name: str
    order_reference: str = ""
    description: str = ""
    status_url: str = ""


@dataclass(frozen=True)
class Transaction:
    """A sale or refund as it stands; amounts in minor units of `order.currency`, times in ms UTC.

    Args:
        captured: what has been captured of it (of a refund: what was paid back).
        refunded: what later refunds have paid back of it.
        parent_id: the sale that a refund belongs to, "" if none.
    """

    id: str
    order: Order
    payment: Payment
    status: str
    created_ms: int
    updated_ms: int
    captured: int = 0
    refunded: int = 0
    batch_id: str = ""
    parent_id: str = ""
    reversal_reason: str = ""

    @property
    def amount(self) -> int:
        """Its amount now: what was captured, else what was asked for."""
        return self.captured or self.order.amount

    @property
    def authcode(self) -> str:
        """The issuer's authorization code, "" if declined."""
        return "" if self.status == DECLINED else f"{int(self.id[-8:], 16) % 1_000_000:06d}"

    @property
    def brand_reference(self) -> str:
        """The card scheme's reference."""
        return self.id[4:20].upper()


def create(order: Order, payment: Payment, id: str, now_ms: int, batch_id: str) -> Transaction:
    """A new sale or a refund without a sale: declined, pre-authorized or captured."""
    new = Transaction(id, order, payment, PREAUTHORIZED, now_ms, now_ms)
    if payment.result != APPROVED:
        return replace(new, status=DECLINED)
    if order.type == SALE and order.capture_mode != "AUTO":
        return new
    return replace(new, status=CAPTURED, captured=order.amount, batch_id=batch_id)


def capture(sale: Transaction, amount: int | None, now_ms: int, batch_id: str) -> Transaction:
    """The sale after a capture of `amount`, of all that is left by default.

    `LATER` allows one capture, `MULTIPLE` several; together up to 115 % of what was authorized.

    Raises:
        GpApiError: INVALID_TRANSACTION_ACTION it is not there to be captured; 50020 too much.
    """
    again = sale.status == CAPTURED and sale.order.capture_mode == "MULTIPLE"
    if sale.order.type != SALE or not (sale.status == PREAUTHORIZED or again):
        raise _not_supported("Capture", sale)
    authorized = sale.order.amount
    taken = authorized - sale.captured if amount is None else amount
    if taken <= 0:
        raise _not_supported("Capture", sale)
    if (sale.captured + taken) * 100 > authorized * CAPTURE_CEILING_PERCENT:
        text = (
            f"Can't settle for more than {CAPTURE_CEILING_PERCENT}% of that which you authorised "
        )
        raise GpApiError(AMOUNT_REFUSED, text)
    return replace(
        sale,
        status=CAPTURED,
        captured=sale.captured + taken,
        batch_id=batch_id,
        updated_ms=now_ms,
    )


def reverse(sale: Transaction, amount: int | None, reason: str, now_ms: int) -> Transaction:
    """The sale after its reversal (void): all of it or nothing.

    Raises:
        GpApiError: 40214 only a part was asked for; INVALID_TRANSACTION_ACTION it is declined,
            reversed or refunded already, or a refund.
    """
    open_sale = sale.order.type == SALE and sale.status in (PREAUTHORIZED, CAPTURED)
    if not open_sale or sale.refunded:
        raise _not_supported("Reversal", sale)
    if amount is not None and amount != sale.amount:
        raise GpApiError(PARTIAL_REVERSAL, "partial reversal not supported")
    return replace(sale, status=REVERSED, reversal_reason=reason, updated_ms=now_ms)


def refund(sale: Transaction, amount: int | None, ceiling_percent: int) -> tuple[Transaction, int]:
    """The sale after a refund of `amount`, of all that is left by default, and that amount.

    Raises:
        GpApiError: 40087 it was never captured, or refunds would exceed the account's ceiling;
            INVALID_TRANSACTION_ACTION it is declined, reversed or itself a refund, or all of it
            has been refunded and no amount is said.
    """
    if sale.status == PREAUTHORIZED:
        text = (
            "You can't refund a delayed transaction that has not been sent for settlement You are"
            " refunding money to a customer that has not been and never will be charged! "
        )
        raise GpApiError(REFUND_REFUSED, text)
    if sale.order.type != SALE or sale.status != CAPTURED:
        raise _not_supported("Refund", sale)
    paid_back = sale.captured - sale.refunded if amount is None else amount
    if paid_back <= 0:
        raise _not_supported("Refund", sale)
    if (sale.refunded + paid_back) * 100 > sale.captured * ceiling_percent:
        text = f"You may only refund up to {ceiling_percent}% of the original amount "
        raise GpApiError(REFUND_REFUSED, text)
    return replace(sale, refunded=sale.refunded + paid_back), paid_back


def _not_supported(action: str, transaction: Transaction) -> GpApiError:
    text = f"{action} of this transaction is not supported, its status is {transaction.status}"
    return GpApiError(WRONG_STATUS, text)
