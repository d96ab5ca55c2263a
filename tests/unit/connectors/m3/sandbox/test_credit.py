"""Orders that are stopped: by a block, by a limit, by a clerk; and let go again."""

import pytest

from tests.unit.connectors.m3.sandbox.conftest import Application, Mi

LINE = {"ITNO": "85123A", "ORQT": "10", "SAPR": "2.55"}
STATUS = ".//m:SalesOrderHeader/m:Status/m:Code"


@pytest.fixture
async def ann(m3: Mi) -> Mi:
    """The sandbox with customer 17850, limit 60.00."""
    fields = {"CUTM": "TANDEM", "CUNM": "Ann Example", "CUA1": "1 High Street", "CUNO": "17850"}
    await m3.records("CRS610MI/Add", **fields)
    await m3.records("CRS610MI/ChgFinancial", CUNO="17850", CRLM="60")
    return m3


async def test_an_order_over_the_limit_is_stopped_until_released(
    ann: Mi, application: Application
) -> None:
    for number in range(3):
        await ann.order(f"uk-{number}", [LINE], CUNO="17850")
    books = await ann.still()
    assert [order["stop"] for order in books["orders"].values()] == ["0", "0", "6"]
    assert [order["state"] for order in books["orders"].values()] == ["77", "77", "22"]
    held = [bod for bod in application.named("Sync.SalesOrder") if bod.texts(STATUS) == ["Hold"]]
    assert [bod.texts(".//m:UserArea//m:NameValue")[-1] for bod in held] == ["6"]
    found = await ann.records("OIS100MI/SearchHead", SQRY="OBLC:6")
    assert [head["ORNO"] for head in found] == [books["orders"]["uk-2"]["ORNO"]]
    await ann.act("items", [{"ITNO": "85123A", "STQT": 900}])
    assert (await ann.still())["orders"]["uk-2"]["state"] == "22"
    released = await ann.act("orders/release", {"CUOR": "uk-2"})
    assert released["stop"] == "9"
    books = await ann.still()
    assert books["orders"]["uk-2"]["state"] == "77"
    assert (await ann.act("orders/release", {"CUOR": "uk-2"}, status=409))["code"] == "WOR0301"


async def test_what_is_paid_no_longer_counts(ann: Mi) -> None:
    await ann.order("uk-1", [{**LINE, "ORQT": "20"}], CUNO="17850")
    bill = (await ann.still())["invoices"]["uk-1"]
    refused = await ann.refused("OIS100MI/CheckCredit", CUNO="17850", AMNT="10")
    assert refused == ("WCR0105", "CUNO")
    await ann.records("ARS040MI/AddBatchHead", PBID="1", BOPE="CRD")
    line = {"CINO": bill["CINO"], "INYR": str(bill["INYR"]), "CUNO": "17850", "PYAM": "51.00"}
    await ann.records("ARS040MI/AddBatchLine", PBID="1", TRNO="1", **line)
    await ann.records("ARS040MI/ControlBatch", PBID="1")
    await ann.records("OIS100MI/CheckCredit", CUNO="17850", AMNT="60")
    await ann.order("uk-2", [{**LINE, "ORQT": "20"}], CUNO="17850")
    assert (await ann.still())["orders"]["uk-2"]["state"] == "77"


async def test_a_blocked_customer(ann: Mi) -> None:
    await ann.records("CRS610MI/ChgFinancial", CUNO="17850", BLCD="1")
    orno = await ann.order("uk-1", [LINE], CUNO="17850")
    books = await ann.still()
    assert (books["orders"]["uk-1"]["stop"], books["deliveries"]) == ("7", [])
    assert await ann.refused("OIS100MI/CheckCredit", CUNO="17850") == ("WBL0101", "CUNO")
    await ann.records("OIS100MI/DelHead", ORNO=orno)
    assert (await ann.still())["orders"] == {}


async def test_a_clerk_stops_a_back_order(m3: Mi) -> None:
    await m3.order("uk-1", [{"ITNO": "22752", "ORQT": "60"}], ORTP="WBO")
    await m3.still()
    await m3.act("orders/stop", {"CUOR": "uk-1"})
    await m3.act("items", [{"ITNO": "22752", "STQT": 30}])
    assert len((await m3.still())["deliveries"]) == 1
    await m3.act("orders/release", {"CUOR": "uk-1"})
    assert len((await m3.still())["deliveries"]) == 2


async def test_an_order_is_found_by_its_new_reference(m3: Mi, application: Application) -> None:
    orno = await m3.order("uk-1", [LINE])
    await m3.still()
    await m3.records("OIS100MI/ChgOrderRef", ORNO=orno, CUOR="uk-2", YREF="Ann")
    books = await m3.still()
    assert set(books["orders"]) == set(books["invoices"]) == {"uk-2"}
    head = (await m3.records("OIS100MI/GetHead", ORNO=orno))[0]
    assert (head["CUOR"], head["YREF"]) == ("uk-2", "Ann")
    bod = application.latest("Sync.SalesOrder")
    assert bod.texts(".//m:PurchaseOrderReference/m:DocumentID/m:ID") == ["uk-2"]
