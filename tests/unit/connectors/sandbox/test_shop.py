"""The faults of the shop sandbox: what the shop's books and its webhooks come to."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from connectors.sandbox.harness import HARNESS, Options
from connectors.sandbox.injector import Injector
from connectors.sandbox.profiles import FaultProfile, Rule
from connectors.woocommerce.connector import CONNECTOR
from connectors.woocommerce.sandbox.app import SandboxSettings, serve
from streams.core.clock import SystemClock
from streams.core.metrics import Metrics
from streams.messages.shop import UpdateOrder
from tests.unit.connectors.sandbox.conftest import always
from tests.unit.connectors.sandbox.trying import through
from tests.unit.connectors.woocommerce.conftest import SKUS, Owner, seed, settings


@dataclass
class Till:
    """A shop with faults, the connector, and somebody who takes webhooks."""

    owner: Owner
    injector: Injector
    secret: str
    told: list[tuple[str, bytes, str]] = field(default_factory=list)

    async def topics(self) -> list[str]:
        """What was told once nothing is on its way any more."""
        await self.owner.sandbox.drained()
        return sorted(topic for topic, _, _ in self.told)


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    told: list[tuple[str, bytes, str]] = []

    async def hook(request: web.Request) -> web.Response:
        body = await request.read()
        if "X-WC-Webhook-Topic" in request.headers:
            signature = request.headers["X-WC-Webhook-Signature"]
            told.append((request.headers["X-WC-Webhook-Topic"], body, signature))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", hook)
    listener = web.AppRunner(app, access_log=None)
    await listener.setup()
    await web.TCPSite(listener, "127.0.0.1", 0).start()
    sandbox = await serve(SandboxSettings(), options=Options(faults="none"))
    auth = aiohttp.encode_basic_auth(sandbox.consumer_key, sandbox.consumer_secret)
    async with aiohttp.ClientSession() as http:
        await seed(http, sandbox, SKUS[:1])
        for topic in ("order.created", "order.updated"):
            url = f"http://127.0.0.1:{listener.addresses[0][1]}/hook"
            made = {"topic": topic, "delivery_url": url}
            async with http.post(
                f"{sandbox.url}/wp-json/wc/v3/webhooks",
                json=made,
                headers={"Authorization": auth},
            ) as answer:
                assert answer.status == 201
        known = settings(sandbox, sandbox.url)
        metrics = Metrics()
        async with CONNECTOR.open(known, SystemClock(), metrics) as opened:
            owner = Owner(opened, None, sandbox, http, metrics)  # type: ignore[arg-type]
            injector = sandbox.application[HARNESS].injector
            assert injector
            yield Till(owner, injector, sandbox.webhook_secret, told)
    await sandbox.close()
    await listener.cleanup()


@pytest.mark.parametrize("fault", ["lost-reply", "5xx-after", "5xx-before", "reset", "429"])
async def test_every_order_has_its_status_and_its_note_once(till: Till, fault: str) -> None:
    owner = till.owner
    orders = [await owner.place() for _ in range(15)]
    till.injector.set(FaultProfile("lossy", "", (Rule(fault, 300),)), seed=1)
    execute = owner.opened.sinks[0].handles[UpdateOrder]
    await asyncio.gather(
        *(
            through(execute, owner.update(id, status="processing", note=f"parcel of {id}"))
            for id in orders
        )
    )
    for id in orders:
        entry = await owner.order(id)
        assert entry["status"] == "processing"
        said = [note for note in entry["notes"] if f"parcel of {id}" in note]
        assert len(said) == 1
    assert till.injector.injected[fault] > 0


@pytest.mark.parametrize(
    ("fault", "topics"),
    [
        ("duplicate", ["order.created"] * 2 + ["order.updated"] * 2),
        ("late", ["order.created", "order.updated"]),
        ("unordered", ["order.created", "order.updated"]),
    ],
)
async def test_webhooks_come_as_often_as_the_fault_says(
    till: Till, fault: str, topics: list[str]
) -> None:
    till.injector.set(always(fault, ms=2), seed=1)
    id = await till.owner.place()
    assert await till.topics() == topics
    assert {json.loads(body)["id"] for _, body, _ in till.told} == {id}


async def test_a_missing_webhook_leaves_the_other_that_tells_of_the_order(till: Till) -> None:
    till.injector.set(always("missing"), seed=1)
    ids = [await till.owner.place() for _ in range(5)]
    assert len(await till.topics()) == 5
    assert sorted(json.loads(body)["id"] for _, body, _ in till.told) == ids
    hooks = (await till.owner.books())["webhooks"]
    assert [hook["failures"] for hook in hooks] == [0, 0], "the shop knows nothing of it"


async def test_a_malformed_webhook_is_cut_off_and_rightly_signed(till: Till) -> None:
    till.injector.set(always("malformed"), seed=1)
    id = await till.owner.place()
    assert await till.topics() == ["order.created", "order.updated"]
    whole: list[Any] = []
    for _, body, signature in till.told:
        digest = hmac.digest(till.secret.encode(), body, "sha256")
        assert signature == base64.b64encode(digest).decode()
        try:
            whole.append(json.loads(body)["id"])
        except ValueError:
            assert body.startswith(b"{")
    assert whole == [id]


async def test_the_host_speaks_html_and_not_wordpress(till: Till) -> None:
    till.injector.set(always("5xx-before"), seed=1)
    url = f"{till.owner.sandbox.url}/wp-json/wc/v3/orders"
    async with till.owner.http.get(url) as answer:
        assert (answer.status, answer.content_type) == (504, "text/html")
