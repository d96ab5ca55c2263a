from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from connectors.woocommerce.connector import CONNECTOR
from connectors.woocommerce.sandbox.app import SandboxSettings, ShopSandbox, serve
from connectors.woocommerce.sandbox.products import Product
from connectors.woocommerce.settings import ShopSettings
from connectors.woocommerce.signing import OAuth1
from streams.core.clock import SteppingClock
from streams.core.connector import Execute, Opened, Outcome, Request
from streams.core.errors import Rejected
from streams.core.message import Command, Message
from streams.core.metrics import Metrics
from streams.messages.shop import CreateRefund, ReadRefund, UpdateOrder, UpdateStock
from tests.unit.connectors.doubtful import Doubtful, doubtful

SKUS = [f"SKU-{n:03}" for n in range(250)]


@dataclass
class Owner:
    """A shop's owner with the connector, the sandbox, and what lies between them."""

    opened: Opened
    line: Doubtful
    sandbox: ShopSandbox
    http: aiohttp.ClientSession
    metrics: Metrics
    numbers: Any = field(default_factory=lambda: count(1))

    async def do(self, command: Command, *, unknown: bool = False) -> Outcome:
        execute: Execute = self.opened.sinks[0].handles[type(command)]
        return await execute(command, unknown=unknown)

    async def place(self, **seed: Any) -> int:
        """An order in the shop; answers its id."""
        lines = [{"sku": SKUS[0], "quantity": 1, "unit_price": "10.00"}]
        async with self.http.post(
            f"{self.sandbox.url}/_sandbox/orders", json=[{"lines": lines} | seed]
        ) as placed:
            assert placed.status == 201, await placed.text()
            return int((await placed.json())[0]["id"])

    def metric(self, name: str) -> float:
        """What the metrics say of the shop."""
        return self.metrics.registry.get_sample_value(name, {"source": "shop/uk"}) or 0.0

    async def act(self, order_id: int, what: str, **seed: Any) -> None:
        """What a clerk or a customer does to an order in the shop itself."""
        url = f"{self.sandbox.url}/_sandbox/orders/{order_id}/{what}"
        async with self.http.post(url, json=seed) as answer:
            assert answer.status == 200, await answer.text()

    async def books(self) -> dict[str, Any]:
        async with self.http.get(f"{self.sandbox.url}/_sandbox/books") as answer:
            return dict(await answer.json())

    async def order(self, order_id: int) -> dict[str, Any]:
        return dict((await self.books())["orders"][str(order_id)])

    async def said(self, order_id: int) -> list[str]:
        """The notes that are not the shop's own."""
        notes = (await self.order(order_id))["notes"]
        return [note for note in notes if not note.startswith("Order status changed")]

    def product(self, sku: str) -> Product:
        """The product or variation as the shop has it."""
        return self.sandbox.shop.product_by_sku[sku]

    def change(self, sku: str, **fields: Any) -> Product:
        """Somebody saves a product in the shop."""
        return self.sandbox.shop.catalogue.save(self.product(sku), fields)

    def add_variation(self, product: str, sku: str, **fields: Any) -> Product:
        """A variation of a product, which becomes a variable one."""
        shop, parent = self.sandbox.shop, self.change(product, type="variable", manage_stock=False)
        stock = {"manage_stock": True, "stock_quantity": 7}
        return shop.catalogue.save(shop.new_product(parent=parent), {"sku": sku} | stock | fields)

    async def remake(self, sku: str) -> None:
        """The product is deleted and made anew: the SKU has another id."""
        shop = self.sandbox.shop
        old = shop.product_by_sku.pop(sku)
        del shop.products[old.id]
        await seed(self.http, self.sandbox, [sku])

    def update(self, order_id: int | str, **fields: object) -> UpdateOrder:
        return UpdateOrder.model_validate(
            {
                **self._envelope(f"uk-{order_id}"),
                "shop": "uk",
                "order_id": str(order_id),
                **fields,
            }
        )

    def read(self, order_id: int | str, refund_id: int | str, **fields: object) -> ReadRefund:
        return ReadRefund.model_validate(
            {
                **self._envelope(f"uk-{order_id}"),
                "shop": "uk",
                "order_id": str(order_id),
                "refund_id": str(refund_id),
                "currency": "GBP",
                **fields,
            }
        )

    def refund(
        self, order_id: int | str, amount: int, reason: str, **fields: object
    ) -> CreateRefund:
        return CreateRefund.model_validate(
            {
                **self._envelope(f"uk-{order_id}"),
                "shop": "uk",
                "order_id": str(order_id),
                "amount": amount,
                "currency": "GBP",
                "reason": reason,
                **fields,
            }
        )

    def stock(self, item: str, quantity: int, **fields: object) -> UpdateStock:
        return UpdateStock.model_validate(
            {
                **self._envelope(f"{item}@001"),
                "shop": "uk",
                "item": item,
                "quantity": quantity,
                **fields,
            }
        )

    def _envelope(self, key: str) -> dict[str, object]:
        return {
            "id": f"{next(self.numbers):08x}" + "0" * 24,
            "key": key,
            "occurred_at": 1,
            "received_at": 2,
            "source": "flow/order",
            "correlation_id": key,
        }


def settings(sandbox: ShopSandbox, url: str, **more: object) -> ShopSettings:
    return ShopSettings.model_validate(
        {
            "url": url,
            "consumer_key": sandbox.consumer_key,
            "consumer_secret": sandbox.consumer_secret,
            "webhook_secret": sandbox.webhook_secret,
            **more,
        }
    )


async def seed(http: aiohttp.ClientSession, sandbox: ShopSandbox, skus: list[str]) -> None:
    products = [{"sku": sku, "name": sku, "stock_quantity": 7} for sku in skus]
    async with http.post(f"{sandbox.url}/_sandbox/products", json=products) as answer:
        assert answer.status == 200, await answer.text()


@asynccontextmanager
async def an_owner(**more: object) -> AsyncIterator[Owner]:
    """As strict as a real shop: no Basic without TLS; `more` are settings of the connector."""
    clock = SteppingClock()
    sandbox = await serve(SandboxSettings(basic_on_http=False), clock=clock)
    async with aiohttp.ClientSession() as http, doubtful(sandbox.url) as line:
        await seed(http, sandbox, SKUS)
        metrics = Metrics()
        async with CONNECTOR.open(settings(sandbox, line.url, **more), clock, metrics) as opened:
            yield Owner(opened, line, sandbox, http, metrics)
    await sandbox.close()


async def rest(owner: Owner, method: str, path: str, body: Any = None) -> Any:
    """A call of the shop's own API, as its owner; lists have 200 entries at the most."""
    sandbox = owner.sandbox
    oauth = OAuth1(sandbox.consumer_key, sandbox.consumer_secret, sandbox.shop.clock)
    params = {"per_page": "100", "order": "asc"} if method == "GET" else {}
    signed = await oauth.sign(method, f"{sandbox.url}/wp-json/wc/v3/{path}", params)
    async with owner.http.request(method, URL(signed.url, encoded=True), json=body) as answer:
        assert answer.status < 300, await answer.text()
        return await answer.json()


@dataclass
class Heard:
    """Tandem's bridge, and what the shop has sent it.

    Attributes:
        status: what the shop is answered.
    """

    owner: Owner
    url: str = ""
    status: int = 200
    requests: list[Request] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        self.requests.append(Request("POST", request.path, headers, {}, body))
        return web.Response(status=self.status)

    async def listen(self) -> list[int]:
        """Makes the webhooks; their ids."""
        made = []
        for topic in ("order.created", "order.updated"):
            hook = {"topic": topic, "delivery_url": self.url}
            made.append((await rest(self.owner, "POST", "webhooks", hook))["id"])
        return made

    def events(self) -> list[Message]:
        """What the bridge makes of all that was sent."""
        (bridge,) = self.owner.opened.bridges
        return [each for request in self.requests for each in bridge.receive(request).messages]

    def refused(self, item: bytes, headers: Mapping[str, str]) -> Rejected:
        """What the bridge says of a dead letter that is sent again."""
        (bridge,) = self.owner.opened.bridges
        with pytest.raises(Rejected) as refused:
            bridge.translate(Request("GET", "/orders", headers, {}, item))
        return refused.value


@pytest.fixture
async def heard(owner: Owner) -> AsyncIterator[Heard]:
    heard = Heard(owner)
    app = web.Application()
    app.router.add_post("/hooks/shop/uk", heard.take)
    async with TestServer(app) as server:
        heard.url = str(server.make_url("/hooks/shop/uk"))
        yield heard


@pytest.fixture
async def owner() -> AsyncIterator[Owner]:
    """With the settings as they are if nothing is said."""
    async with an_owner() as owner:
        yield owner


@pytest.fixture
def opened_with() -> Callable[..., AbstractAsyncContextManager[Owner]]:
    """An owner with other settings of the connector."""
    return an_owner
