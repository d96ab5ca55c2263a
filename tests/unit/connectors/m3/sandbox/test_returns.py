"""Returns: held against what was delivered, stock back, credited to the penny, settled, told."""

from typing import Any

import pytest

from tests.unit.connectors.m3.sandbox.conftest import Application, Json, Mi, Start

LINES = [
    {"ITNO": "85123A", "ORQT": "6", "SAPR": "2.55"},
    {"ITNO": "22752", "ORQT": "3", "SAPR": "0.99", "DIA1": "0.47"},
    {"ITNO": "POST", "ORQT": "1", "SAPR": "3.95"},
]
TOTAL = 1530 + 250 + 395
HEAD = "OIS390MI/AddHead"
LINE = "OIS390MI/AddLine"


@pytest.fixture
async def m3(start: Start, application: Application) -> Mi:
    return await start(bod_url=application.url, return_ms=1)


async def sold(m3: Mi, cuor: str = "uk-1", **head: str) -> str:
    orno = await m3.order(cuor, LINES, **head)
    await m3.still()
    return orno


async def send_back(m3: Mi, orno: str, *lines: dict[str, str], **head: str) -> str:
    opened = await m3.records(HEAD, WHLO="001", RORN=orno, **head)
    repn = opened[0]["REPN"]
    added = await m3.bulk(
        "OIS390MI", [("AddLine", {"WHLO": "001", "REPN": repn, **line}) for line in lines]
    )
    assert added["nrOfFailedTransactions"] == 0, added
    return repn


async def pay(m3: Mi, note: Json, amount: str, pbid: str = "77") -> None:
    await m3.records("ARS040MI/AddBatchHead", PBID=pbid, BOPE="CRD")
    key = {"CINO": note["CINO"], "INYR": str(note["INYR"]), "CUNO": "GUEST"}
    await m3.records("ARS040MI/AddBatchLine", PBID=pbid, TRNO="1", PYAM=amount, IRNO="TRN_r", **key)


async def test_a_return_brings_stock_back_and_a_credit_note(
    m3: Mi, application: Application
) -> None:
    orno = await sold(m3)
    repn = await send_back(m3, orno, {"RORL": "1", "REQ0": "2"}, YREF="uk-1/refund/9")
    books = await m3.still()
    assert books["stock"]["85123A"] == {"STQT": "996", "ALQT": "0"}
    (note,) = books["credit_notes"]
    assert (note["gross"], note["net"], note["vat"]) == (-510, -425, -85)
    assert (note["REPN"], note["CUOR"], note["outstanding"]) == (repn, "uk-1", -510)
    assert note["original"] == books["invoices"]["uk-1"]["CINO"]
    assert books["totals"]["credited"] == 510
    assert books["totals"]["outstanding"] == TOTAL - 510

    bod = next(
        bod for bod in application.named("Sync.Invoice") if bod.texts(".//m:InvoiceReference")
    )
    assert bod.texts(".//m:InvoiceHeader/m:TotalAmount") == ["-5.10"]
    assert bod.texts(".//m:InvoiceLine/m:Quantity") == ["-2"]
    assert bod.texts(".//m:DocumentReference/m:DocumentID/m:ID") == [repn]
    assert bod.texts(".//m:InvoiceReference/m:DocumentID/m:ID") == [note["original"]]
    assert bod.texts(".//m:PurchaseOrderReference/m:DocumentID/m:ID") == ["uk-1"]
    assert bod.texts(".//m:SalesOrderReference/m:DocumentID/m:ID") == [orno]
    assert bod.texts(".//m:UserArea//m:NameValue") == ["32", "uk-1/refund/9"]
    counted = application.latest("Sync.InventoryCount")
    assert counted.texts(".//m:InventoryCountLine/m:Quantity") == ["996"]


async def test_the_ledger_has_the_credit_note_and_a_payment_out_settles_it(m3: Mi) -> None:
    orno = await sold(m3)
    await send_back(m3, orno, {"ITNO": "85123A", "REQ0": "2"})
    note = (await m3.still())["credit_notes"][0]
    ledger = await m3.records("ARS200MI/LstInvByDivi", CUNO="GUEST")
    assert [(row["CUAM"], row["RECO"]) for row in ledger] == [("21.75", "0"), ("-5.10", "0")]
    head = (await m3.records("OIS350MI/GetInvHead", YEA4=ledger[0]["INYR"], IVNO=note["CINO"]))[0]
    assert (head["AMT1"], head["IVTP"], head["RXIN"]) == ("-5.10", "32", note["original"])

    await pay(m3, note, "5.10", "1")
    assert await m3.refused("ARS040MI/ControlBatch", PBID="1") == ("WAM0105", "PYAM")
    await pay(m3, note, "-5.11", "2")
    assert await m3.refused("ARS040MI/ControlBatch", PBID="2") == ("WAM0105", "PYAM")
    await pay(m3, note, "-5.10", "3")
    await m3.records("ARS040MI/ControlBatch", PBID="3")
    books = await m3.still()
    assert books["totals"]["repaid"] == 510
    assert books["totals"]["outstanding"] == TOTAL
    assert [each["IRNO"] for each in books["repayments"]] == ["TRN_r"]
    key = {"PYNO": "GUEST", "CUNO": "GUEST", "CINO": note["CINO"], "INYR": str(note["INYR"])}
    info = (await m3.records("ARS200MI/GetInvTotInfo", **key))[0]
    assert (info["OCUA"], info["RECO"]) == ("0.00", "9")


async def test_an_order_that_comes_back_piece_by_piece_is_credited_to_the_penny(m3: Mi) -> None:
    orno = await sold(m3)
    for _ in range(3):
        await send_back(m3, orno, {"RORL": "2", "REQ0": "1"})
        await m3.still()
    await send_back(m3, orno, {"RORL": "1", "REQ0": "6"}, {"RORL": "3", "REQ0": "1"})
    books = await m3.still()
    assert [note["gross"] for note in books["credit_notes"]] == [-83, -84, -83, -1925]
    assert books["totals"]["credited"] == books["totals"]["invoiced"] == TOTAL
    for sign in ("net", "vat"):
        back = sum(note[sign] for note in books["credit_notes"])
        assert back == -books["invoices"]["uk-1"][sign]
    assert books["stock"]["22752"]["STQT"] == "50"


async def test_another_price_than_the_orders_is_credited(m3: Mi) -> None:
    orno = await sold(m3)
    await send_back(m3, orno, {"RORL": "1", "REQ0": "3", "SAPR": "0.335"})
    note = (await m3.still())["credit_notes"][0]
    assert (note["gross"], note["net"]) == (-101, -84)


async def test_vat_is_as_on_the_original(m3: Mi) -> None:
    orno = await sold(m3, ORTP="STD")
    await send_back(m3, orno, {"RORL": "1", "REQ0": "6"})
    note = (await m3.still())["credit_notes"][0]
    assert (note["net"], note["vat"], note["gross"]) == (-1530, -306, -1836)


async def test_a_return_over_two_invoices_has_a_credit_note_for_each(m3: Mi) -> None:
    await m3.act("deliveries", {"CUOR": "uk-1", "deliveries": [{"85123A": 2}]})
    orno = await sold(m3)
    bills = (await m3.still())["invoices"]["uk-1"]["each"]
    second = {"EXIN": bills[1]["CINO"], "YEA4": str(bills[1]["INYR"])}
    await send_back(m3, orno, {"RORL": "1", "REQ0": "1"}, **second)
    await m3.still()
    await send_back(m3, orno, {"RORL": "1", "REQ0": "5"})
    notes = (await m3.still())["credit_notes"]
    assert [(note["original"], note["gross"]) for note in notes] == [
        (bills[1]["CINO"], -255),
        (bills[0]["CINO"], -510),
        (bills[1]["CINO"], -765),
    ]


async def test_what_comes_late_comes_by_itself(m3: Mi) -> None:
    orno = await sold(m3)
    repn = await send_back(m3, orno, {"RORL": "1", "REQ0": "1"})
    await m3.still()
    await m3.records(LINE, WHLO="001", REPN=repn, RORL="3", REQ0="1")
    notes = (await m3.still())["credit_notes"]
    assert [(note["REPN"], note["gross"]) for note in notes] == [(repn, -255), (repn, -395)]


async def test_a_return_is_found_by_its_reference(m3: Mi) -> None:
    orno = await sold(m3)
    repn = await send_back(m3, orno, {"RORL": "1", "REQ0": "2"}, YREF="r-1")
    await m3.still()

    async def rows(query: str) -> list[str]:
        return [row["REPL"] for row in await m3.records("EXPORTMI/Select", QERY=query)]

    found = await rows("OCREPN,OCRORN,OCRESL,OCRESH from OCHEAD where OCYREF = 'r-1'")
    assert found == [f"{repn};{orno};77;77"]
    assert await rows("OCREPN from OCHEAD where OCYREF = 'r-2'") == []
    lines = await rows(f"ODRELI,ODITNO,ODREQ0,ODSAPR from OCLINE where ODREPN = {repn}")
    assert lines == ["1;85123A;2;2.55"]


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"WHLO": "001"}, "WOR0302", "RORN"),
        ({"WHLO": "001", "RORN": "0000000009"}, "WOR0303", "RORN"),
        ({"WHLO": "001", "EXIN": "1", "YEA4": "2010"}, "WIN0103", "EXIN"),
        ({"WHLO": "009"}, "WWH0103", "WHLO"),
    ],
)
async def test_a_return_that_names_no_order_is_refused(
    m3: Mi, fields: dict[str, str], code: str, field: str
) -> None:
    assert await m3.refused(HEAD, **fields) == (code, field)


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"RORL": "1", "REQ0": "7"}, "WRQ0105", "REQ0"),
        ({"RORL": "1", "REQ0": "0"}, "WQT0101", "REQ0"),
        ({"RORL": "9", "REQ0": "1"}, "WPO0103", "RORL"),
        ({"RORL": "1", "ITNO": "22752", "REQ0": "1"}, "WIT0103", "ITNO"),
        ({"ITNO": "NONE", "REQ0": "1"}, "WIT0103", "ITNO"),
        ({"REQ0": "1"}, "WIT0102", "ITNO"),
        ({"RORL": "1", "REQ0": "1", "SAPR": "-1"}, "WSA0101", "SAPR"),
        ({"REPN": "9", "RORL": "1", "REQ0": "1"}, "WRP0103", "REPN"),
    ],
)
async def test_a_line_that_does_not_fit_what_was_delivered_is_refused(
    m3: Mi, fields: dict[str, str], code: str, field: str
) -> None:
    orno = await sold(m3)
    repn = (await m3.records(HEAD, WHLO="001", RORN=orno))[0]["REPN"]
    assert await m3.refused(LINE, **{"WHLO": "001", "REPN": repn, **fields}) == (code, field)
    books: dict[str, Any] = await m3.still()
    assert books["credit_notes"] == []
    assert books["returns"][0]["lines"] == []


async def test_nothing_comes_back_twice(m3: Mi) -> None:
    orno = await sold(m3)
    await send_back(m3, orno, {"RORL": "1", "REQ0": "6"})
    repn = (await m3.records(HEAD, WHLO="001", RORN=orno, REPN="4711"))[0]["REPN"]
    assert repn == "4711"
    assert await m3.refused(HEAD, WHLO="001", RORN=orno, REPN="4711") == ("WRP0104", "REPN")
    again = {"WHLO": "001", "REPN": repn, "RORL": "1", "REQ0": "1"}
    assert await m3.refused(LINE, **again) == ("WRQ0105", "REQ0")
    other = {"CUTM": "TANDEM", "CUNM": "Bob", "CUA1": "2 High Street", "CUNO": "17"}
    await m3.records("CRS610MI/Add", **other)
    assert await m3.refused(HEAD, WHLO="001", RORN=orno, CUNO="17") == ("WOR0305", "CUNO")


async def test_what_is_not_delivered_cannot_come_back(m3: Mi) -> None:
    orno = await m3.order("uk-1", [{"ITNO": "22752", "ORQT": "51"}])
    await m3.still()
    repn = (await m3.records(HEAD, WHLO="001", RORN=orno))[0]["REPN"]
    refused = await m3.refused(LINE, WHLO="001", REPN=repn, RORL="1", REQ0="1")
    assert refused == ("WRQ0105", "REQ0")


async def test_a_clerk_takes_goods_back(m3: Mi, application: Application) -> None:
    await sold(m3)
    body = {"CUOR": "uk-1", "lines": [{"ITNO": "85123A", "REQ0": 1}], "YREF": "desk"}
    returned = await m3.act("returns", body)
    assert returned["lines"][0]["gross"] == 255
    books = await m3.still()
    assert books["credit_notes"][0]["gross"] == -255
    assert len(application.named("Sync.Invoice")) == 2
    over = {"CUOR": "uk-1", "lines": [{"ITNO": "85123A", "REQ0": 6}]}
    assert (await m3.act("returns", over, status=409))["code"] == "WRQ0105"
