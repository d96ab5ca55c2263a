"""An order's way through the sandbox: money to the penny, stock, BODs, settlement."""

import asyncio

import pytest

from streams.core.clock import SteppingClock
from tests.unit.connectors.m3.sandbox.conftest import Application, Mi, Start

LINES = [
    {"ITNO": "85123A", "ORQT": "6", "SAPR": "2.55"},
    {"ITNO": "22752", "ORQT": "2", "SAPR": "7.65"},
    {"ITNO": "POST", "ORQT": "1", "SAPR": "3.95"},
]


async def invoiced(m3: Mi, application: Application, cuor: str = "uk-1") -> dict[str, str]:
    """A delivered and billed order; its invoice as ARS200MI lists it."""
    await m3.order(cuor, LINES)
    await application.wait_for("Sync.Invoice")
    listed = await m3.records("ARS200MI/LstInvByDivi", CUNO="GUEST")
    return listed[0]


async def pay(m3: Mi, invoice: dict[str, str], amount: str, pbid: str = "1") -> None:
    await m3.records("ARS040MI/AddBatchHead", PBID=pbid, BOPE="CRD")
    await m3.records(
        "ARS040MI/AddBatchLine",
        PBID=pbid,
        TRNO="1",
        CINO=invoice["CINO"],
        INYR=invoice["INYR"],
        CUNO="GUEST",
        PYAM=amount,
        IRNO="TRN_abc",
    )


async def test_an_order_is_delivered_and_invoiced_by_itself(
    m3: Mi, application: Application
) -> None:
    orno = await m3.order("uk-1", LINES)
    bills = await application.wait_for("Sync.Invoice")
    assert bills[0].texts(".//m:InvoiceHeader/m:TotalAmount") == ["34.55"]
    head = (await m3.records("OIS100MI/GetHead", ORNO=orno))[0]
    assert (head["ORST"], head["CUOR"], head["TOAM"]) == ("77", "uk-1", "34.55")
    books = await m3.admin("books")
    money = {"ordered": 3455, "invoiced": 3455, "paid": 0, "outstanding": 3455}
    assert books["totals"] == {**money, "credited": 0, "repaid": 0}
    assert books["stock"]["85123A"] == {"STQT": "994", "ALQT": "0"}
    assert "POST" not in books["stock"]


async def test_every_bod_names_the_shops_order(m3: Mi, application: Application) -> None:
    orno = await m3.order("uk-1", LINES)
    await application.wait_for("Sync.SalesOrder", 3)
    reference = ".//m:PurchaseOrderReference/m:DocumentID/m:ID"
    for name in ("Sync.SalesOrder", "Sync.Shipment", "Sync.Invoice"):
        for bod in await application.wait_for(name):
            assert bod.texts(reference) == ["uk-1"]
            assert bod.headers["X-TenantId"] == "TANDEM_TST"
    shipment = application.named("Sync.Shipment")[0]
    assert shipment.texts(".//m:SalesOrderReference/m:DocumentID/m:ID") == [orno]
    assert shipment.texts(".//m:ShippedQuantity") == ["6", "2", "1"]
    assert shipment.texts(".//m:TrackingID") == ["15501001000001"]


async def test_later_bods_of_an_order_have_a_higher_variation(
    m3: Mi, application: Application
) -> None:
    await m3.order("uk-1", LINES)
    bods = await application.wait_for("Sync.SalesOrder", 3)
    path = ".//m:SalesOrderHeader/m:DocumentID/m:ID"
    ids = [bod.root.find(path, {"m": "http://schema.infor.com/InforOAGIS/2"}) for bod in bods]
    seen = {
        each.get("variationID"): bod.texts(".//m:SalesOrderHeader/m:Status/m:Code")[0]
        for each, bod in zip(ids, bods, strict=True)
        if each is not None
    }
    assert seen == {"1": "Open", "2": "Shipped", "3": "Closed"}


async def test_balances_that_change_in_a_moment_are_one_bod(
    start: Start, application: Application
) -> None:
    m3 = await start(bod_url=application.url, coalesce_ms=50)
    await m3.order("uk-1", [LINES[0], LINES[0], LINES[1]])
    await m3.order("uk-2", [LINES[0]])
    bods = await application.wait_for("Sync.InventoryCount")
    lines = ".//m:InventoryCountLine"
    items = bods[0].texts(f"{lines}/m:Item/m:ItemID/m:ID")
    balances = dict(zip(items, bods[0].texts(f"{lines}/m:Quantity"), strict=True))
    assert balances == {"85123A": "982", "22752": "48"}


async def test_a_bod_is_sent_again_until_it_is_taken(m3: Mi, application: Application) -> None:
    application.refuse = 2
    await m3.order("uk-1", LINES)
    orders = await application.wait_for("Sync.SalesOrder", 3)
    await application.wait_for("Sync.Shipment")
    ids = [bod.parameters["messageId"] for bod in orders]
    assert len(set(ids)) == 3
    assert (await m3.admin("bods"))["refused"] == 2


async def test_a_payment_settles_the_invoice(m3: Mi, application: Application) -> None:
    invoice = await invoiced(m3, application)
    assert (invoice["CUAM"], invoice["RECO"]) == ("34.55", "0")
    await pay(m3, invoice, "34.55")
    assert (await m3.admin("books"))["totals"]["paid"] == 0
    await m3.records("ARS040MI/ControlBatch", PBID="1")
    key = {"PYNO": "GUEST", "CUNO": "GUEST", "CINO": invoice["CINO"], "INYR": invoice["INYR"]}
    info = (await m3.records("ARS200MI/GetInvTotInfo", **key))[0]
    assert (info["OCUA"], info["PCUA"], info["RECO"]) == ("0.00", "34.55", "9")
    assert await m3.records("ARS200MI/LstInvoices", CUNO="GUEST", AAC0="1") == []
    paid = (await m3.admin("books"))["payments"]
    assert [(each["CUOR"], each["amount"], each["IRNO"]) for each in paid] == [
        ("uk-1", 3455, "TRN_abc")
    ]


async def test_more_than_is_outstanding_is_refused_and_nothing_is_paid(
    m3: Mi, application: Application
) -> None:
    invoice = await invoiced(m3, application)
    await pay(m3, invoice, "34.56")
    assert await m3.refused("ARS040MI/ControlBatch", PBID="1") == ("WAM0105", "PYAM")
    assert (await m3.admin("books"))["totals"]["outstanding"] == 3455


async def test_a_batch_settles_once(m3: Mi, application: Application) -> None:
    invoice = await invoiced(m3, application)
    await pay(m3, invoice, "34.55")
    line = {"PBID": "1", "TRNO": "1", "CUNO": "GUEST", "PYAM": "1"}
    odd = {"CINO": invoice["CINO"], "INYR": invoice["INYR"], **line, "TRNO": "1.5"}
    assert await m3.refused("ARS040MI/AddBatchLine", **odd) == ("XNU0001", "TRNO")
    again = await m3.refused(
        "ARS040MI/AddBatchLine", CINO=invoice["CINO"], INYR=invoice["INYR"], **line
    )
    assert again == ("WTR0104", "TRNO")
    await m3.records("ARS040MI/ControlBatch", PBID="1")
    assert await m3.refused("ARS040MI/ControlBatch", PBID="1") == ("WPB0101", "PBID")
    assert await m3.refused("ARS040MI/AddBatchHead", PBID="1", BOPE="CRD") == ("WPB0104", "PBID")
    assert (await m3.admin("books"))["totals"]["paid"] == 3455


@pytest.mark.parametrize(
    ("line", "total"),
    [
        ({"ORQT": "3", "SAPR": "0.335"}, 101),
        ({"ORQT": "3", "SAPR": "10", "SACD": "100"}, 30),
        ({"ORQT": "2", "SAPR": "5", "DIA1": "1.50"}, 850),
        ({"ORQT": "3", "SAPR": "1.99", "DIP1": "10"}, 537),
        ({"ORQT": "4"}, 1020),
        ({"ORQT": "1", "SAPR": "0"}, 0),
    ],
)
async def test_a_line_costs_quantity_times_price_half_up_less_discount(
    m3: Mi, application: Application, line: dict[str, str], total: int
) -> None:
    await m3.order("uk-1", [{"ITNO": "85123A", **line}])
    await application.wait_for("Sync.Invoice")
    invoice = (await m3.admin("books"))["invoices"]["uk-1"]
    assert invoice["gross"] == total
    assert invoice["net"] + invoice["vat"] == total


async def test_an_order_type_without_vat_in_its_prices_adds_it(
    m3: Mi, application: Application
) -> None:
    await m3.order("uk-1", [{"ITNO": "85123A", "ORQT": "1", "SAPR": "10.00"}], ORTP="STD")
    await application.wait_for("Sync.Invoice")
    invoice = (await m3.admin("books"))["invoices"]["uk-1"]
    assert (invoice["net"], invoice["vat"], invoice["gross"]) == (1000, 200, 1200)


async def test_an_invoice_of_nothing_is_paid_at_once(m3: Mi, application: Application) -> None:
    await m3.order("uk-1", [{"ITNO": "85123A", "ORQT": "1", "SAPR": "0"}])
    await application.wait_for("Sync.Invoice")
    ledger = await m3.records("ARS200MI/LstInvByDivi", CUNO="GUEST")
    assert ledger[0]["RECO"] == "9"


async def test_an_order_waits_for_stock(m3: Mi, application: Application) -> None:
    orno = await m3.order("uk-1", [{"ITNO": "22752", "ORQT": "51"}])
    later = await m3.order("uk-2", [{"ITNO": "22752", "ORQT": "50"}])
    await application.wait_for("Sync.Invoice")
    assert (await m3.records("OIS100MI/GetHead", ORNO=orno))[0]["ORST"] == "22"
    assert (await m3.records("OIS100MI/GetHead", ORNO=later))[0]["ORST"] == "77"
    await m3.http.post("/_sandbox/items", json=[{"ITNO": "22752", "STQT": 60, "price": "7.65"}])
    await application.wait_for("Sync.Invoice", 2)
    assert (await m3.admin("books"))["stock"]["22752"]["STQT"] == "9"


async def test_a_deleted_order_gives_its_stock_back(start: Start) -> None:
    clock = SteppingClock()
    m3 = await start(clock=clock, step_ms=10)
    orno = await m3.order("uk-1", LINES)
    clock.advance(10)
    async with asyncio.timeout(5):
        while (await m3.admin("books"))["stock"]["85123A"]["ALQT"] != "6":
            clock.advance(0)
    await m3.records("OIS100MI/DelHead", ORNO=orno)
    books = await m3.admin("books")
    assert books["orders"] == {}
    assert books["stock"]["85123A"] == {"STQT": "1000", "ALQT": "0"}
    assert (await m3.admin("quiet"))["quiet"]
