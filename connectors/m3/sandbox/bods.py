"""The BODs that the simulated M3 sends: state in, XML text out; nothing is sent here.

ItemMaster follows a real BOD of M3. No public sample exists of the other nouns as M3 sends them,
so their bodies are by analogy to a real SyncPurchaseOrder and to the noun outlines of other
vendors' guides. Inventory travels as InventoryCount: the noun's name is confirmed, its use for a
balance is by analogy.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from connectors.m3.sandbox import oagis
from connectors.m3.sandbox.oagis import Envelope, ident, quantity, reference, status, tag
from connectors.m3.sandbox.state.customers import Customer
from connectors.m3.sandbox.state.deliveries import Delivery, Part
from connectors.m3.sandbox.state.items import Item
from connectors.m3.sandbox.state.orders import COMPLETED, DELIVERED, INVOICED, Line, Order
from connectors.m3.sandbox.state.pricing import NOTHING
from connectors.m3.sandbox.state.receivables import Invoice
from streams.core.clock import iso

CANCELED = "Canceled"
_REMEMBERED = 4096
_ORDER_STATUS = {DELIVERED: "Shipped", INVOICED: "Closed", COMPLETED: CANCELED}


def sales_order(
    order: Order, env: Envelope, *, deleted: bool = False, gone: Sequence[Line] = ()
) -> str:
    """Sync.SalesOrder: the whole order as it now stands.

    Args:
        order: the order.
        env: the envelope.
        deleted: the order is no more: actionCode Delete, status Canceled.
        gone: lines that were deleted just now: status Canceled, quantity 0.
    """
    ship_to = order.addresses.get(1, {})
    head = (
        oagis.document_id(order.ORNO, env)
        + tag("DisplayID", order.ORNO)
        + tag("LastModificationDateTime", iso(order.changed_ms))
        + tag("DocumentDateTime", iso(order.entered_ms))
        + status(CANCELED if deleted else _order_status(order))
        + f"<CustomerParty>{oagis.party(order.CUNO, env)}</CustomerParty>"
        + f"<ShipToParty>{oagis.party(order.CUNO, env)}{oagis.location(ship_to)}</ShipToParty>"
        + reference("PurchaseOrderReference", order.CUOR)
        + oagis.money(order.totals, order.currency)
        + oagis.user_area(ORST=order.ORST, ORSL=order.ORSL, ORTP=order.ORTP, OBLC=order.OBLC)
    )
    code = CANCELED if deleted else ""
    lines = "".join(_order_line(line, order, env, code or line.ORST) for line in order.lines)
    lines += "".join(_order_line(line, order, env, CANCELED) for line in gone)
    noun = f"<SalesOrderHeader>{head}</SalesOrderHeader>{lines}"
    return oagis.sync("SalesOrder", noun, env, "Delete" if deleted else "Replace")


def shipment(delivery: Delivery, env: Envelope) -> str:
    """Sync.Shipment: what left the warehouse, for which order, with whom."""
    order = delivery.order
    head = (
        oagis.document_id(str(delivery.DLIX), env)
        + tag("DisplayID", str(delivery.DLIX))
        + reference("DocumentReference", order.ORNO, ' type="SalesOrder"')
        + reference("SalesOrderReference", order.ORNO)
        + reference("PurchaseOrderReference", order.CUOR)
        + tag("DocumentDateTime", iso(delivery.at_ms))
        + status("Shipped", ' listID="ShipmentStatus"')
        + f"<WarehouseLocation>{tag('ID', env.warehouse)}</WarehouseLocation>"
        + f"<ShipToParty>{oagis.party(order.CUNO, env)}</ShipToParty>"
        + f"<CarrierParty>{oagis.party(delivery.carrier, env)}</CarrierParty>"
        + tag("TrackingID", delivery.tracking)
        + tag("ActualShipDateTime", iso(delivery.at_ms))
    )
    lines = "".join(
        f"<ShipmentItem>{_line_number(part.line)}{_item_id(part.line.ITNO, env)}"
        f"{quantity('ShippedQuantity', part.quantity, part.line.UNMS)}</ShipmentItem>"
        for part in delivery.parts
    )
    return oagis.sync("Shipment", f"<ShipmentHeader>{head}</ShipmentHeader>{lines}", env)


def invoice(bill: Invoice, env: Envelope) -> str:
    """Sync.Invoice: number and year (`RevisionID`), the order it bills, net, VAT, gross.

    A credit note has IVTP 32, negative quantities and amounts, and names the return and the
    invoice that it takes back from.
    """
    order = bill.order
    head = (
        oagis.document_id(bill.CINO, env, tag("RevisionID", str(bill.INYR)))
        + tag("DisplayID", bill.CINO)
        + tag("DocumentDateTime", iso(bill.at_ms))
        + status("Posted")
        + f"<CustomerParty>{oagis.party(order.CUNO, env)}</CustomerParty>"
        + f"<BillToParty>{oagis.party(order.CUNO, env)}</BillToParty>"
        + reference("PurchaseOrderReference", order.CUOR)
        + reference("SalesOrderReference", order.ORNO)
        + _origin(bill)
        + oagis.money(bill.totals, order.currency)
        + oagis.user_area(IVTP=bill.IVTP, **({"YREF": bill.YREF} if bill.YREF else {}))
    )
    lines = "".join(_invoice_line(part, order, env) for part in bill.parts)
    return oagis.sync("Invoice", f"<InvoiceHeader>{head}</InvoiceHeader>{lines}", env)


def inventory_count(items: Sequence[Item], env: Envelope) -> str:
    """Sync.InventoryCount: on-hand balances after their latest movements, one line an item.

    The document is the warehouse: of two BODs that name an item, the one with the higher
    `variationID` is right. A line says when its balance moved last (by analogy to the header of a
    real BOD).
    """
    warehouse = f"<WarehouseLocation>{tag('ID', env.warehouse)}</WarehouseLocation>"
    head = (
        f"<InventoryCountHeader>{oagis.document_id(env.warehouse, env)}"
        f"{tag('DocumentDateTime', iso(env.at_ms))}{warehouse}</InventoryCountHeader>"
    )
    lines = "".join(
        f"<InventoryCountLine>{tag('LineNumber', str(number))}{_item_id(item.ITNO, env)}"
        f"{warehouse}{quantity('Quantity', item.STQT, item.UNMS)}"
        f"{tag('LastModificationDateTime', iso(item.moved_ms))}</InventoryCountLine>"
        for number, item in enumerate(items, 1)
    )
    return oagis.sync("InventoryCount", head + lines, env)


def customer(party: Customer, env: Envelope) -> str:
    """Sync.CustomerPartyMaster: a customer as it now stands."""
    record = party.record
    mail = record.get("MAIL", "")
    contact = f"<Communication>{tag('ChannelCode', 'EMail')}{tag('URI', mail)}</Communication>"
    noun = (
        f"<PartyIDs>{ident(party.CUNO, env.entity)}</PartyIDs>"
        + tag("Name", record.get("CUNM", ""))
        + tag("CurrencyCode", record.get("CUCD", ""))
        + status("Open" if record.get("STAT") == "20" else "Closed")
        + tag("LastModificationDateTime", iso(party.changed_ms))
        + oagis.location(record)
        + (contact if mail else "")
        + oagis.user_area(ALCU=record.get("ALCU", ""))
    )
    return oagis.sync("CustomerPartyMaster", noun, env)


def item_master(item: Item, currency: str, env: Envelope) -> str:
    """Sync.ItemMaster: an item as it now stands; SAPR and CUCD in UserArea are by analogy."""
    code = "Open" if item.record.get("STAT", "20") == "20" else "Pending"
    noun = (
        f"<ItemMasterHeader><ItemID>{oagis.varied(item.ITNO, env)}</ItemID>"
        + tag("ServiceIndicator", str(not item.stocked).lower())
        + tag("Description", item.ITDS)
        + f"<ItemStatus>{tag('Code', code)}</ItemStatus>"
        + tag("BaseUOMCode", item.UNMS)
        + tag("LastModificationDateTime", iso(item.changed_ms))
        + oagis.user_area(SAPR=f"{item.price:f}", CUCD=currency)
        + "</ItemMasterHeader>"
    )
    return oagis.sync("ItemMaster", noun, env)


def _order_status(order: Order) -> str:
    return "Hold" if order.stopped else _ORDER_STATUS.get(order.ORSL, "Open")


def _order_line(line: Line, order: Order, env: Envelope, code: str) -> str:
    there = code != CANCELED
    money = oagis.money(line.totals if there else NOTHING, order.currency)
    return (
        f"<SalesOrderLine>{_line_number(line)}{status(code)}{_item(line, env)}"
        f"{quantity('Quantity', line.ORQT if there else Decimal(0), line.UNMS)}"
        f"{quantity('ShippedQuantity', line.DLQT, line.UNMS)}"
        f"{_price(line, order.currency)}{money}</SalesOrderLine>"
    )


def _invoice_line(part: Part, order: Order, env: Envelope) -> str:
    line = part.line
    return (
        f"<InvoiceLine>{_line_number(line)}{_item(line, env)}"
        f"{quantity('Quantity', part.quantity, line.UNMS)}{_price(line, order.currency)}"
        f"{oagis.money(part.totals, order.currency)}</InvoiceLine>"
    )


def _origin(bill: Invoice) -> str:
    if bill.original is None:
        return reference("ShipmentReference", str(bill.DLIX))
    year = tag("RevisionID", str(bill.original.INYR))
    number = f"<DocumentID>{tag('ID', bill.original.CINO)}{year}</DocumentID>"
    returned = reference("DocumentReference", bill.REPN, ' type="CustomerReturn"')
    return f"{returned}<InvoiceReference>{number}</InvoiceReference>"


def _line_number(line: Line) -> str:
    return tag("LineNumber", str(line.PONR * 1000))


@lru_cache(_REMEMBERED)
def _item_number(itno: str, entity: str) -> str:
    return f"<ItemID>{ident(itno, entity)}</ItemID>"


@lru_cache(_REMEMBERED)
def _described(itno: str, itds: str, stocked: bool, entity: str) -> str:
    number, service = _item_number(itno, entity), str(not stocked).lower()
    return f"<Item>{number}{tag('ServiceIndicator', service)}{tag('Description', itds)}</Item>"


@lru_cache(_REMEMBERED)
def _priced(price: str, per: int, unit: str, currency: str) -> str:
    per_quantity = quantity("PerQuantity", Decimal(per), unit)
    return f'<UnitPrice><Amount currencyID="{currency}">{price}</Amount>{per_quantity}</UnitPrice>'


def _item_id(itno: str, env: Envelope) -> str:
    return f"<Item>{_item_number(itno, env.entity)}</Item>"


def _item(line: Line, env: Envelope) -> str:
    return _described(line.ITNO, line.ITDS, line.stocked, env.entity)


def _price(line: Line, currency: str) -> str:
    return _priced(f"{line.SAPR:f}", line.SACD, line.UNMS, currency)
