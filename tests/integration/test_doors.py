"""Bad input of each kind at each door of a running process, and what is answered."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from streams.flows.order.state import Status
from streams.kafka.publisher import Publisher
from streams.messages.heartland import Capture
from streams.messages.ops import DeadLetter
from tests.brokers import ROOT, Cluster
from tests.doors import (
    HEARTLAND,
    ION,
    SHOP,
    bod_body,
    bod_headers,
    heartland_headers,
    shop_headers,
)
from tests.product import Scene, engine, scene
from tests.samples import sample

pytestmark = pytest.mark.asyncio(loop_scope="module")

CARD = "4111111111111111"
HOOK = ROOT / "tests/data/woocommerce/hook-order-created.http"
INVOICE = (ROOT / "tests/data/m3/bods/SyncInvoice.xml").read_bytes()
LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>
<SyncInvoice>&c;</SyncInvoice>"""
OUTSIDE = b"""<?xml version="1.0"?>
<!DOCTYPE b [<!ENTITY x SYSTEM "file:///etc/passwd">]><SyncInvoice>&x;</SyncInvoice>"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def acts(cluster: Cluster) -> AsyncIterator[Scene]:
    async with scene(engine(cluster)) as acts, acts.stage.roles():
        yield acts


def order(**changes: Any) -> dict[str, Any]:
    """A real shop's order, changed."""
    body: dict[str, Any] = json.loads(HOOK.read_bytes().partition(b"\r\n\r\n")[2])
    return body | changes


def without(body: dict[str, Any], name: str) -> bytes:
    return json.dumps({each: value for each, value in body.items() if each != name}).encode()


def notification(**changes: Any) -> bytes:
    """What Heartland tells of a payment, changed; None leaves a field out."""
    told = {
        "id": "TRN_doors",
        "type": "SALE",
        "status": "PREAUTHORIZED",
        "amount": "1000",
        "currency": "GBP",
        "reference": "0123456789abcdef0123456789abcdef",
        "order": {"reference": "uk-50"},
        "time_created": "2026-11-23T08:58:37Z",
    } | changes
    return json.dumps({k: v for k, v in told.items() if v is not None}).encode()


async def kept(acts: Scene, answer: str) -> DeadLetter:
    """The dead letter that an answer names, from its topic."""
    assert answer.startswith("kept as dead letter "), answer
    name = answer.removeprefix("kept as dead letter ").partition(":")[0]
    await acts.eyes.until(lambda: name in acts.eyes.letters)
    return acts.eyes.letters[name]


Change = Callable[[dict[str, Any]], bytes]

SHOP_REFUSES: dict[str, tuple[Change, str, str]] = {
    "not JSON": (lambda _: b'{"id": 50,', "", "not JSON"),
    "not UTF-8": (lambda _: b'{"id": 50, "note": "\xff"}', "", "not JSON"),
    "no object": (lambda _: b"[1, 2]", "", "no JSON object"),
    "no id": (lambda body: without(body, "id"), "id", "order id"),
    "no total": (lambda body: without(body, "total"), "total", ""),
    "no lines": (lambda body: without(body, "line_items"), "line_items", ""),
    "another currency": (
        lambda body: json.dumps(body | {"currency": "EUR"}).encode(),
        "currency",
        "EUR",
    ),
    "no currency at all": (
        lambda body: json.dumps(body | {"currency": "QQQ"}).encode(),
        "currency",
        "QQQ",
    ),
    "an amount that is none": (
        lambda body: json.dumps(body | {"total": "ten"}).encode(),
        "total",
        "amount",
    ),
    "lines that do not add up": (
        lambda body: json.dumps(body | {"total": "99.00"}).encode(),
        "total",
        "8900",
    ),
    "a token that is none": (
        lambda body: json.dumps(
            body | {"meta_data": [{"key": "_tandem_payment_token", "value": "tok_1"}]}
        ).encode(),
        "meta_data._tandem_payment_token",
        "PMT_",
    ),
}


@pytest.mark.parametrize("bad", SHOP_REFUSES)
async def test_the_shops_door_keeps_what_it_cannot_use(acts: Scene, bad: str) -> None:
    change, field, reason = SHOP_REFUSES[bad]
    body = change(order())

    status, answer = await acts.post(SHOP, body, shop_headers(acts, body))

    assert status == 200, "another answer would make the shop switch its webhook off"
    letter = await kept(acts, answer)
    assert (letter.kind, letter.origin, letter.original) == ("rejected", "bridge/shop/uk", body)
    assert letter.field == field
    assert reason in letter.reason
    assert letter.headers[":path"] == SHOP


HEARTLAND_REFUSES: dict[str, tuple[bytes, str, str]] = {
    "not JSON": (b"id=1", "", "not JSON"),
    "no object": (b"1", "", "no JSON object"),
    "no transaction": (notification(id=None), "id", "no id"),
    "no order": (notification(order=None), "order_reference", "names no order"),
    "an amount in pounds": (notification(amount="10.00"), "amount", "minor units"),
    "no time": (notification(time_created=None), "time_created", "no time_created"),
    "a refund": (notification(type="REFUND", reference="by hand"), "type", "by hand"),
}


@pytest.mark.parametrize("bad", HEARTLAND_REFUSES)
async def test_heartlands_door_keeps_what_it_cannot_use(acts: Scene, bad: str) -> None:
    body, field, reason = HEARTLAND_REFUSES[bad]

    _, answer = await acts.post(HEARTLAND, body, heartland_headers(acts, body))

    letter = await kept(acts, answer)
    assert (letter.kind, letter.origin, letter.original) == ("rejected", "bridge/heartland", body)
    assert letter.field == field
    assert reason in letter.reason


OTHER_TENANT = INVOICE.replace(b"<Sync>", b"<Sync><TenantID>OTHER_PRD</TenantID>")
ION_REFUSES: dict[str, tuple[bytes, str, str]] = {
    "not XML": (bod_body(b"{}"), "MessagePayload", "not XML"),
    "not multipart": (INVOICE, "Content-Type", "not multipart"),
    "no document": (bod_body(b""), "MessagePayload", "missing"),
    "a billion laughs": (bod_body(LAUGHS), "MessagePayload", "DTD"),
    "an external entity": (bod_body(OUTSIDE), "MessagePayload", "DTD"),
    "of another tenant": (bod_body(OTHER_TENANT), "TenantID", "OTHER_PRD"),
    "of another division": (
        bod_body(INVOICE.replace(b"100_AAA", b"100_BBB")),
        "DataArea/Sync/AccountingEntityID",
        "100_BBB",
    ),
    "of no order": (
        bod_body(INVOICE.replace(b"PurchaseOrderReference", b"OtherReference")),
        "DataArea/Invoice/InvoiceHeader/PurchaseOrderReference/DocumentID/ID",
        "does not have it",
    ),
    "a total of no currency": (
        bod_body(INVOICE.replace(b'<TotalAmount currencyID="GBP">', b"<TotalAmount>")),
        "DataArea/Invoice/InvoiceHeader/TotalAmount/@currencyID",
        "does not have it",
    ),
    "another noun": (
        bod_body(INVOICE.replace(b"SyncInvoice", b"SyncPurchaseOrder"), "Sync.PurchaseOrder"),
        "documentName",
        "SyncPurchaseOrder",
    ),
}


@pytest.mark.parametrize("bad", ION_REFUSES)
async def test_ions_door_keeps_what_it_cannot_use(acts: Scene, bad: str) -> None:
    body, field, reason = ION_REFUSES[bad]
    headers = bod_headers(acts)
    if bad == "not multipart":
        headers["Content-Type"] = "application/xml"

    status, answer = await acts.post(ION, body, headers)

    assert status == 201, "ION would send it again, for ever"
    letter = await kept(acts, answer)
    assert (letter.kind, letter.origin, letter.original) == ("rejected", "bridge/m3", body)
    assert letter.field == field
    assert reason in letter.reason
    assert "root:" not in letter.reason


async def test_who_cannot_prove_themselves_leave_nothing_behind(acts: Scene) -> None:
    mark = "nobody-signed-this"
    hook = json.dumps(order(customer_note=mark)).encode()
    told, bod = notification(reference=mark), bod_body(INVOICE.replace(b"uk-536365", mark.encode()))
    unsigned = {"Content-Type": "application/json", "X-WC-Webhook-Topic": "order.created"}
    ion = bod_headers(acts)
    strangers = [
        (SHOP, hook, unsigned),
        (SHOP, hook, shop_headers(acts, hook + b" ")),
        (HEARTLAND, told, {"Content-Type": "application/json"}),
        (HEARTLAND, told, heartland_headers(acts, told + b"1")),
        (ION, bod, {name: ion[name] for name in ion if name != "Authorization"}),
        (ION, bod, bod_headers(acts, secret="wrong")),
        (ION, bod, bod_headers(acts, tenant="OTHER_PRD")),
    ]
    for path, body, headers in strangers:
        status, answer = await acts.post(path, body, headers)
        assert status == 401, (path, headers)
        assert "kept" not in answer

    assert not [each for each in await acts.records() if mark.encode() in (each.value or b"")]


async def test_a_card_number_is_refused_at_every_door_and_kept_nowhere(acts: Scene) -> None:
    hook = json.dumps(order(customer_note=f"my card: {CARD}, thanks")).encode()
    told = notification(reference=f"card {CARD}")
    bod = bod_body(
        (ROOT / "tests/data/m3/bods/SyncCustomerPartyMaster.xml")
        .read_bytes()
        .replace(b"</Name>", f" {CARD}</Name>".encode(), 1)
    )
    asked = [
        ("bridge/shop/uk", SHOP, hook, shop_headers(acts, hook)),
        ("bridge/heartland", HEARTLAND, told, heartland_headers(acts, told)),
        ("bridge/m3", ION, bod, bod_headers(acts)),
    ]
    for origin, path, body, headers in asked:
        status, answer = await acts.post(path, body, headers)
        assert status == 422
        assert CARD not in answer
        letter = await kept(acts, answer)
        assert (letter.kind, letter.origin) == ("card_data", origin)
        assert letter.original == body.replace(CARD.encode(), b"X" * 12 + CARD[-4:].encode())

    assert not [each for each in await acts.records() if CARD.encode() in (each.value or b"")]


async def test_what_is_too_large_or_at_no_door_is_refused(acts: Scene) -> None:
    large = b" " * (5 * 1024 * 1024 + 1)
    assert (await acts.post(SHOP, large, shop_headers(acts, large)))[0] == 413
    assert (await acts.post("/hooks/shop/fr", b"{}", {}))[0] == 404
    async with acts.http.get(acts.bridge + SHOP) as answer:
        assert answer.status == 405


NO_MESSAGES = {
    "text": b"hello",
    "JSON": b'{"type": "order.placed"}',
    "nothing": b"",
    "an unknown schema": b"\x00\x7f\xff\xff\xff" + b"\x02a",
    "a cut header": b"\x00\x00",
}


@pytest.mark.parametrize(
    ("topic", "origin"), [("events.order", "flow/order"), ("commands.m3", "sink/m3")]
)
@pytest.mark.parametrize("bad", NO_MESSAGES)
async def test_bytes_that_are_no_message_become_a_dead_letter(
    acts: Scene, topic: str, origin: str, bad: str
) -> None:
    name, key = acts.topic(topic), f"uk-{bad}"

    await Publisher(acts.context).resend(name, key, NO_MESSAGES[bad], ())

    await acts.eyes.until(lambda: bool(letters_of(acts, origin, key)))
    (letter,) = letters_of(acts, origin, key)
    assert (letter.kind, letter.topic, letter.original) == ("undecodable", name, NO_MESSAGES[bad])
    assert letter.offset >= 0
    assert letter.reason


async def test_a_command_of_another_system_becomes_a_dead_letter(acts: Scene) -> None:
    capture = sample(Capture).model_copy(update={"key": "uk-astray", "amount": 1999})
    body = acts.context.codec.encode(capture)

    await Publisher(acts.context).resend(acts.topic("commands.m3"), capture.key, body, ())

    await acts.eyes.until(lambda: bool(letters_of(acts, "sink/m3", capture.key)))
    (letter,) = letters_of(acts, "sink/m3", capture.key)
    assert "does not execute heartland.capture" in letter.reason
    assert letter.original == body


def letters_of(acts: Scene, origin: str, key: str) -> list[DeadLetter]:
    letters = acts.eyes.letters.values()
    return [letter for letter in letters if (letter.origin, letter.key) == (origin, key)]


async def test_dead_letters_are_listed_shown_repaired_and_sent_again(
    acts: Scene, tmp_path: Path
) -> None:
    whole, repaired = order(id=51, customer_note="Zoë's"), tmp_path / "repaired.json"
    body = without(whole, "total")
    _, said = await acts.post(SHOP, body, shop_headers(acts, body))
    letter = await kept(acts, said)

    listed = await acts.command("dlq", "list", "--json")
    shown = await acts.command("dlq", "show", letter.id[:12])
    unknown = await acts.command("dlq", "show", "ffffffffffffffff")

    rows = {row["id"]: row for row in listed.json_lines()}
    assert rows.keys() >= acts.eyes.letters.keys()
    assert (rows[letter.id]["field"], rows[letter.id]["kind"]) == ("total", "rejected")
    assert shown.code == 0, shown.err
    assert body.decode() in shown.out
    assert unknown.code == 2
    assert unknown.err.startswith("tandem: no dead letter begins with ffffffffffffffff")

    repaired.write_text(json.dumps(whole))
    sent = await acts.command("dlq", "retry", letter.id, "--body", repaired)

    assert sent.out == "Sent again: 1 message.\n", sent.err
    await acts.eyes.until(lambda: "uk-51" in acts.eyes.orders)
    assert acts.eyes.orders["uk-51"].total == 1000


async def test_after_all_that_every_worker_still_works(acts: Scene) -> None:
    meta = [{"id": 1, "key": "_tandem_payment_token", "value": "PMT_unknown"}]
    body = json.dumps(order(id=52, meta_data=meta)).encode()

    status, _ = await acts.post(SHOP, body, shop_headers(acts, body))

    assert status == 200
    state = await acts.eyes.status("uk-52", Status.REFUSED)
    assert state.total == 1000
    assert "PMT_unknown" in "".join(state.blocked_by), "its own reason, not an earlier letter's"
