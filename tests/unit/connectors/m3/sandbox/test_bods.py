"""The BOD examples in `tests/data/m3/bods` are what the sandbox sends, byte for byte."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from connectors.m3.sandbox import bods
from connectors.m3.sandbox.oagis import NAMESPACE, Envelope
from connectors.m3.sandbox.state.customers import Customer
from connectors.m3.sandbox.state.deliveries import Deliveries, Delivery, Part
from connectors.m3.sandbox.state.items import Item
from connectors.m3.sandbox.state.orders import Line, Order
from connectors.m3.sandbox.state.pricing import Cost
from connectors.m3.sandbox.state.receivables import Receivables

EXAMPLES = Path(__file__).parents[4] / "data" / "m3" / "bods"
T0 = 1_291_191_960_000
ADDRESS = {
    "CUNM": "Ann Example",
    "CUA1": "1 High Street",
    "TOWN": "Leeds",
    "CSCD": "GB",
    "PONO": "LS1 4AP",
}


def envelope(number: int) -> Envelope:
    return Envelope(
        entity="100_AAA",
        warehouse="001",
        at_ms=T0 + 100,
        bod_id=f"0b7c6a52-0000-4000-8000-00000000000{number}",
        variation=number,
    )


def line(ponr: int, itno: str, name: str, quantity: str, price: str, amount: int) -> Line:
    cost = Cost(amount, 20, includes_vat=True)
    stocked = itno != "POST"
    return Line(ponr, itno, name, Decimal(quantity), Decimal(price), "EA", stocked, cost)


def order() -> Order:
    return Order(
        batch_ORNO="0900000001",
        CUNO="17850",
        CUOR="uk-536365",
        ORTP="WEB",
        currency="GBP",
        includes_vat=True,
        record={},
        entered_ms=T0,
        changed_ms=T0 + 50,
        ORNO="0010000001",
        lines=[
            line(1, "85123A", "WHITE HANGING HEART T-LIGHT", "6", "2.55", 1530),
            line(2, "POST", "POSTAGE & PACKING", "1", "3.95", 395),
        ],
        addresses={1: ADDRESS},
    )


def sales_order() -> str:
    return bods.sales_order(order(), envelope(1))


def delivered() -> Delivery:
    shipped = order()
    picked = [(line, line.ORQT) for line in shipped.lines]
    delivery = Deliveries().pick(shipped, picked, T0 + 50)
    delivery.leave(T0 + 100)
    return delivery


def shipment() -> str:
    return bods.shipment(delivered(), envelope(2))


def invoice() -> str:
    return bods.invoice(Receivables().bill(delivered(), T0 + 150), envelope(3))


def credit_note() -> str:
    ledger = Receivables()
    bill = ledger.bill(delivered(), T0 + 150)
    line = bill.parts[0].line
    parts = (Part(line, Decimal(-2), -line.share(Decimal(2))),)
    note = ledger.credit(bill, "700001", "uk-536365/refund/9", parts, T0 + 250)
    return bods.invoice(note, envelope(6))


def deleted_order() -> str:
    return bods.sales_order(order(), envelope(7), deleted=True)


def item_master() -> str:
    record = {"ITDS": "WHITE HANGING HEART T-LIGHT", "UNMS": "EA"}
    item = Item("85123A", record, Decimal("2.55"), stocked=True, changed_ms=T0)
    return bods.item_master(item, "GBP", envelope(8))


def inventory_count() -> str:
    items = [
        Item("85123A", {}, Decimal("2.55"), stocked=True, STQT=Decimal(994), moved_ms=T0 + 70),
        Item("22752", {}, Decimal("7.65"), stocked=True, STQT=Decimal("48.5"), moved_ms=T0 + 90),
    ]
    return bods.inventory_count(items, envelope(4))


def customer() -> str:
    fields = {**ADDRESS, "MAIL": "ann@example.com", "CUCD": "GBP", "STAT": "20", "ALCU": "uk-17850"}
    return bods.customer(Customer("17850", fields, T0), envelope(5))


NOUNS: dict[str, Callable[[], str]] = {
    "SyncSalesOrder": sales_order,
    "SyncShipment": shipment,
    "SyncInvoice": invoice,
    "SyncInvoice.credit": credit_note,
    "SyncSalesOrder.deleted": deleted_order,
    "SyncItemMaster": item_master,
    "SyncInventoryCount": inventory_count,
    "SyncCustomerPartyMaster": customer,
}


@pytest.mark.parametrize("name", NOUNS)
def test_the_example_is_what_is_sent(name: str) -> None:
    sent = NOUNS[name]()
    assert fromstring(sent).tag == f"{{{NAMESPACE}}}{name.partition('.')[0]}"
    assert (EXAMPLES / f"{name}.xml").read_text() == sent


def test_an_invoice_says_its_money_to_the_penny() -> None:
    root = fromstring(invoice())
    spaces = {"m": NAMESPACE}
    total = root.find(".//m:InvoiceHeader/m:TotalAmount", spaces)
    assert total is not None
    assert total.text == "19.25"
    assert total.get("currencyID") == "GBP"
    lines = [line.text for line in root.findall(".//m:InvoiceLine/m:TotalAmount", spaces)]
    assert lines == ["15.30", "3.95"]
