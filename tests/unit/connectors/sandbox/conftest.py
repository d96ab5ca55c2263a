"""A till that takes payments, with the sandboxes' harness around it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientConnectionError, web
from aiohttp.test_utils import TestClient, TestServer

from connectors.sandbox.face import Answer, Face, route_of
from connectors.sandbox.harness import Harness, Options
from connectors.sandbox.injector import Injector, Subject
from connectors.sandbox.page import Page, table
from connectors.sandbox.profiles import FaultProfile, Outages, Rule
from streams.core.clock import SteppingClock
from streams.core.money import show

LOST = 0
"""In place of a status: the connection was closed without an answer."""


def always(fault: str, ms: int = 0, per_command: int = 2) -> FaultProfile:
    """Nothing but this fault, as often as it may."""
    return FaultProfile("always", "", (Rule(fault, 1000, (ms, ms)),), per_command=per_command)


@dataclass
class Till:
    """A client of the till, and what the till has in it: minor units by payment."""

    harness: Harness
    clock: SteppingClock
    http: TestClient[Any, Any] | None = None
    paid: dict[str, list[int]] = field(default_factory=dict)
    heard: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)

    @property
    def injector(self) -> Injector:
        assert self.harness.injector
        return self.harness.injector

    async def call(self, method: str, path: str, body: Any = None, token: str = "") -> int:
        """The status that the client sees, `LOST` for none."""
        assert self.http
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with self.http.request(method, path, json=body, headers=headers) as answer:
                text = await answer.text()
                said = json.loads(text) if answer.content_type == "application/json" else text
                self.heard.append((answer.status, said, dict(answer.headers)))
                return answer.status
        except ClientConnectionError:
            return LOST

    async def pay(self, id: str, amount: int = 100, token: str = "") -> int:
        return await self.call("POST", "/api/pay", {"id": id, "amount": amount}, token)

    def page(self) -> Page:
        """The till's books."""
        rows = ((id, show(sum(paid), "GBP")) for id, paid in self.paid.items())
        takings = table("Takings", {"id": "text", "paid": "number"}, rows)
        total = sum(map(sum, self.paid.values()))
        return Page("The till", "A test", (("taken", show(total, "GBP")),), (takings,))

    async def admin(self, path: str) -> Any:
        assert self.http
        async with self.http.get(f"/_sandbox/{path}") as answer:
            return await answer.json()


def _subject(request: web.Request, body: bytes) -> Subject:
    if request.method == "GET":
        return Subject(route_of(request))
    asked = json.loads(body)
    ids = [asked["id"]] if "id" in asked else list(asked["ids"])
    return Subject(route_of(request), tuple(ids))


FACE = Face("heartland", ("/api/",), _subject, Answer(401, '{"error": "token"}'))

Open = Callable[[Options], Awaitable[Till]]


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    clients: list[TestClient[Any, Any]] = []

    async def open_till(options: Options) -> Till:
        clock = SteppingClock()
        till = Till(Harness(FACE, clock, options), clock)

        async def pay(request: web.Request) -> web.Response:
            asked = await request.json()
            for id in asked.get("ids") or [asked["id"]]:
                till.paid.setdefault(id, []).append(asked["amount"])
            return web.json_response({"paid": asked["amount"], "secret": "hush"})

        async def total(_: web.Request) -> web.Response:
            return web.json_response({"total": sum(map(sum, till.paid.values()))})

        app = web.Application(middlewares=till.harness.middlewares())
        app.add_routes([web.post("/api/pay", pay), web.get("/api/total", total)])
        app.add_routes(till.harness.routes(till.page))
        till.http = TestClient(TestServer(app))
        await till.http.start_server()
        clients.append(till.http)
        return till

    yield open_till
    for client in clients:
        await client.close()


@pytest.fixture
async def till(opened: Open) -> Till:
    """Armed, with nothing going wrong yet."""
    return await opened(Options(faults="none"))


def outages(every: int, ms: int, most: int) -> FaultProfile:
    """Nothing but outages."""
    return FaultProfile("outages", "", outages=Outages(every, ms, most))
