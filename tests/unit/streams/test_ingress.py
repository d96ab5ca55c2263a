"""The bridges' host: what senders hear, and what is in Kafka when they hear it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from connectors import carddata
from streams.core.clock import SteppingClock
from streams.core.codec import Codec
from streams.core.connector import Bridge, Received, Request
from streams.core.errors import Rejected, Unauthenticated
from streams.core.message import Message, message_id
from streams.core.metrics import Metrics
from streams.ingress import LARGEST, Ingress
from streams.kafka.durable import NotDurable
from streams.messages.catalogue import MESSAGES
from streams.messages.customer import CustomerSynced
from streams.messages.ops import DeadLetter
from tests.samples import sample

CARD = "4111111111111111"
CODEC = Codec(MESSAGES, {message: number for number, message in enumerate(MESSAGES, 1)})


@dataclass
class Kafka:
    """What has been acknowledged; `open` is cleared while the broker takes its time."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    records: list[Message] = field(default_factory=list)
    failure: Exception | None = None

    async def publish(self, messages: Sequence[Message]) -> None:
        values = [CODEC.encode(message) for message in messages]
        self.asked.set()
        await self.open.wait()
        if self.failure:
            raise self.failure
        self.records += [CODEC.decode(value) for value in values]

    @property
    def letter(self) -> DeadLetter:
        (only,) = self.records
        assert isinstance(only, DeadLetter)
        return only


def receive(request: Request) -> Received:
    """A small shop: customers as JSON, signed with the word `secret`."""
    if request.headers.get("x-signature") != "secret":
        raise Unauthenticated("the signature is wrong")
    carddata.refuse(request.body)
    if not request.body:
        return Received(status=204)
    try:
        body: dict[str, Any] = json.loads(request.body)
    except ValueError:
        raise Rejected("not JSON: send an object") from None
    if "name" not in body:
        raise Rejected("must be given", field="name", code="WCUNM02")
    name = body["name"].strip()
    event = sample(CustomerSynced).model_copy(update={"id": message_id(name), "name": name})
    events = (event, event.model_copy(update={"id": message_id(name, 2)}))
    return Received(events, 201, '{"status": "OK"}', "application/json")


BRIDGE = Bridge("shop/uk", "/hooks/shop/uk", lambda _: None, receive)


@dataclass
class Door:
    kafka: Kafka
    metrics: Metrics
    http: TestClient[Any, Any]

    async def send(self, body: bytes, path: str = "/hooks/shop/uk", **more: str) -> tuple[int, str]:
        headers = {"X-Signature": "secret", "Content-Type": "application/json", **more}
        async with self.http.post(path, data=BytesIO(body), headers=headers) as response:
            return response.status, await response.text()

    def counted(self, metric: str, *labels: str) -> float:
        names = {m.name: m for m in self.metrics.registry.collect()}
        samples = names[metric.removesuffix("_total")].samples
        found = [s.value for s in samples if tuple(s.labels.values()) == labels]
        return found[0] if found else 0


@pytest.fixture
async def kafka() -> Kafka:
    kafka = Kafka()
    kafka.open.set()
    return kafka


@pytest.fixture
def bridge() -> Bridge:
    return BRIDGE


@pytest.fixture
async def door(kafka: Kafka, bridge: Bridge) -> AsyncIterator[Door]:
    metrics = Metrics()
    wide = replace(bridge, source="m3", path="/ims/", methods=("GET", "POST"), refused_status=202)
    ingress = Ingress((bridge, wide), kafka.publish, SteppingClock(), metrics)
    async with TestClient(TestServer(ingress.application())) as http:
        yield Door(kafka, metrics, http)


async def test_a_kept_message_is_answered_as_the_bridge_says(door: Door) -> None:
    assert await door.send(b'{"name": "Ann"}') == (201, '{"status": "OK"}')
    assert [event.id for event in door.kafka.records] == [message_id("Ann"), message_id("Ann", 2)]
    assert door.counted("tandem_received_total", "shop/uk", "201") == 1


async def test_the_answer_waits_for_kafka(door: Door) -> None:
    door.kafka.open.clear()
    sending = asyncio.create_task(door.send(b'{"name": "Ann"}'))
    await door.kafka.asked.wait()
    assert not sending.done()
    door.kafka.open.set()
    assert (await sending)[0] == 201


async def test_what_means_nothing_is_answered_without_kafka(door: Door) -> None:
    door.kafka.failure = NotDurable("broker down")
    assert await door.send(b"") == (204, "")


@pytest.mark.parametrize("body", [b'{"name": "Ann"}', b"not json"])
@pytest.mark.parametrize("failure", [NotDurable("broker down"), RuntimeError("client closed")])
async def test_while_kafka_does_not_acknowledge_the_sender_must_send_again(
    door: Door, body: bytes, failure: Exception
) -> None:
    door.kafka.failure = failure
    status, text = await door.send(body)
    assert (status, text) == (503, "not kept: Kafka does not answer; send again\n")
    assert door.kafka.records == []
    assert door.counted("tandem_dead_letters_total", "bridge/shop/uk", "rejected") == 0
    door.kafka.failure = None
    assert (await door.send(body))[0] in (200, 201)


async def test_nothing_is_kept_of_who_cannot_prove_themselves(door: Door) -> None:
    status, text = await door.send(b"not json either", **{"X-Signature": "guess"})
    assert (status, text) == (401, "the signature is wrong\n")
    assert door.kafka.records == []
    assert door.counted("tandem_received_total", "shop/uk", "401") == 1


@pytest.mark.parametrize(
    ("body", "reason", "at", "code"),
    [
        (b'\xff\x00 \r\n{"name"', "not JSON: send an object", "", ""),
        (b'{"nmae":"Ann"}  ', "must be given", "name", "WCUNM02"),
    ],
)
async def test_a_refused_message_is_a_dead_letter_as_it_came(
    door: Door, body: bytes, reason: str, at: str, code: str
) -> None:
    status, text = await door.send(body)
    letter = door.kafka.letter
    assert (letter.original, letter.content_type) == (body, "application/json")
    assert (letter.kind, letter.reason, letter.field, letter.code) == ("rejected", reason, at, code)
    assert (letter.origin, letter.occurred_at) == ("bridge/shop/uk", SteppingClock().now_ms())
    assert (status, text) == (200, f"kept as dead letter {letter.id}: {reason}\n")
    assert door.counted("tandem_dead_letters_total", "bridge/shop/uk", "rejected") == 1


async def test_the_bridge_says_what_the_sender_of_a_dead_letter_hears(door: Door) -> None:
    assert (await door.send(b"no", path="/ims/v3/message"))[0] == 202
    assert door.kafka.letter.origin == "bridge/m3"


async def test_the_same_refused_request_is_the_same_dead_letter(door: Door) -> None:
    for body in (b"no", b"no", b"no!"):
        await door.send(body)
    first, second, other = (letter.id for letter in door.kafka.records)
    assert first == second != other


@pytest.mark.parametrize("body", [f'{{"note": "my card is {CARD}"}}', f"card {CARD}, not JSON"])
async def test_card_data_is_refused_and_kept_masked(
    door: Door, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    status, text = await door.send(body.encode())
    letter = door.kafka.letter
    assert (status, letter.kind) == (422, "card_data")
    assert len(letter.original) == len(body)
    assert letter.original.endswith(body[-5:].encode())
    assert CARD not in f"{letter!r} {text} {caplog.text}"


class TestABugOfOurs:
    @pytest.fixture
    def bridge(self) -> Bridge:
        def stumbling(request: Request) -> Received:
            if request.body == b"too early":
                raise ValueError(f"card {CARD} is no date")
            return receive(request)

        return replace(BRIDGE, translate=stumbling)

    async def test_loses_no_message(self, door: Door, caplog: pytest.LogCaptureFixture) -> None:
        status, text = await door.send(b"too early")
        letter = door.kafka.letter
        assert status == 200
        assert (letter.kind, letter.original, letter.code) == ("bug", b"too early", "ValueError")
        assert letter.reason.startswith("a bug of Tandem (ValueError: card ")
        assert "in stumbling" in caplog.text
        assert CARD not in f"{letter!r} {text} {caplog.text}"
        assert door.counted("tandem_errors_total", "bridge/shop/uk", "Bug") == 1

    async def test_in_a_message_that_its_schema_cannot_say_loses_none(self, door: Door) -> None:
        status, _ = await door.send(rb'{"name": "half a character: \ud800"}')
        assert status == 200
        assert (door.kafka.letter.kind, door.kafka.letter.code) == ("bug", "UnicodeEncodeError")

    async def test_is_for_the_sender_to_send_again_while_kafka_is_down(self, door: Door) -> None:
        door.kafka.failure = NotDurable("broker down")
        assert (await door.send(b"too early"))[0] == 503


class TestOddText:
    @pytest.fixture
    def bridge(self) -> Bridge:
        def odd(request: Request) -> Received:
            if request.body == b"who":
                raise Unauthenticated(f"no tenant {CARD} \ud800")
            raise Rejected(f"{CARD} \ud800 is no name", field="\ud800", code="\ud800")

        return replace(BRIDGE, translate=odd)

    async def test_of_a_reason_neither_stops_the_letter_nor_leaks_a_card(self, door: Door) -> None:
        status, text = await door.send(b"any", **{"Content-Type": "text/\udcff"})
        assert (status, door.kafka.letter.original) == (200, b"any")
        assert door.kafka.letter.content_type.startswith("text/")
        assert CARD not in f"{text} {door.kafka.letter!r}"

    async def test_of_a_refused_proof_is_answered(self, door: Door) -> None:
        status, text = await door.send(b"who")
        assert status == 401
        assert CARD not in text


async def test_a_request_larger_than_the_limit_is_refused(door: Door) -> None:
    status, _ = await door.send(b"{" + b" " * LARGEST)
    assert (status, door.kafka.records) == (413, [])
    assert door.counted("tandem_received_total", "shop/uk", "413") == 1


async def test_the_largest_request_is_taken(door: Door) -> None:
    body = b'{"name": "Ann"' + b" " * (LARGEST - 15) + b"}"
    assert len(body) == LARGEST
    assert (await door.send(body))[0] == 201


async def test_a_path_that_ends_in_a_slash_takes_all_below_it(door: Door) -> None:
    assert (await door.send(b'{"name": "Ann"}', path="/ims/v3/multipartMessage"))[0] == 201
    assert (await door.send(b'{"name": "Ann"}', path="/hooks/shop/uk/more"))[0] == 404
    async with door.http.get("/ims/service/ping", headers={"X-Signature": "secret"}) as response:
        assert response.status == 204
    async with door.http.get("/hooks/shop/uk") as response:
        assert response.status == 405


async def test_a_bridge_sees_the_request_as_it_came() -> None:
    seen: list[Request] = []

    def look(request: Request) -> Received:
        seen.append(request)
        return Received()

    ingress = Ingress(
        (replace(BRIDGE, translate=look),), Kafka().publish, SteppingClock(), Metrics()
    )
    async with TestClient(TestServer(ingress.application())) as http:
        body = b'\r\n{"a":  "\xc3\xa9\\/"}'
        headers = {"X-WC-Webhook-Signature": "c2ln"}
        async with http.post("/hooks/shop/uk?page=1", data=body, headers=headers) as response:
            assert response.status == 200
    (request,) = seen
    assert (request.method, request.path, request.body) == ("POST", "/hooks/shop/uk", body)
    assert request.query == {"page": "1"}
    assert request.headers["x-wc-webhook-signature"] == "c2ln"
