"""The sandboxes' own APIs over HTTP: seed them, drive the shop, read their books."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientResponse, ClientSession, encode_basic_auth

from streams.core.errors import Misconfigured
from streams.demo.settings import Systems

CHUNK_BYTES = 512 * 1024
"""Bytes of a request's body at the most, but for a row that is larger by itself."""

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Books:
    """What each sandbox's own books say, as it says it, and how many HTTP requests M3 had."""

    shop: dict[str, Any]
    m3: dict[str, Any]
    heartland: dict[str, Any]
    m3_calls: int


@dataclass(frozen=True)
class Sandboxes:
    """The three sandboxes; every method raises `Misconfigured` if one does not do as it is told."""

    http: ClientSession
    systems: Systems

    async def seed_items(self, rows: Rows) -> None:
        """M3's items."""
        await self._post_rows(self.systems.m3_url + "/_sandbox/items", rows)

    async def seed_products(self, rows: Rows) -> None:
        """The shop's products."""
        await self._post_rows(self.systems.shop_url + "/_sandbox/products", rows)

    async def seed_customers(self, rows: Rows) -> None:
        """The shop's customers."""
        await self._post_rows(self.systems.shop_url + "/_sandbox/customers", rows)

    async def seed_payment_methods(self, rows: Rows) -> None:
        """Heartland's stored cards."""
        await self._post_rows(self.systems.heartland_url + "/_sandbox/payment-methods", rows)

    async def register_webhooks(self) -> None:
        """Has the shop tell of new and changed orders, through its REST API."""
        systems = self.systems
        authorization = encode_basic_auth(systems.consumer_key, systems.consumer_secret)
        for topic in ("order.created", "order.updated"):
            hook = {
                "name": f"Tandem {topic}",
                "topic": topic,
                "delivery_url": systems.hooks_url,
                "secret": systems.webhook_secret,
            }
            await self._post(systems.shop_url + "/wp-json/wc/v3/webhooks", hook, authorization)

    async def aim_bods(self) -> None:
        """Has M3 send its BODs to the bridge."""
        target = {"url": self.systems.bods_url}
        if self.systems.bod_secret:
            target["secret"] = self.systems.bod_secret
        await self._post(self.systems.m3_url + "/_sandbox/bod-target", target)

    async def place(self, order: Mapping[str, Any]) -> None:
        """A customer checks out in the shop."""
        await self._post(self.systems.shop_url + "/_sandbox/orders", [order])

    async def refund(self, order: str, seed: Mapping[str, Any]) -> None:
        """A clerk gives goods of an order back in the shop, on its books alone."""
        await self._post(f"{self.systems.shop_url}/_sandbox/orders/{order}/refunds", seed)

    async def misbehave(self, profile: str, seed: int) -> None:
        """From here on faults befall the three systems; they must have been started for it."""
        wanted = json.dumps({"profile": profile, "seed": seed}).encode()
        for url in self._urls.values():
            await self._send(f"{url}/_sandbox/faults", wanted, method="PUT")

    async def injected(self) -> dict[str, dict[str, int]]:
        """How often which fault befell which system; those that did."""
        told = {name: await self._get(f"{url}/_sandbox/faults") for name, url in self._urls.items()}
        return {
            name: {fault: times for fault, times in each["injected"].items() if times}
            for name, each in told.items()
        }

    @property
    def _urls(self) -> dict[str, str]:
        systems = self.systems
        return {
            "shop": systems.shop_url,
            "m3": systems.m3_url,
            "heartland": systems.heartland_url,
        }

    async def books(self) -> Books:
        """The books as they are now."""
        return Books(
            shop=await self._get(self.systems.shop_url + "/_sandbox/books"),
            m3=await self._get(self.systems.m3_url + "/_sandbox/books"),
            heartland=await self._get(self.systems.heartland_url + "/_sandbox/books"),
            m3_calls=(await self._get(self.systems.m3_url + "/_sandbox/calls"))["requests"],
        )

    async def _post_rows(self, url: str, rows: Rows) -> None:
        for body in chunks(rows):
            await self._send(url, body)

    async def _post(self, url: str, body: Any, authorization: str = "") -> None:
        await self._send(url, json.dumps(body).encode(), authorization)

    async def _send(
        self, url: str, body: bytes, authorization: str = "", method: str = "POST"
    ) -> None:
        headers = {"Content-Type": "application/json"}
        if authorization:
            headers["Authorization"] = authorization
        try:
            async with self.http.request(method, url, data=body, headers=headers) as response:
                await _refuse_failure(url, response)
        except ClientError as error:
            raise Misconfigured(f"{url} does not answer: {error}; is the sandbox up?") from error

    async def _get(self, url: str) -> Any:
        try:
            async with self.http.get(url) as response:
                await _refuse_failure(url, response)
                return json.loads(await response.read())
        except ClientError as error:
            raise Misconfigured(f"{url} does not answer: {error}; is the sandbox up?") from error


def chunks(rows: Rows, size: int = CHUNK_BYTES) -> Iterator[bytes]:
    """The rows as JSON lists of at most `size` bytes each; a larger row has a list of its own."""
    chunk: list[bytes] = []
    length = 0
    for row in rows:
        encoded = json.dumps(row).encode()
        if chunk and length + len(encoded) + 2 > size:
            yield b"[" + b",".join(chunk) + b"]"
            chunk, length = [], 0
        chunk.append(encoded)
        length += len(encoded) + 1
    if chunk:
        yield b"[" + b",".join(chunk) + b"]"


async def _refuse_failure(url: str, response: ClientResponse) -> None:
    if not response.ok:
        said = (await response.text())[:300]
        raise Misconfigured(f"{url} answered {response.status}: {said}")
