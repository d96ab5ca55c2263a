"""The BODs that Tandem writes: their envelope, their parts, their order."""

from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import connectors.m3
from connectors.m3 import process
from connectors.m3.documents import read
from connectors.m3.origin import Origin, origin
from connectors.m3.process import Bod, Sender
from connectors.mapping.folder import load_mappings
from connectors.mapping.text import one_line
from streams.core.errors import Rejected
from streams.messages.parts import Address
from tests.unit.connectors.m3.conftest import ANN, customer, order
from tests.unit.connectors.m3.test_bods import BODS

RULES = load_mappings(Path(connectors.m3.__file__).parent)
SENDER = Sender("TANDEM_TST", "100_AAA", "lid://infor.ims.tandem")


def root(bod: Bod) -> Element:
    return read(bod.payload).element


def outline(element: Element) -> list[str]:
    return [each.tag for each in element]


@pytest.mark.parametrize(
    "bod",
    [
        process.sales_order(order(), RULES, SENDER),
        process.customer(customer(), RULES, SENDER),
    ],
    ids=lambda bod: bod.document_name,
)
def test_the_published_examples_are_what_is_sent(bod: Bod) -> None:
    file = BODS / f"{bod.document_name.replace('.', '')}.xml"
    assert file.read_bytes().rstrip() == bod.payload


def test_an_order_s_envelope_says_who_asks_whom_for_what() -> None:
    bod = process.sales_order(order(), RULES, SENDER)
    assert (bod.document_name, bod.message_id) == ("Process.SalesOrder", "command-uk-536365")
    assert bod.payload.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<ProcessSalesOrder ")
    assert b'xmlns="http://schema.infor.com/InforOAGIS/2"' in bod.payload
    area, data = root(bod)
    assert area.findtext("Sender/LogicalID") == "lid://infor.ims.tandem"
    assert area.findtext("CreationDateTime") == "1970-01-01T00:00:00.001Z"
    assert area.findtext("BODID") == (
        "infor-nid:TANDEM_TST:100_AAA::uk-536365:command-uk-536365?SalesOrder&verb=Process"
    )
    assert data.findtext("Process/TenantID") == "TANDEM_TST"
    assert data.findtext("Process/AccountingEntityID") == "100_AAA"
    action = data.find("Process/ActionCriteria/ActionExpression")
    assert action is not None
    assert action.get("actionCode") == "Add"


def test_an_order_s_parts_come_in_their_order() -> None:
    noun = root(process.sales_order(order(customer_note="Ring twice"), RULES, SENDER))[1][1]
    assert outline(noun) == ["SalesOrderHeader", *["SalesOrderLine"] * 3]
    header, goods, _, postage = noun
    assert outline(header) == [
        "Note",
        "CustomerParty",
        "ShipToParty",
        "PurchaseOrderReference",
        "TotalAmount",
        "UserArea",
    ]
    assert outline(goods) == ["LineNumber", "Item", "Quantity", "UnitPrice", "UserArea"]
    assert [line.findtext("LineNumber") for line in noun[1:]] == ["1000", "2000", "3000"]
    assert postage.findtext("Item/ItemID/ID") == "POST"
    total = header.find("TotalAmount")
    assert total is not None
    assert (total.text, total.get("currencyID")) == ("35.60", "GBP")


def test_an_address_s_lines_are_numbered() -> None:
    long = ANN.model_copy(update={"address_1": "The Old Warehouse behind the Grand Canal, Unit 17"})
    noun = root(process.customer(customer(address=long), RULES, SENDER))[1][1]
    address = noun.find("Location/Address")
    assert address is not None
    assert [(line.get("sequence"), line.text) for line in address.findall("AddressLine")] == [
        ("1", "The Old Warehouse behind the Grand"),
        ("2", "Canal, Unit 17"),
    ]
    assert outline(address) == [
        "AddressLine",
        "AddressLine",
        "CityName",
        "CountryCode",
        "PostalCode",
    ]


@given(st.text(), st.text(), st.text())
def test_whatever_people_write_is_well_formed_and_comes_back(
    name: str, street: str, note: str
) -> None:
    address = Address(last_name=f"N{name}", address_1=f"S{street}", city="Leeds", country="GB")
    command = order(ship_to=address, customer_note=note)
    try:
        fields = RULES["bod_order_head"](command.model_dump())
    except Rejected:
        assume(False)
    header = root(process.sales_order(command, RULES, SENDER))[1][1][0]
    assert header.findtext("ShipToParty/Name") == fields["ShipToParty/Name"]
    line = "ShipToParty/Location/Address/AddressLine"
    assert [each.text for each in header.findall(line)] == [
        fields[f"{line}{n}"] for n in range(1, 5) if f"{line}{n}" in fields
    ]
    notes = [each.text or "" for each in header.findall("Note")]
    assert "".join("".join(notes).split()) == "".join(one_line(note).split())


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_bodid_names_its_command(key: str, command_id: str) -> None:
    bod_id = Origin(key, command_id).bod_id("T:?", "100_AAA", "SalesOrder")
    assert origin(bod_id) == Origin(key, command_id)
    assert bod_id.isascii()


@pytest.mark.parametrize(
    "bod_id",
    ["", "6f1c2f6e-0d0c-4c6c-9d5c-0b7c4f6e0d0c", "infor-nid:T:100_AAA::uk-1?SalesOrder&verb=Sync"],
)
def test_a_bodid_of_somebody_else_names_none(bod_id: str) -> None:
    assert origin(bod_id) is None
