"""A shop that serves, callers who hold its key, and somebody who receives its webhooks."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from connectors.woocommerce.sandbox.app import SandboxSettings, ShopSandbox, serve
from streams.core.clock import SteppingClock
from tests.unit.connectors.woocommerce.sandbox.recordings import parsed

TEA = {"sku": "TEA-100", "name": "Tea tin 100 g", "regular_price": "10.00", "stock_quantity": 987}
MUG = {"sku": "MUG", "name": "Mug", "regular_price": "2.55", "stock_quantity": 10}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return parsed(self.text)


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


@dataclass
class Caller:
    """Calls the shop with its key, by Basic."""

    sandbox: ShopSandbox
    clock: SteppingClock
    session: aiohttp.ClientSession
    products: dict[str, int]

    async def call(self, method: str, path: str, **kwargs: Any) -> Answer:
        base = "" if path.startswith("/") else "/wp-json/wc/v3/"
        async with self.session.request(method, self.sandbox.url + base + path, **kwargs) as got:
            return Answer(got.status, dict(got.headers), await got.text())

    async def get(self, path: str, **params: str) -> Answer:
        return await self.call("GET", path, params=params)

    async def post(self, path: str, body: Any) -> Answer:
        return await self.call("POST", path, json=body)

    async def put(self, path: str, body: Any) -> Answer:
        return await self.call("PUT", path, json=body)

    async def place(self, **seed: Any) -> Any:
        lines = [{"sku": "TEA-100", "quantity": 1, "unit_price": "10.00"}]
        placed = await self.post("/_sandbox/orders", [{"lines": lines} | seed])
        assert placed.status == 201, placed.text
        return placed.json[0]

    async def act(self, order: Any, what: str, **seed: Any) -> Answer:
        """What a clerk or a customer does to an order in the shop itself."""
        return await self.post(f"/_sandbox/orders/{order['id']}/{what}", seed)

    async def order(self, placed: Any) -> Any:
        return (await self.get(f"orders/{placed['id']}")).json

    async def stock(self, sku: str) -> int:
        left: int = (await self.books())["stock"][sku]
        return left

    async def books(self) -> Any:
        return (await self.get("/_sandbox/books")).json


@pytest.fixture
def settings() -> SandboxSettings:
    return SandboxSettings()


@pytest.fixture
async def shop(settings: SandboxSettings) -> AsyncIterator[Caller]:
    clock = SteppingClock()
    sandbox = await serve(replace(settings), clock=clock)
    auth = aiohttp.encode_basic_auth(sandbox.consumer_key, sandbox.consumer_secret)
    async with aiohttp.ClientSession(headers={"Authorization": auth}) as session:
        caller = Caller(sandbox, clock, session, {})
        caller.products = (await caller.post("/_sandbox/products", [TEA, MUG])).json
        yield caller
    await sandbox.close()


@dataclass
class Delivery:
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Takes webhooks and answers with `status`."""

    url: str = ""
    status: int = 200
    got: list[Delivery] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(Delivery(dict(request.headers), await request.read()))
        return web.Response(status=self.status, headers={"Location": "/elsewhere"})

    @property
    def topics(self) -> list[str]:
        return [d.headers["X-WC-Webhook-Topic"] for d in self.got]

    @property
    def bodies(self) -> list[Any]:
        return [parsed(d.body) for d in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()
