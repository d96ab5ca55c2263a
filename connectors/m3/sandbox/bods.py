"""The BODs that the simulated M3 sends: state in, XML text out; nothing is sent here.

The envelope and the values follow a real BOD of M3 (SyncPurchaseOrder); no public sample exists
of the nouns below, so their bodies are by analogy to it and to the noun outlines of other
vendors' guides. Inventory travels as InventoryCount: the noun's name is confirmed, its use for
a balance is by analogy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from html import escape

from connectors.m3.sandbox.quantities import amount, plain
from connectors.m3.sandbox.state.customers import Customer
from connectors.m3.sandbox.state.items import Item
from connectors.m3.sandbox.state.orders import DELIVERED, INVOICED, Line, Order, Totals
from connectors.m3.sandbox.state.receivables import Delivery, Invoice
from streams.core.clock import iso

NAMESPACE = "http://schema.infor.com/InforOAGIS/2"
LOGICAL_ID = "lid://infor.m3.m3"
_text = partial(escape, quote=False)
_ORDER_STATUS = {DELIVERED: "Shipped", INVOICED: "Closed"}


@dataclass(frozen=True)
class Envelope:
    """What every BOD of one moment says about itself.

    Attributes:
        entity: company and division, `100_AAA`.
        variation: grows with each BOD of the same document: the higher is the newer.
    """

    entity: str
    warehouse: str
    at_ms: int
    bod_id: str
    variation: int


def sales_order(order: Order, env: Envelope) -> str:
    """Sync.SalesOrder: the whole order as it now stands."""
    totals, currency = order.totals, order.currency
    ship_to = order.addresses.get(1, {})
    head = (
        _document_id(order.ORNO, env)
        + _tag("DisplayID", order.ORNO)
        + _tag("LastModificationDateTime", iso(order.changed_ms))
        + _tag("DocumentDateTime", iso(order.entered_ms))
        + _status(_ORDER_STATUS.get(order.ORST, "Open"))
        + f"<CustomerParty>{_party(order.CUNO, env)}</CustomerParty>"
        + f"<ShipToParty>{_party(order.CUNO, env)}{_location(ship_to)}</ShipToParty>"
        + _reference("PurchaseOrderReference", order.CUOR)
        + _money(totals, currency)
        + _user_area(ORST=order.ORST, ORTP=order.ORTP)
    )
    lines = "".join(
        f"<SalesOrderLine>{_tag('LineNumber', _line_number(line))}{_status(line.ORST)}"
        f"{_item(line, env)}{_quantity('Quantity', line.ORQT, line.UNMS)}"
        f"{_price(line, currency)}{_money(line.totals, currency)}</SalesOrderLine>"
        for line in order.lines
    )
    noun = f"<SalesOrderHeader>{head}</SalesOrderHeader>{lines}"
    return _bod("SalesOrder", noun, env)


def shipment(delivery: Delivery, env: Envelope) -> str:
    """Sync.Shipment: what left the warehouse, for which order, with whom."""
    order = delivery.order
    reference = _reference("SalesOrderReference", order.ORNO)
    head = (
        _document_id(str(delivery.DLIX), env)
        + _tag("DisplayID", str(delivery.DLIX))
        + _reference("DocumentReference", order.ORNO, ' type="SalesOrder"')
        + reference
        + _reference("PurchaseOrderReference", order.CUOR)
        + _tag("DocumentDateTime", iso(delivery.at_ms))
        + _status("Shipped", ' listID="ShipmentStatus"')
        + f"<WarehouseLocation>{_tag('ID', env.warehouse)}</WarehouseLocation>"
        + f"<ShipToParty>{_party(order.CUNO, env)}</ShipToParty>"
        + f"<CarrierParty>{_party(delivery.carrier, env)}</CarrierParty>"
        + _tag("TrackingID", delivery.tracking)
        + _tag("ActualShipDateTime", iso(delivery.at_ms))
    )
    lines = "".join(
        f"<ShipmentItem>{_tag('LineNumber', _line_number(line))}{_item_id(line.ITNO, env)}"
        f"{_quantity('ShippedQuantity', line.ORQT, line.UNMS)}</ShipmentItem>"
        for line in delivery.lines
    )
    return _bod("Shipment", f"<ShipmentHeader>{head}</ShipmentHeader>{lines}", env)


def invoice(bill: Invoice, env: Envelope) -> str:
    """Sync.Invoice: number and year (`RevisionID`), the order it bills, net, VAT, gross."""
    order, currency = bill.order, bill.order.currency
    head = (
        _document_id(bill.CINO, env, _tag("RevisionID", str(bill.INYR)))
        + _tag("DisplayID", bill.CINO)
        + _tag("DocumentDateTime", iso(bill.at_ms))
        + _status("Posted")
        + f"<CustomerParty>{_party(order.CUNO, env)}</CustomerParty>"
        + f"<BillToParty>{_party(order.CUNO, env)}</BillToParty>"
        + _reference("PurchaseOrderReference", order.CUOR)
        + _reference("SalesOrderReference", order.ORNO)
        + _reference("ShipmentReference", str(bill.delivery.DLIX))
        + _money(bill.totals, currency)
    )
    lines = "".join(
        f"<InvoiceLine>{_tag('LineNumber', _line_number(line))}"
        f"{_item(line, env)}{_quantity('Quantity', line.ORQT, line.UNMS)}"
        f"{_price(line, currency)}{_money(line.totals, currency)}</InvoiceLine>"
        for line in bill.delivery.lines
    )
    return _bod("Invoice", f"<InvoiceHeader>{head}</InvoiceHeader>{lines}", env)


def inventory_count(items: Sequence[Item], env: Envelope) -> str:
    """Sync.InventoryCount: on-hand balances after their latest movements, one line an item.

    The document is the warehouse: of two BODs that name an item, the one with the higher
    `variationID` is right.
    """
    warehouse = f"<WarehouseLocation>{_tag('ID', env.warehouse)}</WarehouseLocation>"
    head = (
        f"<InventoryCountHeader>{_document_id(env.warehouse, env)}"
        f"{_tag('DocumentDateTime', iso(env.at_ms))}{warehouse}</InventoryCountHeader>"
    )
    lines = "".join(
        f"<InventoryCountLine>{_tag('LineNumber', str(number))}{_item_id(item.ITNO, env)}"
        f"{warehouse}{_quantity('Quantity', item.STQT, item.UNMS)}</InventoryCountLine>"
        for number, item in enumerate(items, 1)
    )
    return _bod("InventoryCount", head + lines, env)


def customer(party: Customer, env: Envelope) -> str:
    """Sync.CustomerPartyMaster: a customer as it now stands."""
    record = party.record
    mail = record.get("MAIL", "")
    contact = f"<Communication>{_tag('ChannelCode', 'EMail')}{_tag('URI', mail)}</Communication>"
    noun = (
        f"<PartyIDs>{_id(party.CUNO, env)}</PartyIDs>"
        + _tag("Name", record.get("CUNM", ""))
        + _tag("CurrencyCode", record.get("CUCD", ""))
        + _status("Open" if record.get("STAT") == "20" else "Closed")
        + _tag("LastModificationDateTime", iso(party.changed_ms))
        + _location(record)
        + (contact if mail else "")
        + _user_area(ALCU=record.get("ALCU", ""))
    )
    return _bod("CustomerPartyMaster", noun, env)


def _bod(noun: str, body: str, env: Envelope) -> str:
    name = f"Sync{noun}"
    schema = f"http://schema.infor.com/2.14.x/InforOAGIS/BODs/{name}.xsd"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{name} xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{NAMESPACE} {schema}" releaseID="9.2" versionID="2.14.3" '
        'systemEnvironmentCode="Production" languageCode="GB">'
        f"<ApplicationArea><Sender>{_tag('LogicalID', LOGICAL_ID)}{_tag('ComponentID', 'M3BE')}"
        f"{_tag('ConfirmationCode', 'OnError')}</Sender>"
        f"{_tag('CreationDateTime', iso(env.at_ms))}{_tag('BODID', env.bod_id)}</ApplicationArea>"
        f"<DataArea><Sync>{_tag('AccountingEntityID', env.entity)}"
        f"{_tag('LocationID', env.warehouse)}"
        '<ActionCriteria><ActionExpression actionCode="Replace"/></ActionCriteria></Sync>'
        f"<{noun}>{body}</{noun}></DataArea></{name}>\n"
    )


def _tag(name: str, text: str) -> str:
    return f"<{name}>{_text(text)}</{name}>"


def _id(text: str, env: Envelope) -> str:
    return f'<ID accountingEntity="{env.entity}">{_text(text)}</ID>'


def _document_id(text: str, env: Envelope, more: str = "") -> str:
    return (
        f'<DocumentID><ID accountingEntity="{env.entity}" location="{env.warehouse}" '
        f'variationID="{env.variation}" lid="{LOGICAL_ID}">{_text(text)}</ID>{more}</DocumentID>'
    )


def _reference(name: str, text: str, attributes: str = "") -> str:
    return f"<{name}{attributes}><DocumentID>{_tag('ID', text)}</DocumentID></{name}>"


def _status(code: str, attributes: str = "") -> str:
    return f"<Status><Code{attributes}>{code}</Code></Status>"


def _party(number: str, env: Envelope) -> str:
    return f"<PartyIDs>{_id(number, env)}</PartyIDs>"


def _location(record: dict[str, str]) -> str:
    if not record:
        return ""
    rows = [record[name] for name in ("CUA1", "CUA2", "CUA3", "CUA4") if record.get(name)]
    lines = "".join(
        f'<AddressLine sequence="{number}">{_text(row)}</AddressLine>'
        for number, row in enumerate(rows, 1)
    )
    rest = "".join(
        _tag(tag, record[name])
        for tag, name in (("CityName", "TOWN"), ("CountryCode", "CSCD"), ("PostalCode", "PONO"))
        if record.get(name)
    )
    return f'<Location><Address type="text">{lines}{rest}</Address></Location>'


def _line_number(line: Line) -> str:
    return str(line.PONR * 1000)


def _item_id(itno: str, env: Envelope) -> str:
    return f"<Item><ItemID>{_id(itno, env)}</ItemID></Item>"


def _item(line: Line, env: Envelope) -> str:
    service = str(not line.stocked).lower()
    return (
        f"<Item><ItemID>{_id(line.ITNO, env)}</ItemID>{_tag('ServiceIndicator', service)}"
        f"{_tag('Description', line.ITDS)}</Item>"
    )


def _quantity(name: str, number: Decimal, unit: str) -> str:
    return f'<{name} unitCode="{escape(unit)}">{plain(number)}</{name}>'


def _price(line: Line, currency: str) -> str:
    per = _quantity("PerQuantity", Decimal(line.SACD), line.UNMS)
    return f'<UnitPrice><Amount currencyID="{currency}">{line.SAPR:f}</Amount>{per}</UnitPrice>'


def _money(totals: Totals, currency: str) -> str:
    return (
        f'<ExtendedAmount currencyID="{currency}">{amount(totals.net, currency)}</ExtendedAmount>'
        f'<TaxAmount currencyID="{currency}">{amount(totals.vat, currency)}</TaxAmount>'
        f'<TotalAmount currencyID="{currency}">{amount(totals.gross, currency)}</TotalAmount>'
    )


def _user_area(**values: str) -> str:
    properties = "".join(
        f'<Property><NameValue name="{name}" type="StringType">{_text(value)}</NameValue>'
        "</Property>"
        for name, value in values.items()
    )
    return f"<UserArea>{properties}</UserArea>"
