"""The MI envelope, its options, and what is refused where."""

import json

import pytest

from streams.core.clock import SteppingClock
from tests.unit.connectors.m3.sandbox.conftest import Json, Mi, Start

LINE = {"ITNO": "85123A", "ORQT": "1", "SAPR": "2.55"}


@pytest.fixture
async def m3(start: Start) -> Mi:
    """A sandbox whose BODs stay with it."""
    return await start(step_ms=60_000)


async def test_the_envelope_of_one_call(m3: Mi) -> None:
    body = await m3.get("OIS100MI/AddBatchHead", {"CUNO": "GUEST", "returncols": "ORNO"})
    assert body == {
        "results": [
            {
                "transaction": "AddBatchHead",
                "notProcessed": False,
                "records": [{"ORNO": "0900000001"}],
            }
        ],
        "wasTerminated": False,
        "terminationReason": "",
        "terminationErrorType": "",
        "nrOfSuccessfullTransactions": 1,
        "nrOfFailedTransactions": 0,
        "nrOfNotProcessedTransactions": 0,
        "bulkJobId": "",
    }


async def test_a_refusal_of_m3_is_200_with_a_padded_message(m3: Mi) -> None:
    body = await m3.get("OIS100MI/AddBatchHead", {"CUNO": "NOBODY"})
    result = body["results"][0]
    assert " ".join(result["errorMessage"].split()) == "Customer NOBODY does not exist CUNO WCU0203"
    assert len(result["errorMessage"]) == 217
    assert (result["errorCode"], result["errorField"]) == ("WCU0203", "CUNO")
    assert result["errorType"] == "ServerReturnedNOK"
    assert "records" not in result


@pytest.mark.parametrize(
    "name",
    ["OIS100MI/AddHead", "GLS200MI/Add", "OIS300MI/LstHead", "MMS080MI/AddAdjust", "NONSENSE/Get"],
)
async def test_a_transaction_that_does_not_exist_is_400(m3: Mi, name: str) -> None:
    body = await m3.get(name, {}, status=400)
    assert body["errorType"] == "TransactionNotFound"
    assert body["results"] == []


@pytest.mark.parametrize(
    ("fields", "error", "field"),
    [
        ({"CUNO": "12345678901"}, "InputFieldTooLong", "CUNO"),
        ({"CUNO": "GUEST", "CUOR": "x" * 21}, "InputFieldTooLong", "CUOR"),
        ({"CUOR": "uk-1"}, "MandatoryInputFieldNotFound", "CUNO"),
        ({"CUNO": "  "}, "MandatoryInputFieldNotFound", "CUNO"),
        ({"CUNO": "GUEST", "RLHM": "noon"}, "InputFieldNotNumeric", "RLHM"),
    ],
)
async def test_a_field_that_does_not_fit_is_400(
    m3: Mi, fields: dict[str, str], error: str, field: str
) -> None:
    body = await m3.get("OIS100MI/AddBatchHead", fields, status=400)
    assert (body["errorType"], body["errorField"]) == (error, field)


async def test_a_checked_program_that_is_not_simulated_says_so(m3: Mi) -> None:
    fields = {"CONO": "100", "KEY1": "A", "INTN": "B", "DESC": "C"}
    body = await m3.get("GLS840MI/AddBatchHead", fields, status=400)
    assert body["errorType"] == "NotSimulated"
    body = await m3.get("GLS840MI/AddBatchHead", {**fields, "KEY1": "x" * 16}, status=400)
    assert body["errorType"] == "InputFieldTooLong"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"CUNO": "GUEST", "ORTP": "XXX"}, "WOT0103"),
        ({"CUNO": "GUEST", "CUCD": "ZZZ"}, "WCUCD03"),
        ({"CUNO": "GUEST", "WHLO": "009"}, "WWH0103"),
        ({"CUNO": "GUEST", "RLDT": "20101301"}, "WDA0101"),
        ({"CUNO": "GUEST", "RLDT": "2010-12-01"}, "WDA0101"),
        ({"CUNO": "GUEST", "cono": "200"}, "XAU0008"),
        ({"CUNO": "GUEST", "CONO": "200"}, "XAU0008"),
        ({"CUNO": "GUEST", "divi": "BBB"}, "WDI0103"),
    ],
)
async def test_a_head_that_m3_refuses(m3: Mi, fields: dict[str, str], code: str) -> None:
    assert (await m3.refused("OIS100MI/AddBatchHead", **fields))[0] == code


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"ITNO": "NONE"}, "WIT0103", "ITNO"),
        ({"ORQT": "0"}, "WQT0101", "ORQT"),
        ({"ORQT": "-1"}, "WQT0101", "ORQT"),
        ({"ORQT": ""}, "WQT0101", "ORQT"),
        ({"ORQT": "1,5"}, "WQT0101", "ORQT"),
        ({"SAPR": "1.1234567"}, "WSA0101", "SAPR"),
        ({"SAPR": "-1"}, "WSA0101", "SAPR"),
        ({"SACD": "0"}, "WSA0201", "SACD"),
        ({"DIA1": "2.56"}, "WDI0201", "DIA1"),
        ({"DIP1": "101"}, "WDI0201", "DIP1"),
        ({"ORNO": "0000000009"}, "WOR0303", "ORNO"),
    ],
)
async def test_a_line_that_m3_refuses(
    m3: Mi, change: dict[str, str], code: str, field: str
) -> None:
    orno = await m3.batch_order("uk-1", [])
    refused = await m3.refused("OIS100MI/AddBatchLine", **{"ORNO": orno, **LINE, **change})
    assert refused == (code, field)
    assert await m3.refused("OIS100MI/Confirm", ORNO=orno) == ("WPO0102", "ORNO")


async def test_an_order_is_confirmed_once(m3: Mi) -> None:
    batch = await m3.batch_order("uk-1", [LINE])
    final = (await m3.records("OIS100MI/Confirm", ORNO=batch))[0]["ORNO"]
    assert final != batch
    assert await m3.refused("OIS100MI/Confirm", ORNO=batch) == ("WOR0304", "ORNO")
    assert await m3.refused("OIS100MI/AddBatchLine", ORNO=batch, **LINE) == ("WOR0304", "ORNO")
    assert (await m3.admin("books"))["counts"]["orders"] == 1


async def test_options_shape_the_records(m3: Mi) -> None:
    orno = await m3.batch_order("uk-1", [LINE], RLDT="101224", dateformat="YMD6")
    name = "OIS100MI/GetBatchHead"
    asked = {"ORNO": orno, "returncols": "CUOR,RLDT,AGNT"}

    async def record(**options: str) -> dict[str, str]:
        return (await m3.records(name, **asked, **options))[0]

    assert await record() == {"CUOR": "uk-1", "RLDT": "20101224", "AGNT": ""}
    assert await record(excludeempty="true") == {"CUOR": "uk-1", "RLDT": "20101224"}
    assert (await record(dateformat="YMD8-"))["RLDT"] == "2010-12-24"
    assert (await record(dateformat="YWD5"))["RLDT"] == "10515"
    assert (await record(righttrim="false"))["CUOR"] == "uk-1".ljust(20)
    echoed = await m3.get(name, {"ORNO": orno, "extendedresult": "true"})
    assert echoed["results"][0]["parameters"] == {"ORNO": orno}


async def test_maxrecs_limits_and_zero_does_not(m3: Mi) -> None:
    fields = "MRS001MI/LstFields"
    asked = {"MINM": "CRS610MI", "TRNM": "LstByNumber", "TRTP": "O"}
    assert len(await m3.records(fields, **asked, maxrecs="3")) == 3
    everything = await m3.records(fields, **asked, maxrecs="0")
    assert everything[-1]["FLNM"] == "TAGY"
    assert await m3.records(fields, **asked) == everything[:100]


async def test_the_sdks_matrix_parameters_are_taken(m3: Mi) -> None:
    body = await m3.get("MRS001MI/LstPrograms;metadata=true;maxrecs=2;excludempty=true", {})
    assert [set(record) for record in body["results"][0]["records"]] == [{"MINM", "MIDS"}] * 2


async def test_metadata_tells_types_and_what_is_mandatory(m3: Mi) -> None:
    rows = await m3.records("MRS001MI/LstFields", MINM="OIS100MI", TRNM="AddBatchHead", TRTP="I")
    fields = {row["FLNM"]: (row["TYPE"], row["LENG"], row["MAND"]) for row in rows}
    assert fields["CUNO"] == ("A", "10", "1")
    assert fields["RLDT"] == ("D", "10", "0")
    assert fields["RLHM"] == ("N", "4", "0")


async def test_general_transactions_are_in_every_program(start: Start) -> None:
    m3 = await start(clock=SteppingClock(1_291_191_960_000))
    time = (await m3.records("CRS610MI/GetServerTime"))[0]
    assert (time["DATE"], time["TIME"]) == ("20101201", "082600")


async def test_a_bulk_call_is_not_atomic(m3: Mi) -> None:
    orno = await m3.batch_order("uk-1", [])
    body = await m3.bulk(
        "OIS100MI",
        [
            ("AddBatchLine", {"ORNO": orno, **LINE}),
            ("AddBatchLine", {"ORNO": orno, **LINE, "ITNO": "NONE"}),
            ("AddBatchLine", {"ORNO": orno, **LINE, "ITNO": "x" * 16}),
            {
                "transaction": "AddBatchLine",
                "record": {"ORNO": orno, "ITNO": "POST", "ORQT": 1, "SAPR": "3.95"},
                "selectedColumns": ["PONR"],
            },
        ],
        cono=100,
        divi="AAA",
    )
    assert (body["nrOfSuccessfullTransactions"], body["nrOfFailedTransactions"]) == (2, 2)
    results = body["results"]
    assert results[0]["records"][0]["PONR"] == "1"
    assert results[1]["errorCode"] == "WIT0103"
    assert results[2]["errorType"] == "InputFieldTooLong"
    assert results[3]["records"] == [{"PONR": "2"}]
    final = (await m3.records("OIS100MI/Confirm", ORNO=orno))[0]["ORNO"]
    assert (await m3.records("OIS100MI/GetOrderValue", ORNO=final))[0]["TOAM"] == "6.50"


async def test_an_unknown_transaction_ends_a_bulk_call_there(m3: Mi) -> None:
    head = ("AddBatchHead", {"CUNO": "GUEST", "CUOR": "uk-1"})
    body = await m3.bulk("OIS100MI", [head, ("AddHead", {}), head], status=400)
    assert body["wasTerminated"]
    assert body["terminationErrorType"] == "TransactionNotFound"
    assert body["nrOfSuccessfullTransactions"] == 1
    assert body["nrOfNotProcessedTransactions"] == 2
    assert [result["notProcessed"] for result in body["results"]] == [False, True, True]
    assert len((await m3.admin("books"))["unconfirmed"]) == 1


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("not json", "InvalidRequest"),
        ("[]", "InvalidRequest"),
        ('{"transactions": [{"transaction": "Get"}]}', "InvalidRequest"),
        ('{"program": "OIS100MI", "transactions": []}', "InvalidRequest"),
        ('{"transactions": [{"transaction": "GetHead"}], "program": "OIS100MI"}', "InvalidRequest"),
        ('{"program": "OIS100MI", "transactions": [{"record": {}}]}', "InvalidRequest"),
        (
            '{"program": "A", "transactions": [{"transaction": "Add", "record": {"A": []}}]}',
            "InvalidRequest",
        ),
        ('{"program": "OIS300MI", "transactions": [{"transaction": "X"}]}', "TransactionNotFound"),
        (
            json.dumps(
                {"program": "GENERAL", "transactions": [{"transaction": "GetServerTime"}] * 101}
            ),
            "TooManyTransactions",
        ),
    ],
)
async def test_a_bulk_body_that_cannot_be_run_is_400(m3: Mi, text: str, error: str) -> None:
    body = await m3.post(text, status=400)
    assert body["errorType"] == error


async def test_exportmi_finds_the_order_of_a_customers_number(m3: Mi) -> None:
    first = await m3.order("uk-1", [LINE])
    second = await m3.batch_order("uk-2", [LINE])

    async def rows(query: str, **more: str) -> list[str]:
        records = await m3.records("EXPORTMI/Select", QERY=query, **more)
        return [record["REPL"] for record in records]

    asked = "OAORNO,OACUNO,OACUOR from OOHEAD where OACUOR in ('uk-1', 'uk-2')"
    assert await rows(asked) == [f"{first};GUEST;uk-1"]
    assert await rows("OAORNO from OXHEAD where OACUOR = 'uk-2'") == [second]
    assert await rows("OAORNO from OOHEAD where OACUOR = 'uk-9'") == []
    headed = await rows("OKCUNO from OCUSMA where OKCUNO = 'GUEST'", HDRS="1", SEPC="|")
    assert headed == ["OKCUNO", "GUEST"]
    for query in (
        "drop table OOHEAD",
        "XXCUNO from OCUSMA",
        "OAORNO from OOHEAD where OACUOR like 'x'",
    ):
        assert await m3.refused("EXPORTMI/Select", QERY=query) == ("WQR0101", "QERY")
    assert (await m3.refused("EXPORTMI/Select", QERY="A from B"))[0] == "WFI0103"


async def test_orders_are_found_by_the_customers_number(m3: Mi) -> None:
    orno = await m3.order("uk-1", [LINE])
    found = await m3.records("OIS100MI/SearchHead", SQRY="CUOR:uk-1 AND CUNO:GUEST")
    assert [each["ORNO"] for each in found] == [orno]
    assert await m3.records("OIS100MI/SearchHead", SQRY='CUOR:"uk-2"') == []
    assert (await m3.refused("OIS100MI/SearchHead", SQRY="uk-1"))[0] == "WQR0101"
    lines = await m3.records("OIS100MI/LstLineBOD", ORNO=orno)
    assert [(line["ITNO"], line["ORQT"], line["ORST"]) for line in lines] == [("85123A", "1", "22")]


async def test_the_same_order_twice_is_two_orders_and_the_books_say_so(m3: Mi) -> None:
    await m3.order("uk-1", [LINE])
    second = await m3.order("uk-1", [LINE])
    books = await m3.admin("books")
    assert [order["ORNO"] for order in books["duplicates"]] == [second]
    assert books["totals"]["ordered"] == 510


async def test_an_address_needs_a_known_type_and_country(m3: Mi) -> None:
    orno = await m3.batch_order("uk-1", [LINE])
    name = "OIS100MI/AddBatchAddress"
    await m3.records(name, ORNO=orno, ADRT="1", CUNM="Ann", CUA1="1 High Street", CSCD="GB")
    assert (await m3.refused(name, ORNO=orno, ADRT="9"))[0] == "WAD0101"
    assert (await m3.refused(name, ORNO=orno, ADRT="1", CSCD="QQ"))[0] == "WCS0403"


async def test_calls_are_counted(m3: Mi) -> None:
    before: Json = await m3.admin("calls")
    await m3.bulk("GENERAL", [("GetServerTime", {})] * 3)
    after = await m3.admin("calls")
    assert after["requests"] - before["requests"] == 1
    assert after["by_name"]["GENERAL/GetServerTime"] == 3
