"""M3's BODs as events, and BODs that are refused."""

import re
from pathlib import Path

import pytest

from connectors.m3.bods import Context, events
from streams.core.clock import iso
from streams.core.errors import CardData, Rejected
from streams.messages.customer import CustomerSynced
from streams.messages.fulfilment import (
    CreditNoteIssued,
    InvoiceIssued,
    SalesOrderSynced,
    ShipmentSent,
)
from streams.messages.parts import OrderLine, Shipped
from streams.messages.stock import StockReported

BODS = Path(__file__).parents[3] / "data" / "m3" / "bods"
CONTEXT = Context("TANDEM_TST", "100_AAA", 1_300_000_000_000)
BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>
<SyncInvoice>&c;</SyncInvoice>"""
OUTSIDE = b"""<?xml version="1.0"?>
<!DOCTYPE b SYSTEM "file:///etc/passwd"><SyncInvoice/>"""
HIDDEN = b"<!-- <SyncInvoice> --><?a b?>" + BOMB.partition(b"\n")[2]
WIDE = BOMB.decode().replace("?>", " encoding='utf-16'?>").encode("utf-16")


def bod(name: str, *changes: tuple[str, str]) -> bytes:
    text = (BODS / f"Sync{name}.xml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def refused(xml: bytes) -> Rejected:
    with pytest.raises(Rejected) as raised:
        events(xml, CONTEXT)
    return raised.value


def sales_order(xml: bytes) -> SalesOrderSynced:
    (event,) = events(xml, CONTEXT)
    assert isinstance(event, SalesOrderSynced)
    return event


def test_a_sales_order() -> None:
    event = sales_order(bod("SalesOrder"))
    assert (event.key, event.m3_order, event.status) == ("uk-536365", "0010000001", "Open")
    assert (event.correlation_id, event.source) == ("uk-536365", "m3")
    assert iso(event.occurred_at) == "2010-12-01T08:26:00.050Z"
    assert event.received_at == CONTEXT.received_at
    assert (event.amount, event.currency) == (1925, "GBP")
    hearts = OrderLine(order_line="1", item="85123A", ordered=6, shipped=0)
    assert hearts in event.lines
    assert not any(line.final for line in event.lines)


def test_a_sales_order_that_tells_no_amount() -> None:
    xml = re.sub(rb"<TotalAmount.*?</TotalAmount>", b"", bod("SalesOrder"), count=1)
    event = sales_order(xml)
    assert (event.amount, event.currency) == (-1, "")


def cut(order: str, line: str, shipped: str) -> SalesOrderSynced:
    """An order of status `order`, whose hearts, 6 pieces, are of status `line`."""
    xml = bod("SalesOrder", (">Open<", f">{order}<")).replace(b">22</Code>", b">77</Code>")
    xml = xml.replace(b">0</ShippedQuantity>", b">1</ShippedQuantity>")
    xml = xml.replace(b">77</Code>", f">{line}</Code>".encode(), 1)
    return sales_order(xml.replace(b">1</Shipped", f">{shipped}</Shipped".encode(), 1))


def short(event: SalesOrderSynced) -> list[OrderLine]:
    """The lines that M3 has given up, or some of them."""
    over = (line for line in event.lines if line.final)
    return [line for line in over if line.shipped < line.ordered or not line.ordered]


@pytest.mark.parametrize(
    ("order", "line", "shipped"),
    [
        ("Open", "22", "0"),
        ("Open", "26", "2"),
        ("Open", "36", "2"),
        ("Open", "77", "6"),
        ("Closed", "77", "6.00"),
        ("Closed", "Closed", "6"),
        ("Open", "Open", "2"),
        ("Closed", "77", "0"),
    ],
)
def test_a_line_that_will_go_on_or_is_whole_is_not_cut_short(
    order: str, line: str, shipped: str
) -> None:
    assert short(cut(order, line, shipped)) == []


@pytest.mark.parametrize(
    ("order", "line", "shipped"),
    [
        ("Open", "66", "2"),
        ("Open", "67", "2"),
        ("Hold", "77", "2"),
        ("Open", "99", "0"),
        ("Open", "Canceled", "0"),
        ("Canceled", "Canceled", "0"),
        ("Shipped", "Open", "2"),
        ("Closed", "Open", "2"),
    ],
)
def test_a_line_of_which_no_more_will_come_is_cut_short(
    order: str, line: str, shipped: str
) -> None:
    told = {"order_line": "1", "item": "85123A", "shipped": int(shipped), "final": True}
    hearts = OrderLine(**told, ordered=0 if line == "Canceled" else 6)
    assert short(cut(order, line, shipped)) == [hearts]


def test_a_bod_without_shipped_quantities_cuts_nothing_short() -> None:
    xml = re.sub(rb"<ShippedQuantity.*?</ShippedQuantity>", b"", bod("SalesOrder"))
    lines = sales_order(xml.replace(b">Open<", b">Closed<")).lines
    assert [(line.ordered, line.shipped, line.final) for line in lines] == [
        (6, 6, True),
        (1, 1, True),
    ]


def test_a_clerk_s_line_of_no_item_and_of_parts_of_a_piece_stops_no_order() -> None:
    xml = (
        bod("SalesOrder").replace(b">85123A<", b"><").replace(b">6</Quantity>", b">2.5</Quantity>")
    )
    first = sales_order(xml).lines[0]
    assert (first.item, first.ordered, first.shipped, first.final) == ("", 2, 0, False)


def test_what_is_cut_short_in_one_moment_is_a_fact_each() -> None:
    ways = ("66", "2"), ("66", "3"), ("99", "0"), ("22", "0")
    assert len({cut("Open", *way).id for way in ways}) == len(ways)
    assert cut("Open", "22", "0").id == cut("Open", "26", "2").id


def test_a_shipment() -> None:
    (event,) = events(bod("Shipment"), CONTEXT)
    assert isinstance(event, ShipmentSent)
    assert (event.key, event.m3_order, event.delivery) == ("uk-536365", "0010000001", "1000001")
    assert event.carrier
    assert event.tracking
    assert Shipped(item="85123A", quantity=6, order_line="1") in event.lines


def test_a_shipment_that_numbers_no_lines() -> None:
    xml = re.sub(rb"<LineNumber>.*?</LineNumber>", b"", bod("Shipment"))
    (event,) = events(xml, CONTEXT)
    assert isinstance(event, ShipmentSent)
    assert Shipped(item="85123A", quantity=6) in event.lines
    assert event.id == events(bod("Shipment"), CONTEXT)[0].id


def test_an_invoice_is_minor_units() -> None:
    (event,) = events(bod("Invoice"), CONTEXT)
    assert isinstance(event, InvoiceIssued)
    assert (event.invoice_number, event.invoice_year) == ("100000001", 2010)
    assert (event.key, event.m3_order) == ("uk-536365", "0010000001")
    assert (event.customer_number, event.currency) == ("17850", "GBP")
    gross = f"{event.amount // 100}.{event.amount % 100:02}"
    assert f'<TotalAmount currencyID="GBP">{gross}</TotalAmount>' in bod("Invoice").decode()
    assert 0 < event.vat < event.amount


def test_an_invoice_of_a_negative_amount_is_a_credit_note() -> None:
    (event,) = events(bod("Invoice.credit"), CONTEXT)
    assert isinstance(event, CreditNoteIssued)
    assert event.type == "credit_note.issued"
    assert (event.invoice_number, event.invoice_year) == ("100000002", 2010)
    assert (event.key, event.correlation_id, event.source) == ("uk-536365", "uk-536365", "m3")
    assert (event.m3_order, event.return_number) == ("0010000001", "700001")
    assert (event.customer_number, event.currency) == ("17850", "GBP")
    assert (event.amount, event.vat) == (510, 85)
    assert event.reference == "uk-536365/refund/9"
    assert iso(event.occurred_at) == "2010-12-01T08:26:00.250Z"
    assert event.received_at == CONTEXT.received_at


def test_a_credit_note_without_a_return_is_told() -> None:
    """What a clerk credits by hand names no return."""
    changes = ("CustomerReturn", "Agreement"), ('"YREF"', '"IVRF"')
    event = events(bod("Invoice.credit", *changes), CONTEXT)[0]
    assert isinstance(event, CreditNoteIssued)
    assert (event.return_number, event.reference, event.amount) == ("", "", 510)


def test_what_is_credited_for_free_goods_is_no_invoice() -> None:
    amounts = [(f">{amount}<", ">0.00<") for amount in ("-4.25", "-0.85", "-5.10")]
    event = events(bod("Invoice.credit", *amounts), CONTEXT)[0]
    assert isinstance(event, CreditNoteIssued)
    assert (event.amount, event.vat, event.return_number) == (0, 0, "700001")


def test_an_invoice_of_nothing_is_an_invoice() -> None:
    free = re.sub(r">[0-9]+\.[0-9]{2}<", ">0.00<", bod("Invoice").decode()).encode()
    event = events(free, CONTEXT)[0]
    assert isinstance(event, InvoiceIssued)
    assert event.amount == 0


def test_a_stock_balance() -> None:
    found = [e for e in events(bod("InventoryCount"), CONTEXT) if isinstance(e, StockReported)]
    assert [(e.key, e.item, e.warehouse, e.on_hand, iso(e.occurred_at)) for e in found] == [
        ("85123A@001", "85123A", "001", 994, "2010-12-01T08:26:00.070Z"),
        ("22752@001", "22752", "001", 48, "2010-12-01T08:26:00.090Z"),
    ]


def test_a_balance_without_a_time_of_its_own_has_the_bod_s() -> None:
    moved = "<LastModificationDateTime>2010-12-01T08:26:00.070Z</LastModificationDateTime>"
    event = events(bod("InventoryCount", (moved, "")), CONTEXT)[0]
    assert iso(event.occurred_at) == "2010-12-01T08:26:00.100Z"


def test_balances_are_in_order_by_their_time_then_by_variation() -> None:
    def newness(*changes: tuple[str, str]) -> int:
        event = events(bod("InventoryCount", *changes), CONTEXT)[0]
        assert isinstance(event, StockReported)
        return event.variation

    later = ("08:26:00.070Z", "08:26:00.071Z")
    fourth, fifth, last = (('="4"', f'="{number}"') for number in (4, 5, 1004))
    in_order = [newness(fourth), newness(fifth), newness(later, last), newness(later, fifth)]
    assert in_order == sorted(set(in_order))


def test_a_negative_balance_is_told() -> None:
    event = events(bod("InventoryCount", (">994<", ">-3<")), CONTEXT)[0]
    assert isinstance(event, StockReported)
    assert event.on_hand == -3


def test_a_customer() -> None:
    (event,) = events(bod("CustomerPartyMaster"), CONTEXT)
    assert isinstance(event, CustomerSynced)
    assert (event.key, event.customer_number, event.name) == ("m3-17850", "17850", "Ann Example")
    assert iso(event.variation) == "2010-12-01T08:26:00.000Z"


@pytest.mark.parametrize(
    "name",
    [
        "SalesOrder",
        "Shipment",
        "Invoice",
        "Invoice.credit",
        "InventoryCount",
        "CustomerPartyMaster",
    ],
)
def test_a_redelivered_bod_has_the_same_ids(name: str) -> None:
    later = Context(CONTEXT.tenant, CONTEXT.accounting_entity, CONTEXT.received_at + 1)
    first, second = events(bod(name), CONTEXT), events(bod(name), later)
    assert [event.id for event in first] == [event.id for event in second]
    assert len({event.id for event in first}) == len(first) > 0


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("SalesOrder", ((">Open<", ">Shipped<"), ("08:26:00.050Z", "08:26:00.051Z"))),
        (
            "Shipment",
            (
                (">1000001<", ">1000002<"),
                ('<ShippedQuantity unitCode="EA">6', '<ShippedQuantity unitCode="EA">5'),
            ),
        ),
        ("Invoice", ((">100000001<", ">100000002<"), ("2010</RevisionID>", "2011</RevisionID>"))),
        ("InventoryCount", ((">994<", ">993<"), ("08:26:00.070Z", "08:26:00.071Z"))),
    ],
)
def test_another_fact_is_another_event_and_another_variation_of_it_is_not(
    name: str, changes: tuple[tuple[str, str], ...]
) -> None:
    told = events(bod(name), CONTEXT)[0]
    for change in changes:
        assert events(bod(name, change), CONTEXT)[0].id != told.id
    again = bod(name).replace(b'variationID="', b'variationID="9')
    assert again != bod(name)
    assert events(again, CONTEXT)[0].id == told.id


def test_a_card_number_in_a_name_is_refused() -> None:
    name = ("Ann Example", "Ann 4111 1111 1111 1111")
    assert isinstance(refused(bod("CustomerPartyMaster", name)), CardData)


@pytest.mark.parametrize(
    "xml", [BOMB, OUTSIDE, HIDDEN, WIDE, b"<!DOCTYPE SyncInvoice><SyncInvoice/>"]
)
def test_an_xml_bomb_or_dtd_is_refused(xml: bytes) -> None:
    failure = refused(xml)
    assert failure.field == "MessagePayload"
    assert "DTD" in failure.reason


@pytest.mark.parametrize(
    "xml", [b"", b"hello", b"<a>", b"\xff\xfe\x00", b'{"a": 1}', b"<a/><!DOCTYPE a>"]
)
def test_what_is_no_xml_is_refused(xml: bytes) -> None:
    assert refused(xml).field == "MessagePayload"


def test_another_company_is_refused_and_named() -> None:
    entity = "<Sync><AccountingEntityID>"
    failure = refused(bod("Invoice", (f"{entity}100_", f"{entity}300_")))
    assert failure.field == "DataArea/Sync/AccountingEntityID"
    assert "300_AAA" in failure.reason


def test_another_tenant_is_refused_and_named() -> None:
    failure = refused(bod("Invoice", ("<Sync>", "<Sync><TenantID>ACME_PRD</TenantID>")))
    assert failure.field == "TenantID"
    assert "ACME_PRD" in failure.reason


def test_our_own_tenant_in_other_case_is_taken() -> None:
    assert events(bod("Invoice", ("<Sync>", "<Sync><TenantID>tandem_tst</TenantID>")), CONTEXT)


def test_an_unknown_noun_is_refused_saying_what_is_taken() -> None:
    failure = refused(b"<SyncPurchaseOrder/>")
    assert "SyncPurchaseOrder" in failure.reason
    assert "Sync.Invoice" in failure.reason
    assert refused(b"<ProcessSalesOrder/>").field == "documentName"


@pytest.mark.parametrize(
    ("name", "change", "field"),
    [
        (
            "SalesOrder",
            ("uk-536365", ""),
            "DataArea/SalesOrder/SalesOrderHeader/PurchaseOrderReference/DocumentID/ID",
        ),
        (
            "Invoice",
            ("<RevisionID>2010</RevisionID>", ""),
            "DataArea/Invoice/InvoiceHeader/DocumentID/RevisionID",
        ),
        (
            "Invoice",
            ("<RevisionID>2010", "<RevisionID>MMX"),
            "DataArea/Invoice/InvoiceHeader/DocumentID/RevisionID",
        ),
        (
            "Invoice",
            ('currencyID="GBP"', 'currencyID="XYZ"'),
            "DataArea/Invoice/InvoiceHeader/TotalAmount",
        ),
        (
            "Invoice",
            ("</TotalAmount>", "5</TotalAmount>"),
            "DataArea/Invoice/InvoiceHeader/TotalAmount",
        ),
        (
            "Invoice.credit",
            ("</TotalAmount>", "5</TotalAmount>"),
            "DataArea/Invoice/InvoiceHeader/TotalAmount",
        ),
        (
            "Shipment",
            (">6<", ">6.5<"),
            "DataArea/Shipment/ShipmentItem/ShippedQuantity",
        ),
        (
            "InventoryCount",
            (">994<", ">NaN<"),
            "DataArea/InventoryCount/InventoryCountLine/Quantity",
        ),
        (
            "Shipment",
            ("ShipmentHeader", "Header"),
            "DataArea/Shipment/ShipmentHeader",
        ),
        (
            "CustomerPartyMaster",
            ("<LastModificationDateTime>2010-12-01", "<LastModificationDateTime>soon"),
            "DataArea/CustomerPartyMaster/LastModificationDateTime",
        ),
    ],
)
def test_what_is_missing_or_odd_is_named_by_its_path(
    name: str, change: tuple[str, str], field: str
) -> None:
    assert refused(bod(name, change)).field == field
