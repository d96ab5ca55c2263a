"""M3's facts as events, whichever way they came: told by a BOD, or fetched by MI.

Here is what both ways have in common, so that one fact has one id. A BOD's variationID is not among
it (MI knows none), so ids are made of what the fact itself says:

| event | id from | so that |
|---|---|---|
| `sales_order.synced` | ORNO, status, when it was changed, its lines | each change counts |
| `shipment.sent` | DLIX, what left | a delivery that is corrected counts |
| `invoice.issued`, `credit_note.issued` | INYR, CINO | what is written once stays |
| `stock.reported` | item, warehouse, on hand, when it moved | a balance that comes again counts |

If M3 gives one fact two times by the two ways, it is two events that say the same, which flows take
for what it is: facts only grow, and of two balances the newer holds.
"""

from collections.abc import Sequence

from streams.core.message import message_id
from streams.messages.fulfilment import (
    CreditNoteIssued,
    InvoiceIssued,
    SalesOrderSynced,
    ShipmentSent,
)
from streams.messages.parts import OrderLine, Shipped
from streams.messages.stock import StockReported

SOURCE = "m3"
_VARIATIONS = 1000
LAST = _VARIATIONS - 1
"""The variation of what is fetched: it is read when the moment is over."""


def newness(at: int, variation: int) -> int:
    """Puts what is told of one thing in order: by its time, ms UTC, then by its variationID.

    The time comes first, for only it is known both ways; BODs of one moment differ by variationID.
    """
    return at * _VARIATIONS + variation % _VARIATIONS


def sales_order(
    key: str,
    number: str,
    status: str,
    changed_at: int,
    received_at: int,
    variation: int = LAST,
    amount: int = -1,
    currency: str = "",
    lines: Sequence[OrderLine] = (),
) -> SalesOrderSynced:
    """An order's status: `number` is ORNO, `changed_at` when the order was changed last, ms UTC.

    `amount` is no part of the id, for MI does not tell it. Which `lines` are final is: two may be
    deleted in one moment, each told by a BOD of its own. MI has no deleted line, so what a BOD
    tells of a deletion, and what is fetched of that moment, are two events.
    """
    final = sorted(f"{line.order_line} at {line.shipped}" for line in lines if line.final)
    return SalesOrderSynced(
        id=message_id(SalesOrderSynced.type, number, status, changed_at, *final),
        key=key,
        occurred_at=changed_at,
        received_at=received_at,
        source=SOURCE,
        correlation_id=key,
        m3_order=number,
        status=status,
        variation=newness(changed_at, variation),
        amount=amount,
        currency=currency,
        lines=tuple(lines),
    )


def shipment(
    key: str,
    m3_order: str,
    delivery: str,
    lines: Sequence[Shipped],
    sent_at: int,
    received_at: int,
    carrier: str = "",
    tracking: str = "",
) -> ShipmentSent:
    """A delivery that left: `m3_order` is ORNO, `delivery` DLIX. MI knows no carrier and parcel."""
    left = sorted((line.item, line.quantity) for line in lines)
    cause = (f"{quantity} x {item}" for item, quantity in left)
    return ShipmentSent(
        id=message_id(ShipmentSent.type, delivery, *cause),
        key=key,
        occurred_at=sent_at,
        received_at=received_at,
        source=SOURCE,
        correlation_id=key,
        m3_order=m3_order,
        delivery=delivery,
        carrier=carrier,
        tracking=tracking,
        lines=tuple(lines),
    )


def invoice(
    key: str,
    m3_order: str,
    number: str,
    year: int,
    customer_number: str,
    amount: int,
    vat: int,
    currency: str,
    issued_at: int,
    received_at: int,
) -> InvoiceIssued:
    """An invoice: `number` is CINO, `year` INYR, `amount` gross, in minor units."""
    return InvoiceIssued(
        id=message_id(InvoiceIssued.type, year, number),
        key=key,
        occurred_at=issued_at,
        received_at=received_at,
        source=SOURCE,
        correlation_id=key,
        m3_order=m3_order,
        invoice_number=number,
        invoice_year=year,
        customer_number=customer_number,
        amount=amount,
        vat=vat,
        currency=currency,
    )


def credit_note(
    key: str,
    m3_order: str,
    number: str,
    year: int,
    customer_number: str,
    amount: int,
    vat: int,
    currency: str,
    issued_at: int,
    received_at: int,
    return_number: str = "",
    reference: str = "",
) -> CreditNoteIssued:
    """A credit note, its amounts above zero; `return_number` is REPN, `reference` its YREF."""
    return CreditNoteIssued(
        id=message_id(CreditNoteIssued.type, year, number),
        key=key,
        occurred_at=issued_at,
        received_at=received_at,
        source=SOURCE,
        correlation_id=key,
        m3_order=m3_order,
        invoice_number=number,
        invoice_year=year,
        customer_number=customer_number,
        amount=amount,
        vat=vat,
        currency=currency,
        return_number=return_number,
        reference=reference,
    )


def balance(
    item: str,
    warehouse: str,
    on_hand: int,
    moved_at: int,
    received_at: int,
    variation: int = LAST,
) -> StockReported:
    """What is on hand of an item, whole pieces; `moved_at` is when it moved last, ms UTC."""
    key = f"{item}@{warehouse}"
    return StockReported(
        id=message_id(StockReported.type, key, on_hand, moved_at),
        key=key,
        occurred_at=moved_at,
        received_at=received_at,
        source=SOURCE,
        correlation_id=key,
        item=item,
        warehouse=warehouse,
        on_hand=on_hand,
        variation=newness(moved_at, variation),
    )
