"""Commands to M3."""

from typing import ClassVar

from streams.core.message import Command
from streams.messages.parts import Address, Charge, Line, Returned


class CreateOrder(Command):
    """Enter a customer order (OIS100MI AddBatchHead, AddBatchLine, AddBatchAddress, Confirm).

    Answers `ORNO` and `STAT`, and `PONR` of the lines of goods, with commas, if M3 told them. M3
    keeps the order's key in CUOR, by which a doubt is settled.
    Amounts in minor units, VAT included; `ordered_at` in ms UTC.
    """

    type: ClassVar[str] = "m3.create_order"
    schema_file: ClassVar[str] = "commands/m3/create_order.v1.avsc"

    shop: str
    order_id: str
    order_number: str
    customer_number: str
    guest: bool = False
    currency: str
    total: int
    ordered_at: int
    lines: tuple[Line, ...]
    charges: tuple[Charge, ...] = ()
    bill_to: Address
    ship_to: Address
    transaction_id: str = ""
    customer_note: str = ""


class EnsureCustomer(Command):
    """Make sure that M3 has the customer (CRS610MI GetBasicData, else Add). Answers `CUNO`."""

    type: ClassVar[str] = "m3.ensure_customer"
    schema_file: ClassVar[str] = "commands/m3/ensure_customer.v1.avsc"

    shop: str
    customer_id: str
    currency: str
    address: Address


class RecordPayment(Command):
    """Report a payment against an invoice (ARS040MI AddBatchHead, AddBatchLine, ControlBatch).

    Attributes:
        invoice_number: CINO; `invoice_year` INYR; `customer_number` CUNO.
        amount: minor units of `currency`.
        transaction_id: Heartland's id, kept in IRNO.
        paid_at: ms UTC.
    """

    type: ClassVar[str] = "m3.record_payment"
    schema_file: ClassVar[str] = "commands/m3/record_payment.v1.avsc"

    invoice_number: str
    invoice_year: int
    customer_number: str
    amount: int
    currency: str
    transaction_id: str
    paid_at: int


class CreateReturn(Command):
    """Take goods of an order back, and freight and fees (OIS390MI AddHead, AddLine).

    Answers `REPN`.

    M3 keeps the command's id in YREF, by which a doubt is settled.

    Attributes:
        m3_order: M3's ORNO, from which the goods come back.
        charges: what is credited of freight and fees, which M3 has as items without stock.
    """

    type: ClassVar[str] = "m3.create_return"
    schema_file: ClassVar[str] = "commands/m3/create_return.v2.avsc"

    shop: str
    refund_id: str
    m3_order: str
    currency: str
    lines: tuple[Returned, ...]
    charges: tuple[Charge, ...] = ()


class ChangeOrder(Command):
    """Make an order's lines in M3 those of the shop (OIS100MI AddOrderLine, UpdPriceInfo, DelLine).

    Only lines of which nothing has left are changed. M3 is read first, so to ask again does no
    harm. Answers `ORNO`, `PONR` of the lines of goods, with commas, and `LMTS`: what M3 tells of
    times until then (ms UTC, M3's clock) may be of other lines.

    Attributes:
        m3_order: M3's ORNO.
        lines: all that the order is to hold, `charges` likewise; amounts in minor units.
    """

    type: ClassVar[str] = "m3.change_order"
    schema_file: ClassVar[str] = "commands/m3/change_order.v1.avsc"

    shop: str
    m3_order: str
    currency: str
    lines: tuple[Line, ...]
    charges: tuple[Charge, ...] = ()


class CancelOrder(Command):
    """Delete a customer order that M3 has not begun to deliver (OIS100MI DelHead).

    Answers `ORNO`; and `KEPT`, M3's words, if it keeps an order that is on its way.

    An order that M3 no longer has is deleted; so to ask again does no harm.
    """

    type: ClassVar[str] = "m3.cancel_order"
    schema_file: ClassVar[str] = "commands/m3/cancel_order.v1.avsc"

    m3_order: str


class CancelLines(Command):
    """Take lines out of an order (OIS100MI DelLine), or what is left of them (CloLine).

    A line that M3 no longer has, or of which all has left, is left as it is; so to ask again does
    no harm. Answers `ORNO` and, as PONR with commas, `DELETED`, `CLOSED` (what is left is given up)
    and `DELIVERED` (all had left).

    Attributes:
        lines: M3's PONR of each.
    """

    type: ClassVar[str] = "m3.cancel_lines"
    schema_file: ClassVar[str] = "commands/m3/cancel_lines.v1.avsc"

    m3_order: str
    lines: tuple[str, ...]
