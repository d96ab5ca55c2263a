import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.heartland.sandbox.app import NOTIFIER, SandboxSettings, serve
from connectors.heartland.sandbox.notifications import Notification
from tests.unit.connectors.heartland.sandbox.conftest import Gp


@dataclass
class Receiver:
    """A shop's endpoint that answers with what it was told to, in turn, then 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    received: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, request: web.Request) -> web.Response:
        self.received.append((await request.read(), dict(request.headers)))
        self.arrived.set()
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body, _ in self.received]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/gp/status", receiver.receive)
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/gp/status"))
        yield receiver


async def test_each_status_is_told_with_the_order_it_belongs_to(gp: Gp, receiver: Receiver) -> None:
    notifications = {"status_url": receiver.url}
    held = await gp.authorize(notifications=notifications)
    await gp.notifier.settled()
    await gp.post(f"/transactions/{held['id']}/capture")
    await gp.notifier.settled()
    refund = (await gp.post(f"/transactions/{held['id']}/refund", {"amount": "1"})).body
    await gp.notifier.settled()
    other = await gp.authorize(notifications=notifications)
    await gp.notifier.settled()
    await gp.post(f"/transactions/{other['id']}/reversal")
    await gp.notifier.settled()
    await gp.authorize(payment_method={"id": "PMT_poor"}, notifications=notifications)
    await gp.notifier.settled()

    told = receiver.told()
    assert [t["status"] for t in told] == [
        "PREAUTHORIZED",
        "CAPTURED",
        "CAPTURED",
        "PREAUTHORIZED",
        "REVERSED",
        "DECLINED",
    ]
    assert [t["id"] for t in told[:3]] == [held["id"], held["id"], refund["id"]]
    assert {t["action"]["type"] for t in told} == {"STATUS_NOTIFICATION"}
    assert {t["order_reference"] for t in told} == {"uk-536365"}
    assert told[0]["reference"] == held["reference"]
    assert len({t["action"]["id"] for t in told}) == 6


async def test_the_signature_is_over_the_raw_bytes_and_those_are_plain_json(
    gp: Gp, receiver: Receiver
) -> None:
    method = {"id": "PMT_good", "name": "José Müller"}
    await gp.authorize(
        payment_method=method,
        notifications={"status_url": receiver.url},
        description="A/B",
    )
    await gp.notifier.settled()

    ((body, headers),) = receiver.received
    assert headers["X-GP-Signature"] == (
        hashlib.sha512(body + gp.settings.app_key.encode()).hexdigest()
    )
    assert headers["X-GP-Version"] == "2021-03-22"
    assert headers["X-GP-Idempotency"]
    assert body.isascii()
    assert b"\\" not in body
    written_again = json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False)
    assert written_again.encode() == body


async def test_a_notification_that_is_not_taken_comes_again_unchanged(
    gp: Gp, receiver: Receiver
) -> None:
    receiver.answers = [500, 503]
    await gp.authorize(notifications={"status_url": receiver.url})
    await gp.notifier.settled()

    first, second, third = receiver.received
    assert first[0] == second[0] == third[0]
    assert first[1]["X-GP-Idempotency"] == third[1]["X-GP-Idempotency"]
    calls = (await gp.call("GET", "/_sandbox/calls")).body
    assert calls["notifications"] == {"delivered": 1, "given_up": 0}


async def test_a_receiver_that_never_answers_is_given_up(gp: Gp) -> None:
    held = await gp.authorize(notifications={"status_url": "http://127.0.0.1:9/gone"})
    await gp.notifier.settled()

    calls = (await gp.call("GET", "/_sandbox/calls")).body
    assert calls["notifications"] == {"delivered": 0, "given_up": 1}
    assert (await gp.get(f"/transactions/{held['id']}")).body["status"] == "PREAUTHORIZED"


async def test_without_a_status_url_nothing_is_told(gp: Gp, receiver: Receiver) -> None:
    await gp.authorize()
    await gp.notifier.settled()

    assert receiver.received == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://[", "shop.example.com", 7])
async def test_a_status_url_that_is_none_is_refused(gp: Gp, url: object) -> None:
    answer = await gp.post("/transactions", gp.order(notifications={"status_url": url}))

    assert answer.refusal == (400, "INVALID_REQUEST_DATA", "40213")
    assert answer.why == "notifications.status_url contains unexpected data"


async def test_closing_first_sends_what_is_under_way(receiver: Receiver) -> None:

    running = await serve(SandboxSettings())
    running.runner.app[NOTIFIER].send(Notification(receiver.url, b"{}", {}))
    await running.close()

    assert len(receiver.received) == 1


async def test_closing_does_not_wait_for_ever() -> None:

    running = await serve(SandboxSettings(notify_backoff_ms=(60_000,), drain_ms=10))
    running.runner.app[NOTIFIER].send(Notification("http://127.0.0.1:9/gone", b"{}", {}))
    async with asyncio.timeout(2):
        await running.close()


async def test_customers_and_settlement_are_pushed_to_who_asks(gp: Gp, receiver: Receiver) -> None:
    james = {"first_name": "James", "last_name": "Mason", "reference": "UK17850"}
    await gp.post("/payers", james)
    target = await gp.call("POST", "/_sandbox/push-target", {"url": receiver.url})
    payer = (await gp.post("/payers", james)).body
    sale = await gp.authorize("1000", capture_mode="AUTO")
    (deposit,) = (await gp.call("POST", "/_sandbox/settle")).body["deposits"]
    await gp.notifier.settled()

    assert target.body["topics"] == ["customers", "settlement"]
    told = {t["action"]["type"]: t for t in receiver.told()}
    assert {kind: t["id"] for kind, t in told.items()} == {
        "PAYER_NOTIFICATION": payer["id"],
        "BATCH_NOTIFICATION": sale["batch_id"],
        "DEPOSIT_NOTIFICATION": deposit,
    }
    assert told["PAYER_NOTIFICATION"]["first_name"] == "JXXXX"
    assert all(t["sandbox_extension"] for t in told.values())
    for body, headers in receiver.received:
        assert headers["X-Sandbox-Extension"] == "no such Heartland notification is public"
        expected = hashlib.sha512(body + gp.settings.app_key.encode()).hexdigest()
        assert headers["X-GP-Signature"] == expected


async def test_what_is_due_is_pushed_although_nobody_calls(gp: Gp, receiver: Receiver) -> None:
    await gp.call("POST", "/_sandbox/push-target", {"url": receiver.url, "topics": ["settlement"]})
    await gp.post("/payers", {"first_name": "James", "last_name": "Mason"})
    await gp.authorize("1000", capture_mode="AUTO")
    gp.clock.advance(2 * 24 * 60 * 60 * 1000)
    async with asyncio.timeout(5):
        while len(receiver.received) < 2:
            await receiver.arrived.wait()
            receiver.arrived.clear()

    assert {t["action"]["type"] for t in receiver.told()} == {
        "BATCH_NOTIFICATION",
        "DEPOSIT_NOTIFICATION",
    }


@pytest.mark.parametrize("wrong", [{"url": "ftp://x"}, {"url": "", "topics": ["weather"]}, []])
async def test_a_push_target_that_is_none_is_refused(gp: Gp, wrong: object) -> None:
    assert (await gp.call("POST", "/_sandbox/push-target", wrong)).status == 400


async def test_an_expired_authorization_is_told(gp: Gp, receiver: Receiver) -> None:
    held = await gp.authorize(notifications={"status_url": receiver.url})
    await gp.later(7 * 24 * 60 * 60 * 1000)
    await gp.get(f"/transactions/{held['id']}")
    await gp.notifier.settled()

    assert sorted(t["status"] for t in receiver.told()) == ["PREAUTHORIZED", "REVERSED"]
