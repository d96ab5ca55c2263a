"""ION Messaging Service, versions 2 and 3: whichever brings a document, the events are the same."""

import base64
import json
import zlib
from html import escape
from pathlib import Path
from typing import Any

import pytest

from connectors.m3.bridge import bod_bridge
from connectors.m3.ionapi import IonApi
from connectors.m3.sandbox.ims_forms import FORMS, offered, pack
from streams.core.clock import SteppingClock
from streams.core.connector import Bridge, Request
from streams.core.errors import CardData, Rejected, Unauthenticated
from streams.core.message import Message
from streams.core.metrics import Metrics
from streams.ingress import Ingress
from streams.messages.ops import DeadLetter
from tests.unit.connectors.m3.conftest import Doors, order, settings
from tests.unit.connectors.m3.test_bods import BODS, BOMB, bod
from tests.unit.connectors.m3.test_bridge import headers
from tests.unit.connectors.m3.test_ionapi import FILE

INVOICE = bod("Invoice")
CARD = "4111 1111 1111 1111"
LEAKING = bod("Invoice", ("<TotalAmount ", f"<Note>{CARD}</Note><Removed "))
PARAMETERS = {
    "documentName": "Sync.Invoice",
    "messageId": "0b7c",
    "fromLogicalId": "lid://infor.m3.m3",
    "toLogicalId": "lid://infor.ims.tandem",
    "encoding": "NONE",
    "characterSet": "UTF-8",
}
each_form = pytest.mark.parametrize("form", FORMS)


@pytest.fixture
def bridge() -> Bridge:
    ionapi = IonApi.model_validate({**FILE, "ti": "TANDEM_TST"})
    return bod_bridge(settings(Path("x"), ims_secret="s3cret"), ionapi, SteppingClock())


def posted(form: str, document: bytes, **more: str) -> Request:
    """A document in one of ION's forms."""
    packed = pack(form, PARAMETERS, document)
    lower = {name.lower(): value for name, value in packed.headers.items()}
    path = f"/ims/service/{packed.path}"
    return Request("POST", path, {**headers(), **lower, **more}, {}, packed.body)


def asked(body: Any, kind: str = "application/json") -> Request:
    """A `v2/message`."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request("POST", "/ims/service/v2/message", headers(content_type=kind), {}, data)


def in_json(value: Any, encoding: str = "NONE") -> dict[str, Any]:
    return {"documentName": "Sync.Invoice", "document": {"value": value, "encoding": encoding}}


def in_xml(value: str, encoding: str = "NONE") -> bytes:
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n<messageRequest xmlns='http://x'>"
        "<documentName>Sync.Invoice</documentName><messageId>1</messageId><document>"
        f"<value>{value}</value><encoding>{encoding}</encoding><characterSet>UTF-8</characterSet>"
        "</document></messageRequest>"
    ).encode()


@pytest.mark.parametrize("path", sorted(BODS.glob("*.xml")), ids=lambda path: path.stem)
def test_a_document_gives_the_same_by_every_form(bridge: Bridge, path: Path) -> None:
    """Field by field, id by id; what Tandem does not take is refused in the same words."""
    document = path.read_bytes()
    seen: list[tuple[Any, ...]] = []
    for form in FORMS:
        try:
            seen.append(bridge.receive(posted(form, document)).messages)
        except Rejected as refused:
            seen.append((refused.reason,))
    assert seen[0]
    assert all(each == seen[0] for each in seen)


BASE64 = base64.b64encode(INVOICE).decode()
DEFLATED = base64.b64encode(zlib.compress(INVOICE)).decode()


@pytest.mark.parametrize(
    "body",
    [
        in_json(INVOICE.decode()),
        in_json(BASE64, "BASE64"),
        in_json(DEFLATED, "BASE64_DEFLATE"),
        in_json("\n" + INVOICE.decode()),
        in_json(INVOICE.decode().replace("UTF-8", "ISO-8859-1")),
        in_json(INVOICE.decode().replace("UTF-8", "UTF-16")),
        in_xml(escape(INVOICE.decode())),
        in_xml(f"<![CDATA[{INVOICE.decode()}]]>"),
        in_xml(BASE64, "BASE64"),
        in_xml(DEFLATED, "DEFLATE_BASE64"),
    ],
)
def test_each_way_to_write_a_message_of_version_2_is_taken(bridge: Bridge, body: Any) -> None:
    kind = "text/xml" if isinstance(body, bytes) else "application/json"
    received = bridge.receive(asked(body, kind))
    assert received.status == 201
    assert received.messages == bridge.receive(posted("v3/multipartMessage", INVOICE)).messages


def test_letters_outside_ascii_are_read_as_they_were(bridge: Bridge) -> None:
    """A text has no encoding any more, whatever its declaration says."""
    text = (BODS / "SyncCustomerPartyMaster.xml").read_text()
    name = text.partition("<Name>")[2].partition("</Name>")[0]
    renamed = text.replace(f"<Name>{name}<", "<Name>Zoë Ångström<").replace("UTF-8", "ISO-8859-1")
    (event,) = bridge.receive(asked(in_json(renamed))).messages
    assert event.model_dump()["name"] == "Zoë Ångström"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "document.value"),
        (b"[]", "document.value"),
        (b"[" * 200_000, "document.value"),
        (b'{"document": "x"}', "document.value"),
        (b'{"document": {"value": "\\ud800"}}', "document.value"),
        (in_json(None), "document.value"),
        (in_json(""), "MessagePayload"),
        (in_json("***", "BASE64"), "MessagePayload"),
        (in_json(INVOICE.decode(), "ROT13"), "encoding"),
        (in_json(BOMB.decode()), "MessagePayload"),
        (in_xml("x").replace(b"messageRequest", b"request"), "messageRequest"),
        (in_xml(""), "document/value"),
        (in_xml(escape(BOMB.decode())), "MessagePayload"),
        (
            in_xml("&c;").replace(
                b"<messageRequest", b"<!DOCTYPE m [<!ENTITY c 'x'>]><messageRequest"
            ),
            "MessagePayload",
        ),
        (b"<messageRequest", "MessagePayload"),
    ],
)
def test_what_cannot_be_used_is_refused(bridge: Bridge, body: Any, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        bridge.receive(asked(body))
    assert refused.value.field == field


@each_form
def test_who_may_come_in_is_the_same_by_every_form(bridge: Bridge, form: str) -> None:
    for more in ({"authorization": "Basic aW9uOng="}, {"x-tenantid": "ACME"}, {"x-tenantid": ""}):
        with pytest.raises(Unauthenticated):
            bridge.receive(posted(form, INVOICE, **more))


@each_form
async def test_card_data_is_kept_by_no_form(bridge: Bridge, form: str) -> None:
    """A BOD that cannot be used and holds a card number: masked in its dead letter."""
    kept, status = await kept_of(bridge, posted(form, LEAKING))
    assert status == 201
    (letter,) = kept
    assert isinstance(letter, DeadLetter)
    assert b"XXXX XXXX XXXX 1111" in letter.original
    assert CARD.encode() not in letter.original


@pytest.mark.parametrize(
    "request_",
    [
        asked(in_json(base64.b64encode(LEAKING).decode(), "BASE64")),
        asked(in_xml(base64.b64encode(zlib.compress(LEAKING)).decode(), "BASE64_DEFLATE")),
        posted(
            "v3/message/multipart",
            zlib.compress(LEAKING),
            **{"x-infor-ion-encoding": "DEFLATE"},
        ),
    ],
)
async def test_card_data_under_an_encoding_is_not_kept_at_all(
    bridge: Bridge, request_: Request
) -> None:
    """No mask reaches into BASE64: ION keeps the message, and is told so."""
    kept, status = await kept_of(bridge, request_)
    assert (kept, status) == ([], 422)


def test_a_name_with_card_data_is_refused_by_version_2_too(bridge: Bridge) -> None:
    text = (BODS / "SyncCustomerPartyMaster.xml").read_text()
    name = text.partition("<Name>")[2].partition("</Name>")[0]
    with pytest.raises(CardData):
        bridge.receive(asked(in_json(text.replace(f"<Name>{name}<", f"<Name>{CARD}<"))))


async def kept_of(bridge: Bridge, request: Request) -> tuple[list[Message], int]:
    """What the ingress keeps of a request, and what it answers."""
    kept: list[Message] = []

    async def publish(messages: Any) -> None:
        kept.extend(messages)

    ingress = Ingress((bridge,), publish, SteppingClock(), Metrics())
    return kept, (await ingress._receive(bridge, request)).status


def test_what_ion_is_told_lets_it_choose_either_version(bridge: Bridge) -> None:
    def told(path: str) -> Any:
        received = bridge.receive(Request("GET", f"/ims/service/{path}", headers(), {}, b""))
        return json.loads(received.body)

    assert offered(told("protocol")) == "v3/multipartMessage"
    assert told("versions") == ["v2", "v3"]


@pytest.mark.parametrize("form", [*FORMS, "discovered"])
async def test_the_sandbox_tells_an_order_s_story_by_every_form(form: str, doors: Doors) -> None:
    """Orders of the same numbers in tenants that differ in nothing but the form."""
    told = {}
    for each in ("v3/multipartMessage", form):
        async with doors.tenant(ims=each) as m3:
            await m3.do(order())
            await m3.live()
            assert (await m3.ask("bods"))["refused"] == 0
            told[each] = {(event.type, event.id) for event in doors.events}
            doors.events.clear()
    first, *rest = told.values()
    assert {"sales_order.synced", "shipment.sent", "invoice.issued"} <= {kind for kind, _ in first}
    assert all(other == first for other in rest)
