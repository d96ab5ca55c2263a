"""ION in both directions: the forms BODs are handed over in, and what M3 does with Process BODs."""

import base64
from typing import Any

import pytest
from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestServer
from defusedxml.ElementTree import fromstring

from connectors.m3.sandbox.oagis import NAMESPACE
from tests.unit.connectors.m3.sandbox.conftest import Application, Bod, Json, Mi, Start

IMS = "/TANDEM_TST/IONSERVICES/api/ion/messaging/service"
LINE = {"ITNO": "85123A", "ORQT": "1", "SAPR": "2.55"}


class Older:
    """An application that says what it offers, and takes messages in any form."""

    def __init__(self, offers: dict[str, Any]):
        self.offers = offers
        self.taken: dict[str, list[Json]] = {}
        self.asked: list[str] = []

    async def handle(self, request: web.Request) -> web.Response:
        name = request.path.removeprefix("/ims/service/")
        assert request.headers["X-TenantId"] == "TANDEM_TST"
        assert request.headers["Authorization"] == encode_basic_auth("ion", "sandbox-ion-secret")
        if request.method == "GET":
            self.asked.append(name)
            return (
                web.json_response(self.offers[name])
                if name in self.offers
                else web.Response(status=404)
            )
        if request.content_type == "application/json":
            message = await request.json()
            message["text"] = message["document"]["value"]
        elif request.content_type.startswith("multipart/"):
            parts = await request.post()
            message = {"text": bytes(parts["MessagePayload"]).decode()}  # type: ignore[arg-type]
        else:
            names = ("documentName", "messageId", "fromLogicalId")
            message = {each: request.headers[f"X-Infor-ION-{each}"] for each in names}
            message["text"] = await request.text()
        self.taken.setdefault(name, []).append(message)
        return web.Response(status=201)


async def sold(start: Start, older: Older, ims: str) -> Mi:
    app = web.Application()
    app.router.add_route("*", "/ims/service/{name:.+}", older.handle)
    async with TestServer(app) as server:
        m3 = await start(bod_url=str(server.make_url("/ims")), ims=ims)
        await m3.order("uk-1", [LINE])
        await m3.still()
    return m3


@pytest.mark.parametrize(
    ("offers", "asked", "form"),
    [
        ({"protocol": {"version": "v3"}}, ["protocol"], "v3/multipartMessage"),
        ({"protocol": {"version": "2.0"}}, ["protocol"], "v2/multipartMessage"),
        ({"versions": ["v1", "v2"]}, ["protocol", "versions"], "v2/multipartMessage"),
        ({"versions": ["v2", "v3"]}, ["protocol", "versions"], "v3/multipartMessage"),
        ({}, ["protocol", "versions"], "v2/multipartMessage"),
    ],
)
async def test_bods_go_by_what_the_application_offers(
    start: Start, offers: dict[str, Any], asked: list[str], form: str
) -> None:
    older = Older(offers)
    await sold(start, older, "discovered")
    assert set(older.taken) == {form}
    assert set(older.asked) == set(asked)
    names = {fromstring(message["text"]).tag.partition("}")[2] for message in older.taken[form]}
    assert {"SyncSalesOrder", "SyncShipment", "SyncInvoice"} <= names


@pytest.mark.parametrize("form", ["v2/message", "v3/message/multipart"])
async def test_each_form_carries_the_parameters_and_the_bod(start: Start, form: str) -> None:
    older = Older({})
    await sold(start, older, form)
    assert older.asked == []
    sent = older.taken[form]
    assert {"Sync.SalesOrder", "Sync.Invoice"} <= {message["documentName"] for message in sent}
    assert len({message["messageId"] for message in sent}) == len(sent)
    assert all(fromstring(message["text"]).tag.startswith(f"{{{NAMESPACE}}}") for message in sent)


def process(noun: str, body: str, action: str = "Add", entity: str = "100_AAA") -> str:
    return (
        f'<Process{noun} xmlns="{NAMESPACE}"><ApplicationArea><Sender><LogicalID>lid://infor.ims.'
        "tandem</LogicalID></Sender><CreationDateTime>2010-12-01T08:26:00.000Z</CreationDateTime>"
        f"<BODID>bod-1</BODID></ApplicationArea><DataArea><Process><AccountingEntityID>{entity}"
        f'</AccountingEntityID><ActionCriteria><ActionExpression actionCode="{action}"/>'
        f"</ActionCriteria></Process><{noun}>{body}</{noun}></DataArea></Process{noun}>"
    )


def order(item: str = "85123A", cuno: str = "GUEST") -> str:
    def line(itno: str, quantity: str, price: str, more: str = "") -> str:
        return (
            f"<SalesOrderLine><Item><ItemID><ID>{itno}</ID></ItemID></Item><Quantity>{quantity}"
            f"</Quantity><UnitPrice><Amount>{price}</Amount></UnitPrice>{more}</SalesOrderLine>"
        )

    discount = '<UserArea><Property><NameValue name="DIA1">1.00</NameValue></Property></UserArea>'
    return (
        f"<SalesOrderHeader><CustomerParty><PartyIDs><ID>{cuno}</ID></PartyIDs></CustomerParty>"
        "<ShipToParty><Name>Ann Example</Name><Location><Address><AddressLine sequence='1'>1 High "
        "Street</AddressLine><CityName>Leeds</CityName><CountryCode>GB</CountryCode><PostalCode>LS1"
        " 4AP</PostalCode></Address></Location></ShipToParty><PurchaseOrderReference><DocumentID>"
        "<ID>uk-1</ID></DocumentID></PurchaseOrderReference><UserArea><Property><NameValue "
        'name="ORTP">WBO</NameValue></Property></UserArea></SalesOrderHeader>'
        + line(item, "6", "2.55", discount)
        + line("POST", "1", "3.95")
    )


async def send(
    m3: Mi, name: str, text: str, number: str = "1", encoding: str = "NONE", status: int = 201
) -> None:
    if encoding == "BASE64":
        text = base64.b64encode(text.encode()).decode()
    message = {
        "documentName": name,
        "messageId": number,
        "fromLogicalId": "lid://infor.ims.tandem",
        "toLogicalId": "lid://default",
        "document": {"value": text, "encoding": encoding, "characterSet": "UTF-8"},
    }
    async with m3.http.post(f"{IMS}/v2/message", json=message, headers=m3.headers) as answer:
        assert answer.status == status, await answer.text()


def action(bod: Bod) -> str | None:
    found = bod.root.find(f".//{{{NAMESPACE}}}ResponseExpression")
    assert found is not None
    return found.get("actionCode")


@pytest.mark.parametrize("encoding", ["NONE", "BASE64"])
async def test_an_order_is_entered_and_acknowledged(
    m3: Mi, application: Application, encoding: str
) -> None:
    await send(m3, "Process.SalesOrder", process("SalesOrder", order()), encoding=encoding)
    bod = (await application.wait_for("Acknowledge.SalesOrder"))[0]
    books = await m3.still()
    entered = books["orders"]["uk-1"]
    assert (entered["total"], entered["state"]) == (1530 - 100 + 395, "77")
    assert action(bod) == "Accepted"
    assert bod.texts(".//m:SalesOrderHeader/m:DocumentID/m:ID") == [entered["ORNO"]]
    assert bod.texts(".//m:PurchaseOrderReference/m:DocumentID/m:ID") == ["uk-1"]
    assert bod.texts(".//m:OriginalApplicationArea/m:BODID") == ["bod-1"]
    head = (await m3.records("OIS100MI/GetHead", ORNO=entered["ORNO"]))[0]
    assert (head["ORTP"], head["CUNO"]) == ("WBO", "GUEST")
    address = (await m3.records("OIS100MI/GetAddress", ORNO=entered["ORNO"], ADRT="1"))[0]
    assert (address["CUNM"], address["TOWN"], address["PONO"]) == (
        "Ann Example",
        "Leeds",
        "LS1 4AP",
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (process("SalesOrder", order("NONE")), "WIT0103"),
        (process("SalesOrder", order("x" * 16)), "XIN0001"),
        (process("SalesOrder", order(cuno="NOBODY")), "WCU0203"),
        (process("SalesOrder", order(), entity="200_AAA"), "XAU0008"),
        (process("SalesOrder", ""), "XIN0001"),
        ("<Other/>", "XAU0008"),
    ],
)
async def test_an_order_that_mi_would_refuse_is_rejected_whole(
    m3: Mi, application: Application, text: str, code: str
) -> None:
    await send(m3, "Process.SalesOrder", text)
    bod = (await application.wait_for("Acknowledge.SalesOrder"))[0]
    assert action(bod) == "Rejected"
    assert bod.texts(".//m:ChangeStatus/m:Code") == [code]
    assert bod.texts(".//m:ChangeStatus/m:Reason") != [""]
    books = await m3.still()
    assert books["orders"] == {}
    assert books["unconfirmed"] == []


async def test_a_message_that_came_before_is_not_worked_off_again(
    m3: Mi, application: Application
) -> None:
    for number in ("1", "1", "2"):
        await send(m3, "Process.SalesOrder", process("SalesOrder", order()), number)
    await application.wait_for("Acknowledge.SalesOrder", 2)
    books = await m3.still()
    assert books["counts"]["orders"] == 2
    assert len(application.named("Acknowledge.SalesOrder")) == 2
    received: Any = await m3.admin("ion")
    assert len(received) == 3


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("not xml", "NONE"), ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "NONE"), ("<a/>", "ZIP")],
)
async def test_what_is_no_xml_is_not_taken(m3: Mi, text: str, encoding: str) -> None:
    await send(m3, "Process.SalesOrder", text, encoding=encoding, status=400)
    received: Any = await m3.admin("ion")
    assert received == []


CUSTOMER = (
    "<Name>{}</Name><Location><Address><AddressLine>1 High Street</AddressLine><CityName>Leeds"
    "</CityName></Address></Location><Communication><ChannelCode>EMail</ChannelCode><URI>ann@"
    "example.com</URI></Communication><UserArea><Property><NameValue name='ALCU'>uk-17</NameValue>"
    "</Property></UserArea>"
)
PARTY = "<PartyIDs><ID>17850</ID></PartyIDs>"


async def test_a_customer_is_entered_changed_and_refused(m3: Mi, application: Application) -> None:
    name = "Process.CustomerPartyMaster"

    async def sent(action_code: str, named: str, number: str, party: str = PARTY) -> None:
        body = party + CUSTOMER.format(named)
        await send(m3, name, process("CustomerPartyMaster", body, action_code), number)

    await sent("Add", "Ann Example", "1")
    await sent("Replace", "Ann Other", "2")
    await sent("Add", "Ann Third", "3")
    await sent("Add", "Bob", "4", party="")
    bods = await application.wait_for("Acknowledge.CustomerPartyMaster", 4)
    numbers = sorted((action(bod), *bod.texts(".//m:PartyIDs/m:ID")) for bod in bods)
    assert numbers == [
        ("Accepted", "10000001"),
        ("Accepted", "17850"),
        ("Accepted", "17850"),
        ("Rejected", "17850"),
    ]
    record = (await m3.records("CRS610MI/GetBasicData", CUNO="17850"))[0]
    assert (record["CUNM"], record["MAIL"], record["ALCU"]) == (
        "Ann Other",
        "ann@example.com",
        "uk-17",
    )
    assert (record["CUA1"], record["TOWN"]) == ("1 High Street", "Leeds")
    refused = next(bod for bod in bods if action(bod) == "Rejected")
    assert refused.texts(".//m:ChangeStatus/m:Code") == ["WCU0204"]
