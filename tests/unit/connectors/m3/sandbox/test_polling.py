"""What changed since: tables by LMTS, lists by number and date, for whoever missed a BOD."""

import pytest

from connectors.m3.sandbox.catalogue import programs
from connectors.m3.sandbox.tables import tables
from streams.core.clock import SteppingClock
from tests.unit.connectors.m3.sandbox.conftest import Json, Mi, Start

T0 = 1_291_191_960_000
DAY = 86_400_000
LINE = {"ITNO": "85123A", "ORQT": "1", "SAPR": "2.55"}


async def rows(m3: Mi, query: str, **more: str) -> list[str]:
    records = await m3.records("EXPORTMI/Select", QERY=query, **more)
    return [record["REPL"] for record in records]


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock(T0)


@pytest.fixture
async def m3(start: Start, clock: SteppingClock) -> Mi:
    return await start(clock=clock, step_ms=0, return_ms=0, token_seconds=10**6)


async def test_orders_that_changed_since(m3: Mi, clock: SteppingClock) -> None:
    first = await m3.order("uk-1", [LINE])
    await m3.still()
    clock.advance(1000)
    second = await m3.order("uk-2", [{**LINE, "ORQT": "5000"}])
    await m3.still()
    asked = f"OAORNO,OAORSL,OAORST,OALMTS from OOHEAD where OALMTS > {T0}"
    assert await rows(m3, asked) == [f"{second};22;22;{T0 + 1000}"]
    clock.advance(1000)
    await m3.act("items", [{"ITNO": "85123A", "STQT": 6000}])
    await m3.still()
    assert await rows(m3, asked) == [f"{second};77;77;{T0 + 2000}"]
    assert await rows(m3, f"OAORNO from OOHEAD where OALMTS<={T0} and OACONO=100") == [first]
    balances = f"MBITNO,MBSTQT from MITBAL where MBLMTS > {T0}"
    assert await rows(m3, balances) == ["85123A;1000"]
    lines = f"OBORNO,OBPONR,OBORST,OBDLQT,OBIVQT from OOLINE where OBLMTS >= {T0 + 2000}"
    assert await rows(m3, lines) == [f"{second};1;77;0;5000"]
    assert await rows(m3, f"OBITNO from OOLINE where OBORNO = '{first}'") == ["85123A"]


async def test_each_table_tells_its_part_of_a_sale(m3: Mi) -> None:
    orno = await m3.order("uk-1", [LINE])
    books = await m3.still()
    bill = books["invoices"]["uk-1"]["CINO"]
    for query, row in {
        "UADLIX,UAORST,UAIVNO,UADLDT from ODHEAD": f"1000001;77;{bill};20101201",
        f"UBITNO,UBDLQT from ODLINE where UBORNO = '{orno}'": "85123A;1",
        "UHIVNO,UHIVTP,UHRXIN from OINVOH where UHYEA4 = 2010": f"{bill};31;",
        f"ESCUAM,ESRECO from FSLEDG where ESCINO = '{bill}'": "2.55;0",
        "MBSTQT,MBALQT,MBLMTS from MITBAL where MBITNO in ('85123A')": f"999;0;{T0}",
        "MMITDS,MMSAPR from MITMAS where MMITNO = '22752'": "Babushka nesting boxes;7.65",
        "OKCUNM from OCUSMA where OKCUNO <> 'X'": "Guest of the shop",
    }.items():
        assert await rows(m3, query) == [row]
    for day, count in (("20101202", 0), ("20101201", 1)):
        assert len(await rows(m3, f"UHIVNO from OINVOH where UHLMDT >= {day}")) == count
    padded = await m3.records("EXPORTMI/SelectPad", QERY="MMITNO,MMSTCD from MITMAS", HDRS="1")
    assert padded[1]["REPL"] == "POST           ;0"


@pytest.mark.parametrize("file", tables())
async def test_every_table_tells_its_columns_and_takes_each_of_them(m3: Mi, file: str) -> None:
    orno = await m3.order("uk-1", [LINE])
    await m3.still()
    await m3.act("returns", {"CUOR": "uk-1", "lines": [{"PONR": 1, "REQ0": 1}]})
    await m3.still()
    fields = await m3.records("EXPORTMI/LstFields", FILE=file, maxrecs="0")
    names = [field["FLDN"] for field in fields]
    prefix = names[0][:2]
    assert {f"{prefix}LMTS", f"{prefix}CONO"} <= set(names)
    assert orno
    for name in names:
        found = await rows(m3, f"{name},{prefix}CONO from {file}")
        assert found
        assert all(row.endswith(";100") for row in found)


@pytest.mark.parametrize("program", programs())
async def test_every_transaction_tells_its_fields(m3: Mi, program: str) -> None:
    for name, transaction in programs()[program].transactions.items():
        for side, fields in (("I", transaction.inputs), ("O", transaction.outputs)):
            told = await m3.records(
                "MRS001MI/LstFields", MINM=program, TRNM=name, TRTP=side, maxrecs="0"
            )
            assert [row["FLNM"] for row in told] == list(fields)
            shown = await m3.records(
                "MRS001MI/LstAdtFieldInf", MINM=program, TRNM=name, TRTP=side, maxrecs="0"
            )
            assert [row["FLNM"] for row in shown] == list(fields)
            assert [int(row["LENG"]) for row in told] == [field.length for field in fields.values()]


async def test_orders_are_searched_by_status_and_day(m3: Mi, clock: SteppingClock) -> None:
    await m3.order("uk-1", [LINE])
    await m3.still()
    clock.advance(DAY)
    waiting = await m3.order("uk-2", [{**LINE, "ORQT": "5000"}])
    await m3.still()

    async def found(query: str) -> list[str]:
        records = await m3.records("OIS100MI/SearchHead", SQRY=query)
        return [record["ORNO"] for record in records]

    assert await found("ORSL:22") == await found("ORDT:[20101202 TO *]") == [waiting]
    assert await found("ORST:[66 TO 99] AND LMDT:20101201") == ["0010000001"]
    assert await found("LMDT:[* TO 20101130]") == []
    heads = await m3.records("OIS100MI/LstHead", CUNO="GUEST", ORSL="22", ORST="33")
    assert [head["ORNO"] for head in heads] == [waiting]
    assert (await m3.refused("OIS100MI/SearchHead", SQRY="ORST:[66"))[0] == "WQR0101"


async def test_invoices_go_on_by_number(m3: Mi) -> None:
    for number in range(3):
        await m3.order(f"uk-{number}", [LINE])
    await m3.still()
    year = "2010"
    every = await m3.records("OIS350MI/LstInvHead", YEA4=year)
    later = await m3.records("OIS350MI/LstInvHead", YEA4=year, IVNO=every[1]["IVNO"])
    assert later == every[1:]
    searched = await m3.records("ARS200MI/SearchInvoices", SQRY="IVDT:[20101201 TO *] AND RECO:0")
    assert [row["CINO"] for row in searched] == [row["IVNO"] for row in every]
    first = every[0]["IVNO"]
    for kind, count in (("31", 1), ("32", 0)):
        lines = await m3.records("OIS350MI/LstInvLineByTyp", YEA4=year, IVNO=first, IVTP=kind)
        assert len(lines) == count


async def test_an_invoice_and_its_credit_note_line_by_line(m3: Mi) -> None:
    lines = [{**LINE, "ORQT": "6"}, {"ITNO": "POST", "ORQT": "1", "SAPR": "3.95"}]
    orno = await m3.order("uk-1", lines)
    await m3.still()
    await m3.act("returns", {"CUOR": "uk-1", "lines": [{"PONR": 1, "REQ0": 2}]})
    books = await m3.still()
    bill, note = books["invoices"]["uk-1"], books["credit_notes"][0]

    async def shown(invoice: Json) -> tuple[dict[str, str], list[tuple[str, ...]]]:
        key = {"CINO": invoice["CINO"], "INYR": str(invoice["INYR"])}
        head = (await m3.records("INVBODMI/GetHeader", **key))[0]
        found = await m3.records("INVBODMI/SelLines", **key)
        names = ("RIDN", "RIDL", "ITNO", "IVQT", "EXTA", "TAMT")
        return head, [tuple(line[name] for name in names) for line in found]

    head, billed = await shown(bill)
    assert billed == [
        (orno, "1", "85123A", "6", "12.75", "2.55"),
        (orno, "2", "POST", "1", "3.29", "0.66"),
    ]
    assert (head["EXTA"], head["TAMT"], head["RXIN"]) == ("16.04", "3.21", "")
    head, credited = await shown(note)
    by = credited[0][0]
    assert credited == [(by, "1", "85123A", "-2", "-4.25", "-0.85")]
    (returned,) = await rows(m3, f"OBREPN from OOLINE where OBORNO = '{by}' and OBPONR = 1")
    assert await rows(m3, f"OCRORN from OCHEAD where OCREPN = {returned}") == [orno]
    assert (head["IVTP"], head["RXIN"]) == ("32", bill["CINO"])
    assert (await m3.refused("INVBODMI/GetHeader", INYR="2010", CINO="1"))[0] == "WIN0103"


async def test_items_by_the_day_they_changed(m3: Mi, clock: SteppingClock) -> None:
    clock.advance(DAY)
    await m3.act("items", [{"ITNO": "22752", "price": "8.00", "STQT": 50}])
    name = "MMS200MI/LstItmByChgDate"
    changed = await m3.records(name, FLMD="20101202", returncols="ITNO,LMDT")
    assert changed == [{"ITNO": "22752", "LMDT": "20101202"}]
    before = await m3.records(name, FLMD="20101201", TLMD="20101201", returncols="ITNO")
    assert before == [{"ITNO": "85123A"}]
