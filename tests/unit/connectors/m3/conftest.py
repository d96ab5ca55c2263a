"""The connector at work against a served sandbox, and commands to give it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.m3.connector import CONNECTOR
from connectors.m3.sandbox.app import SandboxSettings, Server, serve
from connectors.m3.settings import M3Settings
from streams.core.clock import SteppingClock
from streams.core.connector import Bridge, Opened, Outcome, Request
from streams.core.errors import Rejected
from streams.core.message import Command, Message
from streams.core.metrics import Metrics
from streams.messages.m3 import (
    CancelLines,
    CancelOrder,
    CreateOrder,
    CreateReturn,
    EnsureCustomer,
    RecordPayment,
)
from streams.messages.parts import Address, Charge, Line, Returned

ITEMS: list[dict[str, Any]] = [
    {"ITNO": "85123A", "ITDS": "White hanging heart", "price": "9.99", "STQT": 100_000},
    {"ITNO": "22752", "ITDS": "Babushka nesting boxes", "price": "7.65", "STQT": 100_000},
    {"ITNO": "POST", "ITDS": "Postage", "price": "0"},
]
ANN = Address(
    first_name="Ann",
    last_name="Example",
    address_1="1 High Street",
    city="Leeds",
    postcode="LS1 4AP",
    country="GB",
    email="ann@example.com",
    phone="+44 113 496 0000",
)


@dataclass
class M3:
    """The connector, and what the sandbox's own books say of its work."""

    opened: Opened
    server: Server
    session: aiohttp.ClientSession
    clock: SteppingClock

    async def do(self, command: Command, *, unknown: bool = False) -> Outcome:
        """Executes a command as the engine does."""
        execute = self.opened.sinks[0].handles[type(command)]
        return await execute(command, unknown=unknown)

    async def ask(self, path: str) -> Any:
        """An answer of the sandbox's admin API."""
        async with self.session.get(f"{self.server.url}/_sandbox/{path}") as answer:
            assert answer.status == 200
            return await answer.json()

    async def act(self, path: str, body: Any) -> None:
        """What a clerk or the warehouse does in M3, and all that follows by itself."""
        async with self.session.post(f"{self.server.url}/_sandbox/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
        await self.live()

    async def books(self) -> Any:
        """The sandbox's books."""
        return await self.ask("books")

    async def invoiced(self, key: str) -> Any:
        """The invoice of an order, once M3 has written it."""
        await self.live()
        return (await self.books())["invoices"][key]

    async def sold(self, command: CreateOrder) -> str:
        """ORNO of an order that M3 has delivered and invoiced."""
        number = (await self.do(command)).values["ORNO"]
        await self.live()
        return number

    async def live(self) -> None:
        """Lets time pass in M3 until nothing moves by itself."""
        while not (await self.ask("quiet"))["quiet"]:
            pass


def settings(ionapi: Path, **more: Any) -> M3Settings:
    """The connector's settings for a sandbox."""
    values = {"ionapi": ionapi, "cono": 100, "divi": "AAA", "ims_secret": "sandbox-ion-secret"}
    return M3Settings(**{**values, **more})


@asynccontextmanager
async def opened(home: Path, tenant: dict[str, Any], **more: Any) -> AsyncIterator[M3]:
    """A sandbox that lives at once, seeded, and the connector that is opened for it.

    Args:
        home: where the `.ionapi` file goes.
        tenant: settings of the sandbox.
        more: settings of the connector.
    """
    chosen = {
        "step_ms": 0,
        "return_ms": 0,
        "coalesce_ms": 0,
        "ionapi_path": home / "m3.ionapi",
        **tenant,
    }
    clock = SteppingClock(1_291_191_960_000)
    server = await serve(SandboxSettings(**chosen), clock=clock)
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{server.url}/_sandbox/items", json=ITEMS) as answer:
            assert answer.status == 200
        async with CONNECTOR.open(settings(server.ionapi, **more), clock, Metrics()) as connector:
            yield M3(connector, server, session, clock)
    await server.close()


@pytest.fixture
async def m3(tmp_path: Path) -> AsyncIterator[M3]:
    """A sandbox and the connector that is opened for it; nobody takes its BODs."""
    async with opened(tmp_path, {}) as m3:
        yield m3


@dataclass
class Doors:
    """Where ION's deliveries come in: what the bridge of the tenant at work makes of them.

    Attributes:
        events: all that the bridge told so far.
    """

    home: Path
    url: str = ""
    bridge: Bridge | None = None
    events: list[Message] = field(default_factory=list)

    @asynccontextmanager
    async def tenant(
        self, ims: str = "v3/multipartMessage", process_ms: int = 0, **more: Any
    ) -> AsyncIterator[M3]:
        """A sandbox that sends its BODs here in a form, and the connector opened for it."""
        tenant = {"ims": ims, "process_ms": process_ms, "bod_url": self.url}
        async with opened(self.home, tenant, **more) as m3:
            (self.bridge,) = m3.opened.bridges
            yield m3

    async def take(self, request: web.Request) -> web.Response:
        """Answers ION as the bridge says."""
        assert self.bridge
        lower = {name.lower(): value for name, value in request.headers.items()}
        given = Request(request.method, request.path, lower, {}, await request.read())
        try:
            received = self.bridge.receive(given)
        except Rejected:
            return web.Response(status=self.bridge.refused_status)
        self.events.extend(received.messages)
        return web.Response(status=received.status, text=received.body)


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    """Tandem's side of ION's deliveries, over HTTP."""
    here = Doors(tmp_path)
    app = web.Application()
    app.router.add_route("*", "/ims/{tail:.*}", here.take)
    async with TestServer(app) as server:
        here.url = str(server.make_url("/ims"))
        yield here


def order(key: str = "uk-536365", **changes: Any) -> CreateOrder:
    """An order of 6 x 2.55 and 2 x 7.65 with 5.00 postage: 35.60."""
    lines = (
        Line(line_id="1", item="85123A", name="Heart", quantity=6, unit_price="2.55", amount=1530),
        Line(line_id="2", item="22752", quantity=2, unit_price="7.65", amount=1530),
    )
    values: dict[str, Any] = {
        "shop": "uk",
        "order_id": key.partition("-")[2],
        "order_number": key.partition("-")[2],
        "customer_number": "GUEST",
        "guest": True,
        "currency": "GBP",
        "total": 3560,
        "ordered_at": 1_291_191_960_000,
        "lines": lines,
        "charges": (Charge(kind="freight", code="POST", name="Postage", amount=500),),
        "bill_to": ANN,
        "ship_to": ANN,
    }
    return CreateOrder(**{**envelope(key), **values, **changes})


def order_of(key: str, quantities: list[int]) -> CreateOrder:
    """An order with a line of hearts at 2.55 for each quantity."""
    lines = tuple(
        Line(line_id=str(n), item="85123A", quantity=pieces, unit_price="2.55", amount=pieces * 255)
        for n, pieces in enumerate(quantities, 1)
    )
    return order(key, lines=lines, charges=(), total=sum(line.amount for line in lines))


def customer(number: str = "17850", **changes: Any) -> EnsureCustomer:
    """A customer of the shop."""
    values = {"shop": "uk", "customer_id": number, "currency": "GBP", "address": ANN}
    return EnsureCustomer(**{**envelope(f"uk-{number}"), **values, **changes})


def payment(key: str, invoice: Any, **changes: Any) -> RecordPayment:
    """The payment of an invoice as the sandbox's books show it."""
    values = {
        "invoice_number": invoice["CINO"],
        "invoice_year": invoice["INYR"],
        "customer_number": "GUEST",
        "amount": invoice["gross"],
        "currency": "GBP",
        "transaction_id": "TRN_BHZ1whvNJnMvB6dPwf3znwWTsPjCn0_abc",
        "paid_at": 1_291_191_960_000,
    }
    return RecordPayment(**{**envelope(key), **values, **changes})


def goods(item: str, quantity: int, price: str, order_line: str = "") -> Returned:
    """Goods of an order that come back."""
    return Returned(item=item, quantity=quantity, unit_price=price, order_line=order_line)


def sent_back(
    key: str, m3_order: str, *lines: Returned, refund: str = "77", **changes: Any
) -> CreateReturn:
    """The return of goods of an order in M3."""
    values = {
        "id": f"return-{refund}-{key}",
        "shop": "uk",
        "refund_id": refund,
        "m3_order": m3_order,
        "currency": "GBP",
        "lines": lines,
    }
    return CreateReturn(**{**envelope(key), **values, **changes})


def cancelled(key: str, m3_order: str) -> CancelOrder:
    """An order that nobody wants any more."""
    return CancelOrder(**envelope(key), m3_order=m3_order)


def cancelled_lines(key: str, m3_order: str, *lines: str) -> CancelLines:
    """Lines of an order that nobody wants any more, by PONR."""
    return CancelLines(**envelope(key), m3_order=m3_order, lines=lines)


def envelope(key: str) -> dict[str, Any]:
    """What every command has."""
    return {
        "id": f"command-{key}",
        "key": key,
        "occurred_at": 1,
        "received_at": 1,
        "source": "flow/order",
        "correlation_id": key,
    }
