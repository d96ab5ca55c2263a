import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from connectors.heartland.connector import CONNECTOR
from connectors.heartland.sandbox.app import NOTIFIER, Running, SandboxSettings, serve
from connectors.heartland.settings import HeartlandSettings
from streams.core.clock import SteppingClock
from streams.core.connector import Execute, Opened, Outcome, Request
from streams.core.message import Command
from streams.core.metrics import Metrics
from streams.messages.heartland import (
    Authorize,
    Capture,
    CheckPayment,
    Increment,
    Refund,
    Reverse,
)
from tests.unit.connectors.doubtful import Doubtful, doubtful

ENVELOPE = {
    "key": "uk-536365",
    "occurred_at": 1,
    "received_at": 2,
    "source": "flow/order",
    "correlation_id": "uk-536365",
}


@dataclass
class Merchant:
    """A merchant with the connector, a sandbox, and what lies between them."""

    opened: Opened
    line: Doubtful
    sandbox: Running
    clock: SteppingClock
    http: aiohttp.ClientSession
    told: list[Request] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def do(self, command: Command, *, unknown: bool = False) -> Outcome:
        execute: Execute = self.opened.sinks[0].handles[type(command)]
        return await execute(command, unknown=unknown)

    def authorize(self, **fields: object) -> Authorize:
        return Authorize.model_validate(
            {
                **ENVELOPE,
                "id": f"{next(self.numbers):032x}",
                "shop": "uk",
                "order_number": "536365",
                "amount": 1400,
                "currency": "GBP",
                "token": "PMT_good",
                "capture_mode": "LATER",
                "country": "GB",
                "payer_name": "Zoë O'Hara",
                **fields,
            }
        )

    def check(self, transaction_id: str, **fields: object) -> CheckPayment:
        order = {"shop": "uk", "order_id": "1042", "order_number": "536365"}
        return CheckPayment.model_validate({**self._act(transaction_id, 1400), **order, **fields})

    def capture(self, transaction_id: str, amount: int = 1400, **fields: object) -> Capture:
        return Capture.model_validate({**self._act(transaction_id, amount), **fields})

    def increment(self, transaction_id: str, amount: int, authorized: int) -> Increment:
        return Increment.model_validate(
            {**self._act(transaction_id, amount), "authorized": authorized}
        )

    def reverse(self, transaction_id: str, amount: int = 1400) -> Reverse:
        return Reverse.model_validate({**self._act(transaction_id, amount), "reason": "fraud"})

    def refund(self, transaction_id: str, amount: int, captured: int = 1400) -> Refund:
        return Refund.model_validate({**self._act(transaction_id, amount), "captured": captured})

    async def sold(self) -> str:
        """The transaction of an order that is paid: 14.00 captured."""
        return (await self.do(self.authorize(capture_mode="AUTO"))).values["id"]

    async def paid(self, **entry: object) -> str:
        """The transaction of a shop's checkout that has paid by itself: 14.00 authorized."""
        seed = {"order_number": "536365", "amount": "1400", "currency": "GBP"}
        seed |= {"payment_action": "authorize", **entry}  # type: ignore[dict-item]
        url = f"{self.sandbox.url}/_sandbox/transactions"
        async with self.http.post(url, json=[seed]) as answer:
            assert answer.status == 200, await answer.text()
            return str((await answer.json())["transactions"][0]["id"])

    async def settle(self) -> None:
        """Closes the open batch, and deposits what is due."""
        async with self.http.post(f"{self.sandbox.url}/_sandbox/settle") as answer:
            assert answer.status == 200

    def _act(self, transaction_id: str, amount: int) -> dict[str, object]:
        return {
            **ENVELOPE,
            "id": f"{next(self.numbers):032x}",
            "received_at": self.clock.now_ms(),
            "transaction_id": transaction_id,
            "amount": amount,
            "currency": "GBP",
        }

    async def order(self) -> dict[str, Any]:
        """What Heartland's own books say of the order; empty if nothing."""
        async with self.http.get(f"{self.sandbox.url}/_sandbox/books") as answer:
            return dict((await answer.json())["orders"].get("uk-536365", {}))

    async def notifications(self) -> list[Request]:
        await self.sandbox.runner.app[NOTIFIER].settled()
        return self.told


def settings(sandbox: Running, url: str, **more: object) -> HeartlandSettings:
    return HeartlandSettings.model_validate(
        {"url": url, "app_id": sandbox.app_id, "app_key": sandbox.app_key, **more}
    )


@pytest.fixture
def account() -> dict[str, Any]:
    """What the merchant's account is configured by, beside the sandbox's defaults."""
    return {}


@pytest.fixture
async def merchant(account: dict[str, Any]) -> AsyncIterator[Merchant]:
    clock = SteppingClock()
    told: list[Request] = []

    async def hook(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        told.append(Request("POST", request.path, headers, {}, await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hooks/heartland", hook)
    listener = web.AppRunner(app, access_log=None)
    await listener.setup()
    await web.TCPSite(listener, "127.0.0.1", 0).start()
    status_url = f"http://127.0.0.1:{listener.addresses[0][1]}/hooks/heartland"

    sandbox = await serve(SandboxSettings(notify_backoff_ms=(), **account), clock=clock)
    async with aiohttp.ClientSession() as http, doubtful(sandbox.url) as line:
        seeds = [
            {"id": "PMT_good", "brand": "VISA", "last4": "5262"},
            {"id": "PMT_poor", "brand": "VISA", "last4": "1154", "outcome": "decline:101"},
            {"id": "PMT_little", "brand": "VISA", "last4": "0600", "outcome": "limit:600"},
            {"id": "PMT_once", "brand": "VISA", "last4": "0601", "outcome": "limit:600:1"},
            {"id": "PMT_lost", "brand": "VISA", "last4": "4147", "outcome": "decline:103"},
        ]
        async with http.post(f"{sandbox.url}/_sandbox/payment-methods", json=seeds) as answer:
            assert answer.status == 200
        known = settings(sandbox, line.url, status_url=status_url)
        async with CONNECTOR.open(known, clock, Metrics()) as opened:
            yield Merchant(opened, line, sandbox, clock, http, told)
    await sandbox.close()
    await listener.cleanup()
