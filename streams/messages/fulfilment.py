"""Events of M3's orders, deliveries and invoices, from its BODs. Key: the order."""

from typing import ClassVar

from streams.core.message import Message
from streams.messages.parts import OrderLine, Shipped


class SalesOrderSynced(Message):
    """M3 told of a customer order (Sync.SalesOrder).

    Attributes:
        m3_order: M3's ORNO.
        status: the BOD's status code, e.g. Open.
        variation: puts what is told of one order in order: a higher one is newer.
        amount: what M3 has the order cost, gross, minor units of `currency`; -1 if it is not told.
        lines: what M3 has of each line, freight and fees among them; a deleted one is told once.
    """

    type: ClassVar[str] = "sales_order.synced"
    schema_file: ClassVar[str] = "events/fulfilment/sales_order_synced.v3.avsc"

    m3_order: str
    status: str
    variation: int = 0
    amount: int = -1
    currency: str = ""
    lines: tuple[OrderLine, ...] = ()


class SalesOrderAcknowledged(Message):
    """M3's answer to an order that was sent as BOD (Acknowledge.SalesOrder).

    Attributes:
        command_id: the `m3.create_order` that asked for it.
        m3_order: M3's ORNO; empty if M3 refused the order, then `reason` and `code` say why.
    """

    type: ClassVar[str] = "sales_order.acknowledged"
    schema_file: ClassVar[str] = "events/fulfilment/sales_order_acknowledged.v1.avsc"

    command_id: str
    m3_order: str = ""
    reason: str = ""
    code: str = ""


class ShipmentSent(Message):
    """M3 delivered goods (Sync.Shipment).

    Attributes:
        m3_order: M3's ORNO; `delivery` is its DLIX.
        carrier: who carries it; `tracking` the parcel's number.
        lines: what left the warehouse.
    """

    type: ClassVar[str] = "shipment.sent"
    schema_file: ClassVar[str] = "events/fulfilment/shipment_sent.v2.avsc"

    m3_order: str
    delivery: str
    carrier: str = ""
    tracking: str = ""
    lines: tuple[Shipped, ...] = ()


class InvoiceIssued(Message):
    """M3 invoiced an order (Sync.Invoice).

    Attributes:
        m3_order: M3's ORNO.
        invoice_number: M3's CINO; `invoice_year` is INYR.
        customer_number: M3's CUNO (payer).
        amount: gross, minor units of `currency`; `vat` is the part of it that is VAT.
    """

    type: ClassVar[str] = "invoice.issued"
    schema_file: ClassVar[str] = "events/fulfilment/invoice_issued.v1.avsc"

    m3_order: str
    invoice_number: str
    invoice_year: int
    customer_number: str
    amount: int
    vat: int = 0
    currency: str


class CreditNoteIssued(Message):
    """M3 credited goods that came back (Sync.Invoice of a negative amount).

    Attributes:
        m3_order: M3's ORNO; `return_number` its REPN, empty if the credit is for no return.
        invoice_number: the credit note's CINO; `invoice_year` is INYR.
        customer_number: M3's CUNO (payer).
        amount: gross, minor units of `currency`, above zero; `vat` is the part of it that is VAT.
        reference: the return's YREF: the id of the `m3.create_return` that began it, if one did.
    """

    type: ClassVar[str] = "credit_note.issued"
    schema_file: ClassVar[str] = "events/fulfilment/credit_note_issued.v2.avsc"

    m3_order: str
    invoice_number: str
    invoice_year: int
    customer_number: str
    amount: int
    vat: int = 0
    currency: str
    return_number: str = ""
    reference: str = ""
