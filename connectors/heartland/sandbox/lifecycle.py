"""What may be done with a transaction, and what becomes of it: pure.

Each function answers the transaction as it is afterwards, or refuses as GP API does.
"""

from dataclasses import dataclass, replace

from connectors.heartland.sandbox.cards import APPROVED
from connectors.heartland.sandbox.errors import (
    AMOUNT_REFUSED,
    INCREMENTAL,
    INVALID_ORIGINAL,
    PARTIAL_REVERSAL,
    REFUND_REFUSED,
    GpApiError,
    not_supported,
    unexpected,
)
from connectors.heartland.sandbox.transactions import (
    AUTO,
    CAPTURED,
    DECLINED,
    EXPIRED,
    FUNDED,
    MULTIPLE,
    PREAUTHORIZED,
    REFUND,
    REVERSED,
    SALE,
    Order,
    Payment,
    Transaction,
)

FIRST, SUBSEQUENT, LAST = "FIRST", "SUBSEQUENT", "LAST"


@dataclass(frozen=True)
class CaptureRequest:
    """What a capture asks for: an amount (None: all that is left), and its place among several.

    Args:
        sequence: FIRST, SUBSEQUENT or LAST, "" if it is not said.
        count: how many captures there will be (`total_capture_count`), 0 if it is not said.
    """

    amount: int | None = None
    sequence: str = ""
    count: int = 0


def create(order: Order, payment: Payment, id: str, now_ms: int) -> Transaction:
    """A new sale or a refund without a sale: declined, pre-authorized or captured."""
    approved = payment.approved
    new = Transaction(id, order, payment, PREAUTHORIZED, now_ms, now_ms, authorized=approved)
    if payment.result != APPROVED:
        return replace(new, status=DECLINED, final=True)
    if order.type == SALE and order.capture_mode != AUTO:
        return new
    return replace(new, status=CAPTURED, captured=approved, captures=1, final=True)


def capture(
    sale: Transaction, asked: CaptureRequest, now_ms: int, ceiling_percent: int
) -> tuple[Transaction, int]:
    """The sale after a capture, and the amount that was taken.

    `LATER` allows one capture. `MULTIPLE` allows several, until one is the LAST or as many were
    made as announced; then what is left of the authorization is let go. Together up to the
    account's ceiling of what is authorized.

    Raises:
        GpApiError: INVALID_TRANSACTION_ACTION it is not there to be captured; 50020 too much;
            40213 sequence or count contradict the captures that were made.
    """
    if (
        sale.order.type != SALE
        or sale.final
        or sale.status not in (PREAUTHORIZED, CAPTURED, FUNDED)
    ):
        raise not_supported("Capture", f"its status is {sale.status}")
    taken = sale.authorized - sale.captured if asked.amount is None else asked.amount
    if taken <= 0:
        raise not_supported("Capture", "nothing is left to capture")
    if (sale.captured + taken) * 100 > sale.authorized * ceiling_percent:
        text = f"Can't settle for more than {ceiling_percent}% of that which you authorised "
        raise GpApiError(AMOUNT_REFUSED, text)
    captures = sale.captures + 1
    if asked.sequence and (asked.sequence == FIRST) != (captures == 1) and asked.sequence != LAST:
        raise unexpected("capture_sequence")
    count = asked.count or sale.order.capture_count
    if count and captures > count:
        raise unexpected("total_capture_count")
    last = sale.order.capture_mode != MULTIPLE or asked.sequence == LAST or captures == count
    captured = replace(
        sale,
        status=CAPTURED,
        captured=sale.captured + taken,
        captures=captures,
        final=last,
        updated_ms=now_ms,
    )
    return captured, taken


def reverse(
    sale: Transaction, amount: int | None, reason: str, now_ms: int, *, in_batch: int, parts: bool
) -> Transaction:
    """The sale after its reversal (void) before it is settled: of all of it, or of a part.

    A part comes off what is still held; if nothing is, off what was captured.

    Args:
        sale: as it stands.
        amount: what to reverse, None for all of it.
        reason: `reversal_reason`.
        now_ms: when.
        in_batch: what of it is in a batch that is still open.
        parts: whether the account may reverse a part.

    Raises:
        GpApiError: 40214 a part, and the account may not, or more than there is;
            INVALID_TRANSACTION_ACTION it is declined, reversed or refunded already, or a refund,
            or its batch has closed: then it can only be refunded (facts: UCP, Batches).
    """
    open_sale = sale.order.type == SALE and sale.status in (PREAUTHORIZED, CAPTURED)
    if not open_sale or sale.refunded:
        raise not_supported("Reversal", f"its status is {sale.status}")
    whole = sale.authorized if sale.held else sale.amount
    if amount is None or amount == whole:
        if in_batch != sale.captured:
            raise not_supported("Reversal", "its batch is closed, it can only be refunded")
        return replace(sale, status=REVERSED, reversal_reason=reason, updated_ms=now_ms)
    if not parts or amount > (sale.held or sale.captured):
        raise GpApiError(PARTIAL_REVERSAL, "partial reversal not supported")
    less = replace(
        sale,
        authorized=max(0, sale.authorized - amount),
        let_go=sale.let_go + amount,
        reversal_reason=reason,
        updated_ms=now_ms,
    )
    if sale.held:
        return replace(less, final=less.captures > 0 and less.held == 0)
    if amount > in_batch:
        raise not_supported("Reversal", "its batch is closed, it can only be refunded")
    return replace(less, captured=sale.captured - amount)


def expire(sale: Transaction, now_ms: int) -> Transaction:
    """The sale when the issuer holds its money no longer; unchanged if nothing was held.

    Without a capture it is REVERSED, with reason EXPIRED; else no capture can follow. By analogy:
    how the gateway shows it was not found.
    """
    if not sale.held:
        return sale
    if sale.captures:
        return replace(sale, final=True, updated_ms=now_ms)
    return replace(sale, status=REVERSED, reversal_reason=EXPIRED, updated_ms=now_ms)


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
    if sale.order.type != SALE or sale.status not in (CAPTURED, FUNDED):
        raise not_supported("Refund", f"its status is {sale.status}")
    paid_back = sale.captured - sale.refunded if amount is None else amount
    if paid_back <= 0:
        raise not_supported("Refund", "all of it has been refunded")
    if (sale.refunded + paid_back) * 100 > sale.captured * ceiling_percent:
        text = f"You may only refund up to {ceiling_percent}% of the original amount "
        raise GpApiError(REFUND_REFUSED, text)
    return replace(sale, refunded=sale.refunded + paid_back), paid_back


def refund_of(sale: Transaction, amount: int, reference: str, id: str, now_ms: int) -> Transaction:
    """The transaction that pays `amount` of a sale back."""
    order = replace(sale.order, type=REFUND, amount=amount, reference=reference, capture_mode=AUTO)
    refund = create(order, replace(sale.payment, approved=amount), id, now_ms)
    return replace(refund, parent_id=sale.id)


def increment(sale: Transaction, amount: int, now_ms: int) -> Transaction:
    """The authorization, raised by `amount`, which may be 0 (facts: PHP `testIncrementalAuth`).

    Raises:
        GpApiError: 40290 it is not PREAUTHORIZED.
    """
    if sale.status != PREAUTHORIZED:
        text = (
            "Cannot PROCESS Incremental Authorization over a transaction that does not have a"
            " status of PREAUTHORIZED."
        )
        raise GpApiError(INCREMENTAL, text)
    return replace(sale, authorized=sale.authorized + amount, updated_ms=now_ms)


def adjust(
    sale: Transaction, amount: int, now_ms: int, *, in_batch: int, ceiling_percent: int
) -> Transaction:
    """The sale with another amount: authorized, or captured and still in its open batch.

    Raises:
        GpApiError: INVALID_TRANSACTION_ACTION it is neither, or was refunded or captured in
            parts; 50020 more than the account's ceiling (both by analogy).
    """
    held = sale.status == PREAUTHORIZED
    taken = sale.status == CAPTURED and sale.captures == 1 and in_batch == sale.captured
    if sale.order.type != SALE or sale.refunded or not (held or taken):
        raise not_supported("Adjustment", f"its status is {sale.status}")
    if amount * 100 > sale.authorized * ceiling_percent:
        text = f"Can't settle for more than {ceiling_percent}% of that which you authorised "
        raise GpApiError(AMOUNT_REFUSED, text)
    if held:
        return replace(sale, authorized=amount, updated_ms=now_ms)
    return replace(sale, captured=amount, updated_ms=now_ms)


def renewal(reversed_sale: Transaction, amount: int | None, reference: str) -> Order:
    """What a reauthorization asks for: a reversed sale again, as it was, of another amount if said.

    Raises:
        GpApiError: 40213 it is a refund; 40044 it was not reversed (facts: PHP
            `CreditCardPresentTest`).
    """
    if reversed_sale.order.type != SALE:
        raise unexpected("type")
    if reversed_sale.status != REVERSED:
        text = "36, Invalid original transaction for reauthorization-This error is returned from a"
        text += " CreditAuth or CreditSale if the original transaction cannot be found."
        raise GpApiError(INVALID_ORIGINAL, text)
    again = amount or reversed_sale.order.amount
    return replace(
        reversed_sale.order, amount=again, reference=reference or reversed_sale.order.reference
    )


def fund(transaction: Transaction, now_ms: int) -> Transaction:
    """The transaction once its money is in a deposit."""
    return replace(transaction, status=FUNDED, updated_ms=now_ms)
