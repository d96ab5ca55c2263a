"""CRS610MI, MMS200MI and MMS060MI as clients see them."""

import pytest

from tests.unit.connectors.m3.sandbox.conftest import Application, Mi

ANN = {"CUTM": "TANDEM", "CUNM": "Ann Example", "CUA1": "1 High Street", "ALCU": "uk-17"}


async def test_a_customer_is_made_from_the_template(m3: Mi, application: Application) -> None:
    given = (await m3.records("CRS610MI/Add", CUNO="17850", **ANN))[0]["CUNO"]
    made = (await m3.records("CRS610MI/Add", **ANN))[0]["CUNO"]
    assert (given, made) == ("17850", "10000001")
    record = (await m3.records("CRS610MI/GetBasicData", CUNO="17850"))[0]
    assert (record["CUNM"], record["CUCD"], record["STAT"]) == ("Ann Example", "GBP", "20")
    bods = await application.wait_for("Sync.CustomerPartyMaster", 2)
    assert bods[0].texts(".//m:CustomerPartyMaster/m:Name") == ["Ann Example"]


async def test_what_m3_refuses_of_a_customer(m3: Mi) -> None:
    await m3.records("CRS610MI/Add", CUNO="17850", **ANN)
    add = "CRS610MI/Add"
    assert await m3.refused(add, CUNO="17850", **ANN) == ("WCU0204", "CUNO")
    assert await m3.refused(add, **{**ANN, "CUTM": "NONE"}) == ("WCU0403", "CUTM")
    assert await m3.refused("CRS610MI/GetBasicData", CUNO="1") == ("WCU0203", "CUNO")
    books = await m3.admin("books")
    assert books["counts"]["customers"] == 2


async def test_a_name_with_control_characters_does_not_spoil_the_bod(
    m3: Mi, application: Application
) -> None:
    await m3.records("CRS610MI/Add", **{**ANN, "CUNM": "Ann\x0b<Example> & Son"})
    bods = await application.wait_for("Sync.CustomerPartyMaster")
    assert bods[0].texts(".//m:CustomerPartyMaster/m:Name") == ["Ann <Example> & Son"]


async def test_a_customer_is_changed_and_found(m3: Mi, application: Application) -> None:
    await m3.records("CRS610MI/Add", CUNO="17850", **ANN)
    await m3.records("CRS610MI/ChgBasicData", CUNO="17850", TOWN="Leeds")
    record = (await m3.records("CRS610MI/GetBasicData", CUNO="17850"))[0]
    assert (record["TOWN"], record["CUA1"]) == ("Leeds", "1 High Street")
    await application.wait_for("Sync.CustomerPartyMaster", 2)
    for query in ("ALCU:uk-17", 'CUNM:"Ann Example"', "CUNO:17850"):
        found = await m3.records("CRS610MI/SearchCustomer", SQRY=query)
        assert [each["CUNO"] for each in found] == ["17850"]
    listed = await m3.records("CRS610MI/LstByNumber", CUNO="17851", returncols="CUNO")
    assert listed == [{"CUNO": "GUEST"}]


async def test_an_item_and_its_balance(m3: Mi) -> None:
    item = {"STAT": "20", "ITDS": "New", "RESP": "X", "UNMS": "EA", "ITTY": "A", "MABU": "1"}
    await m3.records("MMS200MI/AddItmBasic", ITNO="NEW", PRVG="1", **item)
    again = await m3.refused("MMS200MI/AddItmBasic", ITNO="NEW", PRVG="1", **item)
    assert again == ("WIT0104", "ITNO")
    assert (await m3.records("MMS200MI/GetItmBasic", ITNO="NEW"))[0]["ITDS"] == "New"
    balance = (await m3.records("MMS200MI/GetItmWhsBal", WHLO="001", ITNO="85123A"))[0]
    assert (balance["STQT"], balance["ALQT"]) == ("1000", "0")
    assert (await m3.records("MMS060MI/Get", WHLO="001", ITNO="85123A"))[0]["STQT"] == "1000"
    listed = await m3.records("MMS060MI/LstBalID", WHLO="001", returncols="ITNO")
    assert [each["ITNO"] for each in listed] == ["85123A", "22752", "NEW"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"WHLO": "009", "ITNO": "85123A"}, "WWH0103"), ({"WHLO": "001", "ITNO": "X"}, "WIT0103")],
)
async def test_a_balance_that_does_not_exist(m3: Mi, fields: dict[str, str], code: str) -> None:
    assert (await m3.refused("MMS060MI/Get", **fields))[0] == code
