"""What M3's BODs say, as events. Pure: bytes in, messages out.

A redelivered or repeated BOD gives the same ids, and so does what is fetched (`told`). What M3
answers to BODs of ours is read in `answers`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors import carddata
from connectors.m3 import answers, told
from connectors.m3.documents import Document, read
from connectors.m3.order_lines import order_line, order_lines
from streams.core.errors import Rejected
from streams.core.message import Message, message_id
from streams.messages.customer import CustomerSynced
from streams.messages.parts import Shipped

_VERBS = ("DataArea/Sync", "DataArea/Acknowledge")
_CHANGED = "LastModificationDateTime"
_GROSS = "TotalAmount"
_OUR_REFERENCE = "PurchaseOrderReference/DocumentID/ID"
_M3_ORDER = "DocumentReference[@type='SalesOrder']/DocumentID/ID"
_M3_RETURN = "DocumentReference[@type='CustomerReturn']/DocumentID/ID"
_YREF = "UserArea/Property/NameValue[@name='YREF']"


@dataclass(frozen=True)
class Context:
    """What a BOD must be of, and when it came.

    Attributes:
        tenant: the tenant id (no case).
        accounting_entity: company and division, `100_AAA`.
        received_at: ms UTC.
    """

    tenant: str
    accounting_entity: str
    received_at: int


def events(xml: bytes, context: Context) -> tuple[Message, ...]:
    """The events that a BOD tells.

    Raises:
        Rejected: it is no XML or has a DTD, is of another tenant, company or division, is no BOD
            that Tandem takes, or lacks what the event needs (`field` is its path).
        CardData: a name or a reason, the only free texts that are taken, holds card data.
    """
    document = read(xml)
    _check_origin(document, context)
    read_noun = _NOUNS.get(document.name)
    if read_noun is None:
        taken = ", ".join(re.sub("^(Sync|Acknowledge)", r"\1.", name) for name in _NOUNS)
        raise Rejected(
            f"Tandem does not take {document.name}; it takes {taken}. Remove it from the "
            "documents of Tandem's connection point in ION",
            "documentName",
        )
    return read_noun(document, context)


def _check_origin(document: Document, context: Context) -> None:
    verb = next((document.part(path) for path in _VERBS if document.has(path)), document)
    tenant = verb.text("TenantID", "")
    if tenant and tenant.casefold() != context.tenant.casefold():
        raise Rejected(f"the BOD is of tenant {tenant}, not {context.tenant}", "TenantID")
    entity = verb.text("AccountingEntityID", "")
    if document.name in _NOUNS and entity != context.accounting_entity:
        raise Rejected(
            f"the BOD is of company and division {entity or 'unknown'}, not "
            f"{context.accounting_entity} (TANDEM_M3_CONO, TANDEM_M3_DIVI)",
            f"{verb.path}/AccountingEntityID",
        )


def _sales_order(document: Document, context: Context) -> tuple[Message, ...]:
    order = document.part("DataArea/SalesOrder")
    header = order.part("SalesOrderHeader")
    status = header.text("Status/Code")
    amount, currency = header.money(_GROSS) if header.has(_GROSS) else (-1, "")
    event = told.sales_order(
        header.text(_OUR_REFERENCE),
        header.text("DocumentID/ID"),
        status,
        header.moment(_CHANGED, "DocumentDateTime"),
        context.received_at,
        header.whole("DocumentID/ID/@variationID", 0),
        amount,
        currency,
        order_lines(order, status),
    )
    return (event,)


def _shipment(document: Document, context: Context) -> tuple[Message, ...]:
    header = document.part("DataArea/Shipment/ShipmentHeader")
    event = told.shipment(
        header.text(_OUR_REFERENCE),
        header.text(_M3_ORDER),
        header.text("DocumentID/ID"),
        tuple(
            Shipped(
                item=line.text("Item/ItemID/ID"),
                quantity=line.whole("ShippedQuantity"),
                order_line=order_line(line),
            )
            for line in document.parts("DataArea/Shipment/ShipmentItem")
        ),
        header.moment("ActualShipDateTime", "DocumentDateTime"),
        context.received_at,
        carrier=header.text("CarrierParty/PartyIDs/ID", ""),
        tracking=header.text("TrackingID", ""),
    )
    return (event,)


def _invoice(document: Document, context: Context) -> tuple[Message, ...]:
    """An invoice of a negative amount, or of a return of free goods, credits what came back."""
    header = document.part("DataArea/Invoice/InvoiceHeader")
    amount, currency = header.money(_GROSS)
    vat, _ = header.money("TaxAmount")
    returned = header.text(_M3_RETURN, "")
    sign = -1 if amount < 0 or returned else 1
    written = (
        header.text(_OUR_REFERENCE),
        header.text("SalesOrderReference/DocumentID/ID"),
        header.text("DocumentID/ID"),
        header.whole("DocumentID/RevisionID"),
        header.text("CustomerParty/PartyIDs/ID"),
        sign * amount,
        sign * vat,
        currency,
        header.moment("DocumentDateTime"),
        context.received_at,
    )
    if sign > 0:
        return (told.invoice(*written),)
    return (told.credit_note(*written, returned, header.text(_YREF, "")),)


def _inventory_count(document: Document, context: Context) -> tuple[Message, ...]:
    header = document.part("DataArea/InventoryCount/InventoryCountHeader")
    variation = header.whole("DocumentID/ID/@variationID", 0)
    warehouse, at = header.text("WarehouseLocation/ID"), header.moment("DocumentDateTime")
    return tuple(
        told.balance(
            line.text("Item/ItemID/ID"),
            warehouse,
            line.pieces("Quantity"),
            line.moment(_CHANGED) if line.has(_CHANGED) else at,
            context.received_at,
            variation,
        )
        for line in document.parts("DataArea/InventoryCount/InventoryCountLine")
    )


def _customer(document: Document, context: Context) -> tuple[Message, ...]:
    """A customer has no variationID of its own: when it was changed tells which is newer."""
    master = document.part("DataArea/CustomerPartyMaster")
    number, at = master.text("PartyIDs/ID"), master.moment("LastModificationDateTime")
    key, name = f"m3-{number}", master.text("Name", "")
    carddata.refuse(name.encode())
    event = CustomerSynced(
        id=message_id(CustomerSynced.type, number, at),
        key=key,
        occurred_at=at,
        received_at=context.received_at,
        source="m3",
        correlation_id=key,
        customer_number=number,
        name=name,
        variation=at,
    )
    return (event,)


_NOUNS: Mapping[str, Callable[[Document, Context], tuple[Message, ...]]] = {
    "SyncSalesOrder": _sales_order,
    "SyncShipment": _shipment,
    "SyncInvoice": _invoice,
    "SyncInventoryCount": _inventory_count,
    "SyncCustomerPartyMaster": _customer,
    "AcknowledgeSalesOrder": lambda bod, at: answers.sales_order(bod, at.received_at),
    "AcknowledgeCustomerPartyMaster": lambda bod, at: answers.customer(bod, at.received_at),
}
