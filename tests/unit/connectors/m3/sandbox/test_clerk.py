"""What changes in M3 by hand: order lines, prices, balances; each told by a BOD."""

import pytest

from connectors.m3.sandbox.settings import DOCUMENTS
from tests.unit.connectors.m3.sandbox.conftest import Application, Json, Mi, Start

LINES = [
    {"ITNO": "85123A", "ORQT": "6", "SAPR": "2.55"},
    {"ITNO": "22752", "ORQT": "60", "SAPR": "7.65", "DIP1": "10"},
]
LINE = ".//m:SalesOrderLine"


@pytest.fixture
async def m3(start: Start, application: Application) -> Mi:
    documents = (*DOCUMENTS, "Sync.ItemMaster")
    return await start(bod_url=application.url, documents=documents)


async def test_a_line_is_changed_after_confirm_and_a_bod_tells_it(
    m3: Mi, application: Application
) -> None:
    await m3.order("uk-1", LINES)
    await m3.still()
    before = application.latest("Sync.SalesOrder")
    assert before.texts(".//m:SalesOrderHeader/m:TotalAmount") == ["428.40"]
    await m3.act("orders/change", {"CUOR": "uk-1", "PONR": 1, "SAPR": "2.00"}, status=200)
    changed = await m3.act("orders/change", {"CUOR": "uk-1", "ITNO": "22752", "ORQT": 40})
    assert [line["total"] for line in changed["lines"]] == [1200, 27540]
    books = await m3.still()
    assert books["orders"]["uk-1"]["total"] == books["invoices"]["uk-1"]["gross"] == 1200 + 27540
    after = application.latest("Sync.SalesOrder")
    assert after.variation > before.variation
    assert after.texts(f"{LINE}/m:Item/m:ItemID/m:ID") == ["85123A", "22752"]
    assert after.texts(f"{LINE}/m:Quantity") == ["6", "40"]
    assert after.texts(f"{LINE}/m:TotalAmount") == ["12.00", "275.40"]
    assert after.texts(f"{LINE}/m:UnitPrice/m:Amount") == ["2.00", "7.65"]


async def test_what_is_delivered_is_changed_no_more(m3: Mi) -> None:
    orno = await m3.order("uk-1", LINES, ORTP="WBO")
    before = await m3.still()
    for body in ({"PONR": 1, "SAPR": "1"}, {"PONR": 1, "ORQT": 5}, {"PONR": 2, "ORQT": 49}):
        refused = await m3.act("orders/change", {"ORNO": orno, **body}, status=409)
        assert refused["code"] == "WPO0301"
    update = {"ORNO": orno, "PONR": "1", "SAPR": "1"}
    assert (await m3.refused("OIS100MI/UpdPriceInfo", **update))[0] == "WPO0301"
    assert await m3.still() == before
    await m3.act("orders/change", {"ORNO": orno, "PONR": 2, "ORQT": 50})
    books = await m3.still()
    assert books["orders"]["uk-1"]["lowest"] == "77"
    assert books["orders"]["uk-1"]["total"] == books["invoices"]["uk-1"]["gross"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"PONR": 1, "ORQT": 0}, 409),
        ({"PONR": 1, "ORQT": -1}, 409),
        ({"PONR": 1, "SAPR": "x"}, 409),
        ({"PONR": 9, "ORQT": 1}, 409),
        ({"ORQT": 1}, 400),
    ],
)
async def test_a_change_that_is_none(m3: Mi, body: Json, status: int) -> None:
    await m3.order("uk-1", LINES)
    await m3.act("orders/change", {"CUOR": "uk-1", **body}, status=status)
    assert (await m3.still())["orders"]["uk-1"]["total"] == 42840


async def test_a_price_is_changed_by_mi(m3: Mi, application: Application) -> None:
    orno = await m3.order("uk-1", LINES)
    await m3.still()
    await m3.records("OIS100MI/UpdPriceInfo", ORNO=orno, PONR="2", SAPR="10")
    await m3.still()
    assert application.latest("Sync.SalesOrder").texts(f"{LINE}/m:TotalAmount")[1] == "540.00"


async def test_a_balance_is_adjusted_and_counted(m3: Mi, application: Application) -> None:
    place = {"WHLO": "001", "ITNO": "22752"}
    adjust = {"E0PA": "WMS", "E065": "WMS", **place}
    await m3.records("MMS850MI/AddAdjust", QLQT="-2", **adjust)
    await m3.still()
    quantity = ".//m:InventoryCountLine/m:Quantity"
    assert application.latest("Sync.InventoryCount").texts(quantity) == ["48"]
    await m3.order("uk-1", LINES)
    assert (await m3.still())["orders"]["uk-1"]["state"] == "22"
    await m3.records("MMS310MI/Update", WHSL="A1", STQI="61", **place)
    books = await m3.still()
    assert (books["orders"]["uk-1"]["state"], books["stock"]["22752"]["STQT"]) == ("77", "1")
    assert (await m3.records("MMS310MI/Get", **place))[0]["STQT"] == "1"
    for name, fields, code in (
        ("MMS850MI/AddAdjust", {**adjust, "QLQT": "-2"}, "WQT0105"),
        ("MMS850MI/AddAdjust", {**adjust, "ITNO": "POST", "QLQT": "1"}, "WIT0105"),
        ("MMS850MI/AddAdjust", {**adjust, "ITNO": "NONE", "QLQT": "1"}, "WIT0103"),
        ("MMS310MI/Update", {**place, "WHSL": "A1", "STQI": "-1"}, "WQT0101"),
    ):
        assert (await m3.refused(name, **fields))[0] == code
    assert (await m3.still())["stock"] == books["stock"]


async def test_an_item_and_its_price_are_told(m3: Mi, application: Application) -> None:
    await m3.act("items", [{"ITNO": "22752", "price": "8.00", "STQT": 50}])
    bod = (await application.wait_for("Sync.ItemMaster"))[0]
    assert bod.texts(".//m:ItemID/m:ID") == ["22752"]
    assert bod.texts(".//m:ItemMasterHeader/m:Description") == ["Babushka nesting boxes"]
    assert bod.texts(".//m:UserArea//m:NameValue") == ["8.00", "GBP"]
    price = {"PRRF": "WEB", "CUCD": "GBP", "FVDT": "20101201", "ITNO": "22752"}
    await m3.records("OIS017MI/AddBasePrice", SAPR="9.00", **price)
    await application.wait_for("Sync.ItemMaster", 2)
    assert application.latest("Sync.ItemMaster").texts(".//m:NameValue") == ["9.00", "GBP"]
    assert (await m3.records("OIS017MI/GetBasePrice", **price))[0]["SAPR"] == "9.00"
    assert (await m3.records("MMS200MI/GetItmPrice", ITNO="22752"))[0]["SAPR"] == "9.00"
    line = await m3.records("OIS320MI/GetPriceLine", CUNO="GUEST", ITNO="22752", ORQA="3")
    assert line[0]["LNAM"] == "27.00"
    await m3.order("uk-1", [{"ITNO": "22752", "ORQT": "2"}])
    assert (await m3.still())["orders"]["uk-1"]["total"] == 1800
    assert (await m3.refused("OIS017MI/AddBasePrice", SAPR="1", **{**price, "CUCD": "EUR"}))[
        0
    ] == "WCUCD03"


async def test_seeding_the_same_again_tells_nothing_but_the_balance(
    m3: Mi, application: Application
) -> None:
    await m3.act("items", [{"ITNO": "22752", "STQT": 49}])
    await application.wait_for("Sync.InventoryCount")
    await m3.still()
    assert application.named("Sync.ItemMaster") == []
    assert (await m3.records("MMS200MI/GetItmPrice", ITNO="22752"))[0]["SAPR"] == "7.65"


async def test_ion_routes_only_the_documents_of_the_connection_point(
    m3: Mi, application: Application
) -> None:
    target = {"url": application.url, "documents": ["Sync.Shipment"]}
    await m3.act("bod-target", target)
    await m3.order("uk-1", LINES[:1])
    await m3.still()
    assert {bod.parameters["documentName"] for bod in application.bods} == {"Sync.Shipment"}
