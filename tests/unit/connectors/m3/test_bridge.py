"""ION at the door: who may come in, what is taken, and how it is packed."""

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from connectors.m3 import multipart
from connectors.m3.bridge import bod_bridge
from connectors.m3.ionapi import IonApi
from streams.core.clock import SteppingClock
from streams.core.connector import Bridge, Received, Request
from streams.core.errors import Rejected, Unauthenticated
from streams.messages.fulfilment import InvoiceIssued
from tests.unit.connectors.m3.conftest import M3, order, settings
from tests.unit.connectors.m3.test_bods import BOMB, bod
from tests.unit.connectors.m3.test_ionapi import FILE

BOUNDARY = "----ion"
INVOICE = bod("Invoice")


@pytest.fixture
def bridge() -> Bridge:
    ionapi = IonApi.model_validate({**FILE, "ti": "TANDEM_TST"})
    return bod_bridge(settings(Path("x"), ims_secret="s3cret"), ionapi, SteppingClock())


def headers(**more: str) -> dict[str, str]:
    basic = base64.b64encode(b"ion:s3cret").decode()
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return {"authorization": f"Basic {basic}", "x-tenantid": "TANDEM_TST", **named}


def form(payload: bytes, encoding: str = "NONE") -> bytes:
    parameters = json.dumps({"documentName": "Sync.Invoice", "encoding": encoding}).encode()
    parts = (("ParameterRequest", parameters), ("MessagePayload", payload))
    body = b"".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for name, content in parts
    )
    return body + f"--{BOUNDARY}--\r\n".encode()


def posted(body: bytes, path: str = "/ims/service/v3/multipartMessage", **more: str) -> Request:
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return Request("POST", path, headers(**{"content_type": kind, **more}), {}, body)


def assert_invoice(received: Received) -> None:
    assert received.status == 201
    (event,) = received.messages
    assert isinstance(event, InvoiceIssued)
    assert event.key == "uk-536365"


def test_a_bod_is_taken(bridge: Bridge) -> None:
    assert_invoice(bridge.receive(posted(form(INVOICE))))


def deflated(data: bytes) -> bytes:
    return zlib.compress(data)


def raw_deflated(data: bytes) -> bytes:
    return zlib.compress(data)[2:-4]


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("NONE", bytes),
        ("BASE64", base64.b64encode),
        ("DEFLATE", deflated),
        ("BASE64_DEFLATE", lambda data: base64.b64encode(deflated(data))),
        ("DEFLATE_BASE64", lambda data: base64.b64encode(raw_deflated(data))),
    ],
)
def test_each_encoding_is_taken(
    bridge: Bridge, encoding: str, encode: Callable[[bytes], bytes]
) -> None:
    assert_invoice(bridge.receive(posted(form(encode(INVOICE), encoding))))


def test_a_bod_alone_in_the_body_is_taken(bridge: Bridge) -> None:
    path = "/ims/service/v3/message/multipart"
    plain = posted(INVOICE, path, content_type="application/xml")
    assert_invoice(bridge.receive(plain))
    encoded = posted(
        base64.b64encode(INVOICE),
        path,
        content_type="application/octet-stream",
        x_infor_ion_encoding="BASE64",
    )
    assert_invoice(bridge.receive(encoded))
    one_part = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="x"\r\n\r\n'.encode()
        + INVOICE
        + f"\r\n--{BOUNDARY}--\r\n".encode()
    )
    assert_invoice(bridge.receive(posted(one_part, path)))


@pytest.mark.parametrize(
    "given",
    [
        {"authorization": ""},
        {"authorization": "Bearer x"},
        {"authorization": "Basic !!"},
        {"authorization": "Basic " + base64.b64encode(b"ion:wrong").decode()},
        {"x_tenantid": ""},
        {"x_tenantid": "ACME_PRD"},
    ],
)
def test_who_cannot_prove_themselves_is_not_heard(bridge: Bridge, given: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated):
        bridge.receive(posted(form(INVOICE), **given))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "MessagePayload"),
        (b"garbage", "MessagePayload"),
        (form(b""), "MessagePayload"),
        (form(INVOICE, "ROT13"), "encoding"),
        (form(b"***", "BASE64"), "MessagePayload"),
        (form(INVOICE, "DEFLATE"), "MessagePayload"),
        (form(deflated(INVOICE)[:-20], "DEFLATE"), "MessagePayload"),
        (form(deflated(bytes(40_000_000)), "DEFLATE"), "MessagePayload"),
        (form(BOMB), "MessagePayload"),
        (form(INVOICE).removesuffix(b"--\r\n"), "MessagePayload"),
        (form(INVOICE)[:-99], "MessagePayload"),
        (form(INVOICE).replace(b"----ion\r\n", b"----ion5\r\n"), "MessagePayload"),
        (form(INVOICE).replace(b'name="MessagePayload"', b""), "MessagePayload"),
        (form(INVOICE).replace(b"ParameterRequest", b"Parameters"), "ParameterRequest"),
        (form(INVOICE).replace(b'{"documentName"', b'["documentName"'), "ParameterRequest"),
    ],
)
def test_what_cannot_be_used_is_a_dead_letter_that_ion_hears_as_kept(
    bridge: Bridge, body: bytes, field: str
) -> None:
    with pytest.raises(Rejected) as refused:
        bridge.receive(posted(body))
    if body not in (b"", b"garbage"):
        assert refused.value.field == field
    assert bridge.refused_status == 201


def test_a_body_that_is_no_multipart_is_refused(bridge: Bridge) -> None:
    with pytest.raises(Rejected) as refused:
        bridge.receive(posted(INVOICE, content_type="application/xml"))
    assert refused.value.field == "Content-Type"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "ping", 200),
        ("GET", "protocol", 200),
        ("GET", "versions", 200),
        ("POST", "v3/discovery", 200),
        ("GET", "v3/multipartMessage", 404),
        ("POST", "v1/message", 404),
    ],
)
def test_ion_is_told_what_there_is(bridge: Bridge, method: str, path: str, status: int) -> None:
    received = bridge.receive(Request(method, f"/ims/service/{path}", headers(), {}, b""))
    assert received.status == status
    assert json.loads(received.body)
    assert not received.messages


@given(st.binary(min_size=1))
def test_a_part_s_bytes_are_kept_as_they_are(payload: bytes) -> None:
    if f"--{BOUNDARY}".encode() not in payload:
        assert multipart.parts(posted(form(payload))).document == payload


@pytest.mark.parametrize(
    ("disposition", "more", "payload"),
    [
        ('form-data; name="MessagePayload"', "Content-Type: application/xml", INVOICE),
        ("form-data; name=MessagePayload", "content-transfer-encoding: BINARY", INVOICE),
        ('form-data; filename="a;name=b"; name="MessagePayload"', "X-More: 1", INVOICE),
        ('form-data;\r\n name="MessagePayload"', "Content-Length: 9", INVOICE),
        (
            'form-data; name="MessagePayload"',
            "Content-Transfer-Encoding: base64",
            base64.encodebytes(INVOICE),
        ),
    ],
)
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("line", ["\r\n", "\n"])
def test_each_way_to_write_a_part_is_taken(
    bridge: Bridge, disposition: str, more: str, payload: bytes, quote: str, line: str
) -> None:
    parameters = f'--{BOUNDARY} \r\nContent-Disposition: form-data; name="ParameterRequest"'
    head = f"\r\n--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n{more}\r\n\r\n"
    body = (
        f"preamble\r\n{parameters}\r\n\r\n{{}}{head}".replace("\r\n", line).encode()
        + payload
        + f"{line}--{BOUNDARY}--{line}--{BOUNDARY}{line}epilogue".encode()
    )
    kind = f"Multipart/Form-Data; charset=UTF-8; boundary={quote}{BOUNDARY}{quote}"

    assert_invoice(bridge.receive(posted(body, content_type=kind)))


async def test_m3_s_own_delivery_reaches_the_bridge(m3: M3) -> None:
    """The sandbox sends its BODs of one order to the bridge over HTTP."""
    (bridge,) = m3.opened.bridges
    kinds: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        lower = {name.lower(): value for name, value in request.headers.items()}
        received = bridge.receive(
            Request(request.method, request.path, lower, {}, await request.read())
        )
        kinds.extend(message.type for message in received.messages)
        return web.Response(status=received.status, text=received.body)

    app = web.Application()
    app.router.add_route("*", "/ims/{tail:.*}", handle)
    async with TestClient(TestServer(app)) as client:
        target = {"url": str(client.make_url("/ims"))}
        async with m3.session.post(f"{m3.server.url}/_sandbox/bod-target", json=target):
            await m3.do(order())
            await m3.live()
    assert {"sales_order.synced", "shipment.sent", "invoice.issued", "stock.reported"} <= set(kinds)
