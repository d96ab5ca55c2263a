"""Orders that leave in parts: each delivery with its own Shipment, stock, invoice and money."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.m3.sandbox.state.orders import Line
from connectors.m3.sandbox.state.pricing import NOTHING, Cost
from tests.unit.connectors.m3.sandbox.conftest import Application, Mi, Start

LINES = [
    {"ITNO": "85123A", "ORQT": "6", "SAPR": "2.55"},
    {"ITNO": "22752", "ORQT": "60", "SAPR": "7.65"},
    {"ITNO": "POST", "ORQT": "1", "SAPR": "3.95"},
]
TOTAL = 1530 + 45900 + 395
MORE = [{"ITNO": "22752", "STQT": 30, "price": "7.65"}]


def delivered(books: dict[str, Any]) -> list[dict[str, str]]:
    return [{line["ITNO"]: line["DLQT"] for line in each["lines"]} for each in books["deliveries"]]


async def test_what_is_on_hand_goes_and_the_rest_when_stock_comes(
    m3: Mi, application: Application
) -> None:
    orno = await m3.order("uk-1", LINES, ORTP="WBO")
    books = await m3.still()
    assert delivered(books) == [{"85123A": "6", "22752": "50", "POST": "1"}]
    assert books["invoices"]["uk-1"]["gross"] == 1530 + 38250 + 395
    assert books["stock"]["22752"] == {"STQT": "0", "ALQT": "0"}
    lines = await m3.records("OIS100MI/LstLineBOD", ORNO=orno)
    states = [(line["ORST"], line["DLQT"], line["IVQT"]) for line in lines]
    assert states == [("77", "0", "6"), ("27", "0", "50"), ("77", "0", "1")]
    head = (await m3.records("OIS100MI/GetHead", ORNO=orno))[0]
    assert (head["ORSL"], head["ORST"]) == ("22", "77")
    order = application.latest("Sync.SalesOrder")
    assert order.texts(".//m:SalesOrderHeader/m:Status/m:Code") == ["Open"]
    assert order.texts(".//m:SalesOrderLine/m:ShippedQuantity") == ["6", "50", "1"]

    await m3.act("items", MORE)
    books = await m3.still()
    assert delivered(books)[1:] == [{"22752": "10"}]
    assert books["stock"]["22752"] == {"STQT": "20", "ALQT": "0"}
    bills = books["invoices"]["uk-1"]
    assert [bill["gross"] for bill in bills["each"]] == [1530 + 38250 + 395, 7650]
    assert (bills["gross"], bills["net"] + bills["vat"]) == (TOTAL, TOTAL)
    assert books["orders"]["uk-1"]["lowest"] == books["orders"]["uk-1"]["state"] == "77"
    order = application.latest("Sync.SalesOrder")
    assert order.texts(".//m:SalesOrderHeader/m:Status/m:Code") == ["Closed"]


async def test_each_delivery_has_its_own_bods(m3: Mi, application: Application) -> None:
    await m3.act("deliveries", {"CUOR": "uk-1", "deliveries": [{"85123A": 2}, {"85123A": "1"}]})
    await m3.order("uk-1", [LINES[0], LINES[2]])
    books = await m3.still()
    assert delivered(books) == [{"85123A": "2", "POST": "1"}, {"85123A": "1"}, {"85123A": "3"}]
    number = ".//m:ShipmentHeader/m:DocumentID/m:ID"
    shipped = {
        bod.texts(number)[0]: bod.texts(".//m:ShippedQuantity")
        for bod in application.named("Sync.Shipment")
    }
    assert shipped == {"1000001": ["2", "1"], "1000002": ["1"], "1000003": ["3"]}
    billed = {
        bod.texts(".//m:ShipmentReference/m:DocumentID/m:ID")[0]: (
            bod.texts(".//m:InvoiceHeader/m:TotalAmount")[0],
            bod.texts(".//m:InvoiceLine/m:Quantity"),
        )
        for bod in application.named("Sync.Invoice")
    }
    assert billed == {
        "1000001": ("9.05", ["2", "1"]),
        "1000002": ("2.55", ["1"]),
        "1000003": ("7.65", ["3"]),
    }
    bills = await m3.records("OIS350MI/LstInvHead", YEA4=str(books["invoices"]["uk-1"]["INYR"]))
    assert [bill["AMT1"] for bill in bills] == ["9.05", "2.55", "7.65"]


async def test_an_order_waits_whole_unless_told_otherwise(m3: Mi, application: Application) -> None:
    await m3.order("uk-1", LINES)
    books = await m3.still()
    assert delivered(books) == []
    assert books["stock"]["22752"] == {"STQT": "50", "ALQT": "0"}
    rules = await m3.act("deliveries", {"back_orders": True})
    assert rules["back_orders"] is True
    assert delivered(await m3.still()) == [{"85123A": "6", "22752": "50", "POST": "1"}]


async def test_two_lines_of_an_item_share_what_is_on_hand(m3: Mi) -> None:
    lines = [{"ITNO": "22752", "ORQT": "30"}] * 2
    await m3.order("uk-1", lines)
    assert delivered(await m3.still()) == []
    await m3.order("uk-2", lines, ORTP="WBO")
    books = await m3.still()
    sent = [(line["PONR"], line["DLQT"]) for line in books["deliveries"][0]["lines"]]
    assert sent == [(1, "30"), (2, "20")]
    assert books["stock"]["22752"] == {"STQT": "0", "ALQT": "0"}


async def test_a_customer_may_have_back_orders(m3: Mi) -> None:
    ann = {"CUTM": "TANDEM", "CUNM": "Ann Example", "CUA1": "1 High Street", "CUNO": "17850"}
    await m3.records("CRS610MI/Add", **ann)
    await m3.records("CRS610MI/ChgOrderInfo", CUNO="17850", BCKO="1")
    await m3.order("uk-1", LINES, CUNO="17850")
    assert delivered(await m3.still()) == [{"85123A": "6", "22752": "50", "POST": "1"}]


async def test_freight_does_not_leave_alone(m3: Mi) -> None:
    await m3.act("items", [{"ITNO": "22752", "STQT": 0, "price": "7.65"}])
    await m3.order("uk-1", LINES[1:], ORTP="WBO")
    await m3.order("uk-2", LINES[2:], ORTP="WBO")
    books = await m3.still()
    assert delivered(books) == [{"POST": "1"}]
    assert set(books["invoices"]) == {"uk-2"}


async def test_a_share_of_the_orders_is_split_and_the_seed_says_which(start: Start) -> None:
    async def split(seed: int) -> set[str]:
        m3 = await start(split_percent=30, seed=seed)
        for number in range(40):
            await m3.order(f"uk-{number}", [{"ITNO": "85123A", "ORQT": "3"}, LINES[2]])
        books = await m3.still()
        times = Counter(each["CUOR"] for each in books["deliveries"])
        assert {bill["gross"] for bill in books["invoices"].values()} == {3 * 255 + 395}
        return {cuor for cuor, count in times.items() if count == 2}

    first = await split(7)
    assert 4 <= len(first) <= 20
    assert await split(7) == first
    assert await split(8) != first


async def test_a_split_order_of_many_lines_sends_whole_lines_first(start: Start) -> None:
    m3 = await start(split_percent=100)
    await m3.order("uk-1", [{**line, "ORQT": "2"} for line in LINES[:2]] + LINES[2:])
    await m3.order("uk-2", [{"ITNO": "85123A", "ORQT": "1"}])
    books = await m3.still()
    assert delivered(books) == [{"85123A": "2", "POST": "1"}, {"22752": "2"}, {"85123A": "1"}]


async def test_a_plan_that_fits_nothing_holds_nothing_up(m3: Mi) -> None:
    plan = {"CUOR": "uk-1", "deliveries": [{"NONE": 1}, {"22752": 9}]}
    await m3.act("deliveries", plan)
    await m3.order("uk-1", LINES[:1])
    assert delivered(await m3.still()) == [{"85123A": "6"}]


@pytest.mark.parametrize(
    "body", [[1], {"deliveries": [{}]}, {"CUOR": "a", "deliveries": [1]}, {"split_percent": "x"}]
)
async def test_rules_that_are_none_are_refused(m3: Mi, body: Any) -> None:
    before = await m3.admin("deliveries")
    await m3.act("deliveries", body, status=400)
    assert await m3.admin("deliveries") == before


@given(
    amount=st.integers(0, 10**9),
    percent=st.sampled_from([0, 5, 20]),
    includes_vat=st.booleans(),
    parts=st.lists(st.integers(1, 50), min_size=1, max_size=6),
)
def test_the_parts_of_a_line_add_up_to_the_line(
    amount: int, percent: int, includes_vat: bool, parts: list[int]
) -> None:
    cost = Cost(amount, percent, includes_vat)
    line = Line(1, "A", "", Decimal(sum(parts)), Decimal(1), "EA", True, cost)
    total = NOTHING
    for part in parts:
        line.ALQT += part
        share = line.deliver(Decimal(part))
        assert share.net >= 0
        assert share.vat >= 0
        total += share
    assert total == line.totals
