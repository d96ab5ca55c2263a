"""Signed notifications to a transaction's `status_url`.

Documented by the vendor for alternative payment methods only; whether a plain card's status is told
too is not proven (facts: UCP-2021). Delivery is at least once, in no order, and unanswered ones are
tried again a few times: by analogy, as no guarantee of the vendor was found.

The signature is the hex SHA-512 of the raw body followed by the application's key: a plain hash, no
HMAC, no timestamp (facts: PHP `GenerationUtils`).
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import aiohttp

from connectors.heartland.sandbox.ids import new_id
from connectors.heartland.sandbox.settings import API_VERSION, SandboxSettings
from connectors.heartland.sandbox.transactions import Transaction
from connectors.heartland.sandbox.views import Json, transaction_detail
from connectors.sandbox.injector import AS_IT_IS, Injector
from connectors.sandbox.keeping.shelves import MEMORY, Series, Shelves
from streams.core.clock import iso

_TIMEOUT_SECONDS = 10
_NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True)
class Notification:
    """A notification as it leaves: each try sends the same bytes and headers.

    `order` and `status` are what it tells of.
    """

    url: str
    body: bytes
    headers: dict[str, str]
    order: str = ""
    status: str = ""

    def cut_off(self, app_key: str) -> "Notification":
        """The first half of it, rightly signed."""
        body = self.body[: len(self.body) // 2]
        headers = {**self.headers, "X-GP-Signature": sign(body, app_key)}
        return replace(self, body=body, headers=headers)


def status_notification(
    transaction: Transaction, settings: SandboxSettings, now_ms: int
) -> Notification:
    """What is told of a transaction's status: its detail."""
    return signed(
        transaction_detail(transaction, settings),
        url=transaction.order.status_url,
        action="STATUS_NOTIFICATION",
        settings=settings,
        now_ms=now_ms,
    )


def signed(
    resource: Json,
    *,
    url: str,
    action: str,
    settings: SandboxSettings,
    now_ms: int,
    headers: Mapping[str, str] = _NO_HEADERS,
) -> Notification:
    """A notification of a resource: with an `action` of that type, minified, ASCII, signed.

    A character outside ASCII is sent as "?", so that a receiver that hashes the JSON it wrote again
    comes to the same signature as one that hashes the raw bytes.
    """
    told = dict(resource)
    told["action"] = {
        "id": new_id("ACT"),
        "type": action,
        "time_created": iso(now_ms),
        "result_code": "DECLINED" if resource.get("status") == "DECLINED" else "SUCCESS",
        "app_id": settings.app_id,
        "app_name": settings.app_name,
    }
    text = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
    body = text.encode("ascii", "replace")
    sent = {
        "Content-Type": "application/json",
        "X-GP-Signature": sign(body, settings.app_key),
        "X-GP-Idempotency": new_id("NTF"),
        "X-GP-Version": API_VERSION,
        **headers,
    }
    order = str(resource.get("order_reference") or resource.get("reference") or "")
    return Notification(url, body, sent, order, str(resource.get("status", "")))


def sign(body: bytes, app_key: str) -> str:
    """`X-GP-Signature` of a body: 128 hexadecimal digits."""
    return hashlib.sha512(body + app_key.encode()).hexdigest()


class Notifier:
    """Sends notifications in the background; `async with` it, leaving drains what is under way.

    What a sandbox had not got rid of when it was stopped is tried again from the first try.
    """

    def __init__(
        self,
        settings: SandboxSettings,
        injector: Injector | None = None,
        shelves: Shelves = MEMORY,
    ) -> None:
        self._settings = settings
        self._injector = injector
        self._open: dict[int, Notification] = shelves.shelf("notifications", Notification)
        self._numbers = Series(shelves, "notifications")
        self._ended: dict[str, int] = shelves.shelf("notifications_ended", int)
        self._limit = asyncio.Semaphore(settings.notify_concurrency)
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Opens the connections' pool."""
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
        self._session = aiohttp.ClientSession(timeout=timeout)
        for number in self._open:
            self._start(number, 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Waits for what is under way, at most the drain time of the settings; then gives up."""
        await self._drain()
        if self._session is not None:
            await self._session.close()

    def send(self, notification: Notification) -> None:
        """Starts sending, as often and as late as the faults say; returns at once."""
        fate = AS_IT_IS
        if self._injector:
            fate = self._injector.message(notification.status, notification.order)
        for copy in fate.copies:
            told = notification
            if copy.malformed:
                told = notification.cut_off(self._settings.app_key)
            number = next(self._numbers)
            self._open[number] = told
            self._start(number, copy.wait_ms)

    @property
    def counts(self) -> dict[str, int]:
        """How many were `delivered` and how many `given_up`."""
        return {name: self._ended.get(name, 0) for name in ("delivered", "given_up")}

    async def settled(self) -> None:
        """Returns when nothing is under way: everything was delivered or given up."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _start(self, number: int, wait_ms: int) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(number, wait_ms))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self) -> None:
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=self._settings.drain_ms / 1000)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _deliver(self, number: int, wait_ms: int) -> None:
        if wait_ms:
            await asyncio.sleep(wait_ms / 1000)
        for pause_ms in (*self._settings.notify_backoff_ms, None):
            if await self._post(self._open[number]):
                self._end(number, "delivered")
                return
            if pause_ms is not None:
                await asyncio.sleep(pause_ms / 1000)
        self._end(number, "given_up")

    def _end(self, number: int, how: str) -> None:
        del self._open[number]
        self._ended[how] = self._ended.get(how, 0) + 1

    async def _post(self, notification: Notification) -> bool:
        if self._session is None:
            raise RuntimeError("the notifier is not open")
        try:
            async with (
                self._limit,
                self._session.post(
                    notification.url, data=notification.body, headers=notification.headers
                ) as response,
            ):
                return 200 <= response.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False
