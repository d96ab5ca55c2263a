"""What can be taken back of an order, by status, and how the outside hears of it."""

import asyncio

import pytest

from streams.core.clock import SteppingClock
from tests.unit.connectors.m3.sandbox.conftest import Application, Json, Mi, Start

LINES = [
    {"ITNO": "85123A", "ORQT": "6", "SAPR": "2.55"},
    {"ITNO": "22752", "ORQT": "60", "SAPR": "7.65"},
    {"ITNO": "POST", "ORQT": "1", "SAPR": "3.95"},
]
ACTION = ".//m:ActionExpression"
STATUS = ".//m:SalesOrderHeader/m:Status/m:Code"
LINE_STATUS = ".//m:SalesOrderLine/m:Status/m:Code"
FRESH = {"STQT": "1000", "ALQT": "0"}


def action(application: Application) -> str | None:
    found = application.latest("Sync.SalesOrder").root.find(
        ".//{http://schema.infor.com/InforOAGIS/2}ActionExpression"
    )
    assert found is not None
    return found.get("actionCode")


async def test_an_order_that_waits_is_deleted_and_a_bod_says_so(
    m3: Mi, application: Application
) -> None:
    orno = await m3.order("uk-1", LINES)
    await m3.still()
    assert action(application) == "Replace"
    await m3.records("OIS100MI/DelHead", ORNO=orno)
    books = await m3.still()
    assert books["orders"] == books["invoices"] == {}
    assert books["stock"]["85123A"] == FRESH
    bod = application.latest("Sync.SalesOrder")
    assert action(application) == "Delete"
    assert bod.texts(STATUS) == ["Canceled"]
    assert bod.texts(".//m:PurchaseOrderReference/m:DocumentID/m:ID") == ["uk-1"]
    assert set(bod.texts(LINE_STATUS)) == {"Canceled"}
    assert await m3.refused("OIS100MI/DelHead", ORNO=orno) == ("WOR0303", "ORNO")


async def test_what_is_delivered_cannot_be_deleted(m3: Mi) -> None:
    orno = await m3.order("uk-1", LINES, ORTP="WBO")
    before = await m3.still()
    assert await m3.refused("OIS100MI/DelHead", ORNO=orno) == ("WOR0301", "ORNO")
    for ponr in ("1", "2"):
        refused = await m3.refused("OIS100MI/DelLine", ORNO=orno, PONR=ponr)
        assert refused == ("WPO0301", "PONR")
    assert await m3.refused("OIS100MI/CloLine", ORNO=orno, PONR="1") == ("WPO0301", "PONR")
    assert await m3.still() == before


async def test_a_line_is_deleted_and_the_rest_goes_on(m3: Mi, application: Application) -> None:
    orno = await m3.order("uk-1", LINES)
    await m3.still()
    await m3.records("OIS100MI/DelLine", ORNO=orno, PONR="2")
    books = await m3.still()
    told = next(
        bod for bod in application.named("Sync.SalesOrder") if "Canceled" in bod.texts(LINE_STATUS)
    )
    assert told.texts(".//m:SalesOrderLine/m:Quantity") == ["6", "1", "0"]
    assert told.texts(".//m:SalesOrderHeader/m:TotalAmount") == ["19.25"]
    assert books["orders"]["uk-1"]["total"] == books["invoices"]["uk-1"]["gross"] == 1925
    assert books["orders"]["uk-1"]["lowest"] == "77"
    assert await m3.refused("OIS100MI/GetLine", ORNO=orno, PONR="2") == ("WPO0103", "PONR")


async def test_the_last_line_takes_the_order_with_it(m3: Mi, application: Application) -> None:
    orno = await m3.order("uk-1", [LINES[1]])
    await m3.still()
    await m3.records("OIS100MI/DelLine", ORNO=orno, PONR="1")
    assert (await m3.still())["orders"] == {}
    assert action(application) == "Delete"


async def test_the_rest_of_a_back_order_is_closed(m3: Mi, application: Application) -> None:
    orno = await m3.order("uk-1", LINES, ORTP="WBO")
    await m3.still()
    await m3.records("OIS100MI/CloLine", ORNO=orno, PONR="2")
    await m3.act("items", [{"ITNO": "22752", "STQT": 30, "price": "7.65"}])
    books = await m3.still()
    order = books["orders"]["uk-1"]
    assert order["total"] == books["invoices"]["uk-1"]["gross"] == 1530 + 38250 + 395
    assert (order["lowest"], order["lines"][1]["state"]) == ("77", "77")
    assert books["stock"]["22752"]["STQT"] == "30"
    bod = application.latest("Sync.SalesOrder")
    assert bod.texts(STATUS) == ["Closed"]
    assert bod.texts(".//m:SalesOrderLine/m:Quantity") == ["6", "60", "1"]
    assert bod.texts(".//m:SalesOrderLine/m:ShippedQuantity") == ["6", "50", "1"]


async def test_an_order_whose_lines_are_all_closed_is_canceled(
    m3: Mi, application: Application
) -> None:
    await m3.order("uk-1", [LINES[1]])
    await m3.still()
    closed = await m3.act("orders/cancel", {"CUOR": "uk-1", "rest": True})
    assert (closed["lowest"], closed["state"], closed["total"]) == ("99", "99", 0)
    await m3.still()
    assert application.latest("Sync.SalesOrder").texts(STATUS) == ["Canceled"]


async def allocated(m3: Mi, clock: SteppingClock, quantity: str) -> None:
    """Lets one step pass, until so much of 22752 is allocated."""
    clock.advance(10)
    async with asyncio.timeout(5):
        while (await m3.admin("books"))["stock"]["22752"]["ALQT"] != quantity:
            pass


async def gone_on(m3: Mi, clock: SteppingClock) -> Json:
    """Lets time pass until nothing moves by itself; the books."""
    async with asyncio.timeout(5):
        while not (await m3.admin("quiet"))["quiet"]:
            clock.advance(10)
    return await m3.admin("books")


async def test_an_allocated_line_gives_its_stock_to_who_waits(start: Start) -> None:
    clock = SteppingClock()
    m3 = await start(clock=clock, step_ms=10)
    orno = await m3.order("uk-1", [LINES[0], {"ITNO": "22752", "ORQT": "40"}])
    await m3.order("uk-2", [{"ITNO": "22752", "ORQT": "50"}])
    await allocated(m3, clock, "40")
    await m3.records("OIS100MI/DelLine", ORNO=orno, PONR="2")
    books = await gone_on(m3, clock)
    assert books["orders"]["uk-1"]["state"] == books["orders"]["uk-2"]["state"] == "77"
    assert books["stock"]["22752"] == {"STQT": "0", "ALQT": "0"}
    assert books["invoices"]["uk-1"]["gross"] == 1530


async def test_freight_waits_when_its_delivery_is_dissolved(start: Start) -> None:
    clock = SteppingClock()
    m3 = await start(clock=clock, step_ms=10)
    lines = [{**LINES[1], "ORQT": "50"}, {"ITNO": "85123A", "ORQT": "2000"}, LINES[2]]
    orno = await m3.order("uk-1", lines, ORTP="WBO")
    await m3.act("items", [{"ITNO": "85123A", "STQT": 0, "price": "2.55"}])
    await allocated(m3, clock, "50")
    await m3.records("OIS100MI/DelLine", ORNO=orno, PONR="1")
    books = await gone_on(m3, clock)
    assert books["deliveries"] == []
    await m3.act("items", [{"ITNO": "85123A", "STQT": 2000, "price": "2.55"}])
    books = await gone_on(m3, clock)
    sent = [line["ITNO"] for line in books["deliveries"][0]["lines"]]
    assert sent == ["85123A", "POST"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"CUOR": "uk-9"}, "WOR0303"),
        ({"ORNO": "0000000009"}, "WOR0303"),
        ({"CUOR": "uk-1", "ITNO": "NONE"}, "WPO0103"),
        ({"CUOR": "uk-1", "PONR": 9}, "WPO0103"),
        ({"CUOR": "uk-1", "ITNO": "85123A", "rest": True}, "WPO0301"),
        ({"CUOR": "uk-1"}, "WOR0301"),
    ],
)
async def test_a_clerk_is_refused_as_mi_is(m3: Mi, body: Json, code: str) -> None:
    await m3.order("uk-1", LINES[:1])
    await m3.still()
    assert (await m3.act("orders/cancel", body, status=409))["code"] == code


async def test_a_clerk_deletes_a_line_and_an_order(m3: Mi, application: Application) -> None:
    await m3.order("uk-1", LINES)
    await m3.still()
    left = await m3.act("orders/cancel", {"CUOR": "uk-1", "ITNO": "85123A"})
    assert [line["ITNO"] for line in left["lines"]] == ["22752", "POST"]
    await m3.act("orders/cancel", {"CUOR": "uk-1"})
    await m3.still()
    assert action(application) == "Delete"
    await m3.act("orders/cancel", {}, status=400)
