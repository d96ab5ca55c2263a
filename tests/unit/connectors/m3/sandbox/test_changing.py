"""Lines added to an order and priced anew by MI: the order's life and its money go on with them."""

import pytest

from tests.unit.connectors.m3.sandbox.conftest import Application, Mi, Start

HEARTS = {"ITNO": "85123A", "ORQT": "6", "SAPR": "2.55"}
BOXES = {"ITNO": "22752", "ORQT": "60", "SAPR": "7.65"}
LINE = ".//m:SalesOrderLine"
WAITS = [HEARTS, BOXES]
"""Of 60 boxes 50 are on hand: the order waits."""


@pytest.fixture
async def m3(start: Start, application: Application) -> Mi:
    return await start(bod_url=application.url)


async def test_a_line_is_added_told_delivered_and_billed(m3: Mi, application: Application) -> None:
    orno = await m3.order("uk-1", WAITS)
    await m3.still()
    terms = {"SAPR": "10.00", "SACD": "7", "DIA1": "0.29"}
    added = await m3.records(
        "OIS100MI/AddOrderLine", ORNO=orno, ITNO="85123A", ORQT="3", WHLO="001", **terms
    )
    assert (added[0]["PONR"], added[0]["POSX"]) == ("3", "0")
    await m3.still()
    told = application.latest("Sync.SalesOrder")
    assert told.texts(f"{LINE}/m:TotalAmount") == ["15.30", "459.00", "4.00"]
    await m3.act("items", [{"ITNO": "22752", "STQT": 60}])
    books = await m3.still()
    assert [line["DLQT"] for line in books["orders"]["uk-1"]["lines"]] == ["6", "60", "3"]
    assert books["invoices"]["uk-1"]["gross"] == 1530 + 45900 + 400
    assert books["stock"]["85123A"]["STQT"] == "991"


async def test_a_line_without_a_price_costs_what_the_item_does(m3: Mi) -> None:
    orno = await m3.order("uk-1", WAITS)
    await m3.records("OIS100MI/AddOrderLine", ORNO=orno, ITNO="22752", ORQT="1")
    assert (await m3.still())["orders"]["uk-1"]["lines"][2]["total"] == 765


async def test_prices_exclude_vat_as_the_order_type_says(m3: Mi) -> None:
    orno = await m3.order("uk-1", WAITS, ORTP="STD")
    await m3.records("OIS100MI/AddOrderLine", ORNO=orno, **HEARTS)
    assert (await m3.still())["orders"]["uk-1"]["lines"][2]["total"] == 1836


async def test_a_line_has_the_number_it_is_given(m3: Mi) -> None:
    orno = await m3.order("uk-1", WAITS)
    await m3.records("OIS100MI/AddOrderLine", ORNO=orno, PONR="20", **HEARTS)
    await m3.records("OIS100MI/AddOrderLine", ORNO=orno, PONR="10", **HEARTS)
    await m3.records("OIS100MI/AddOrderLine", ORNO=orno, **HEARTS)
    numbers = [line["PONR"] for line in (await m3.still())["orders"]["uk-1"]["lines"]]
    assert numbers == [1, 2, 10, 20, 21]
    again = {"ORNO": orno, "PONR": "10", **HEARTS}
    assert await m3.refused("OIS100MI/AddOrderLine", **again) == ("WPO0104", "PONR")


@pytest.mark.parametrize(
    ("wrong", "refused"),
    [
        ({"ITNO": "NONE"}, ("WIT0103", "ITNO")),
        ({"ORQT": "0"}, ("WQT0101", "ORQT")),
        ({"WHLO": "002"}, ("WWH0103", "WHLO")),
        ({"SAPR": "x"}, ("WSA0101", "SAPR")),
        ({"SACD": "0"}, ("WSA0201", "SACD")),
        ({"DIA1": "16.00"}, ("WDI0201", "DIA1")),
        ({"ORNO": "0000000009"}, ("WOR0303", "ORNO")),
    ],
)
async def test_a_line_that_is_none(m3: Mi, wrong: dict[str, str], refused: tuple[str, str]) -> None:
    orno = await m3.order("uk-1", WAITS)
    before = await m3.still()
    fields = {"ORNO": orno, **HEARTS, **wrong}
    assert await m3.refused("OIS100MI/AddOrderLine", **fields) == refused
    assert await m3.still() == before


async def test_to_an_order_that_is_over_nothing_is_added(m3: Mi) -> None:
    delivered = await m3.order("uk-1", [HEARTS])
    closed = await m3.order("uk-2", [BOXES])
    entry = await m3.batch_order("uk-3", [HEARTS])
    await m3.still()
    await m3.records("OIS100MI/CloLine", ORNO=closed, PONR="1")
    before = await m3.still()
    for orno, code in ((delivered, "WOR0301"), (closed, "WOR0301"), (entry, "WOR0303")):
        refused = await m3.refused("OIS100MI/AddOrderLine", ORNO=orno, **HEARTS)
        assert refused == (code, "ORNO")
    assert await m3.still() == before


async def test_what_is_added_to_a_stopped_order_waits_with_it(m3: Mi) -> None:
    orno = await m3.order("uk-1", WAITS)
    await m3.act("orders/stop", {"ORNO": orno})
    await m3.act("items", [{"ITNO": "22752", "STQT": 60}])
    await m3.records("OIS100MI/AddOrderLine", ORNO=orno, **HEARTS)
    assert (await m3.still())["invoices"] == {}
    await m3.act("orders/release", {"ORNO": orno})
    assert (await m3.still())["invoices"]["uk-1"]["gross"] == 2 * 1530 + 45900


async def test_price_price_quantity_and_discount_are_changed(
    m3: Mi, application: Application
) -> None:
    orno = await m3.order("uk-1", WAITS)
    line = {"ORNO": orno, "PONR": "2"}
    await m3.records("OIS100MI/UpdPriceInfo", SAPR="10.00", SACD="7", DIA1="0.71", **line)
    await m3.still()
    assert application.latest("Sync.SalesOrder").texts(f"{LINE}/m:TotalAmount")[1] == "85.00"
    row = (await m3.records("OIS100MI/GetLine", **line))[0]
    assert (row["SAPR"], row["SACD"], row["DIA1"]) == ("10.00", "7", "0.71")
    await m3.records("OIS100MI/UpdPriceInfo", DIA1="0", **line)
    await m3.act("items", [{"ITNO": "22752", "STQT": 60}])
    books = await m3.still()
    assert books["invoices"]["uk-1"]["gross"] == books["orders"]["uk-1"]["total"] == 1530 + 8571


async def test_what_has_left_or_is_closed_keeps_its_price(m3: Mi) -> None:
    orno = await m3.order("uk-1", [HEARTS, BOXES], ORTP="WBO")
    closed = await m3.order("uk-2", [BOXES, BOXES])
    await m3.still()
    await m3.records("OIS100MI/CloLine", ORNO=closed, PONR="1")
    before = await m3.still()
    for number, ponr in ((orno, "1"), (orno, "2"), (closed, "1")):
        for terms in ({"SAPR": "1"}, {"DIA1": "0.10"}, {"SACD": "2"}):
            line = {"ORNO": number, "PONR": ponr, **terms}
            assert await m3.refused("OIS100MI/UpdPriceInfo", **line) == ("WPO0301", "PONR")
    assert await m3.still() == before


@pytest.mark.parametrize(
    ("wrong", "refused"),
    [
        ({"DIA1": "15.31"}, ("WDI0201", "DIA1")),
        ({"SACD": "0"}, ("WSA0201", "SACD")),
        ({"SAPR": "-1"}, ("WSA0101", "SAPR")),
        ({"PONR": "9", "SAPR": "1"}, ("WPO0103", "PONR")),
    ],
)
async def test_a_price_that_is_none(
    m3: Mi, wrong: dict[str, str], refused: tuple[str, str]
) -> None:
    orno = await m3.order("uk-1", WAITS)
    before = await m3.still()
    fields = {"ORNO": orno, "PONR": "1", **wrong}
    assert await m3.refused("OIS100MI/UpdPriceInfo", **fields) == refused
    assert await m3.still() == before
