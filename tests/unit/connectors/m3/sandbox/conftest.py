"""A sandbox behind HTTP, an application that takes its BODs, and a client that knows M3's paths."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestClient, TestServer
from defusedxml.ElementTree import fromstring

from connectors.m3.sandbox.app import CREDENTIALS, SandboxSettings, create_app
from connectors.m3.sandbox.oagis import NAMESPACE
from connectors.sandbox.harness import Options
from streams.core.clock import SteppingClock, SystemClock

Json = dict[str, Any]
Client = TestClient[web.Request, web.Application]
ITEMS = [
    {"ITNO": "85123A", "ITDS": "White hanging heart", "price": "2.55", "STQT": 1000},
    {"ITNO": "22752", "ITDS": "Babushka nesting boxes", "price": "7.65", "STQT": 50},
]


@dataclass
class Mi:
    """Calls MI transactions and gives back what a client needs to see."""

    http: Client
    base: str
    token: str = ""
    state: Path | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def get(self, name: str, fields: dict[str, str], status: int = 200) -> Json:
        """One GET; the whole answer."""
        path = f"{self.base}/{name}"
        async with self.http.get(path, params=fields, headers=self.headers) as answer:
            assert answer.status == status, await answer.text()
            body: Json = await answer.json()
            return body

    async def records(self, name: str, **fields: str) -> list[dict[str, str]]:
        """The records of a transaction that must succeed."""
        body = await self.get(name, fields)
        assert body["nrOfFailedTransactions"] == 0, body
        records: list[dict[str, str]] = body["results"][0]["records"]
        return records

    async def refused(self, name: str, **fields: str) -> tuple[str, str]:
        """Message id and field of a transaction that M3's logic must refuse."""
        body = await self.get(name, fields)
        result = body["results"][0]
        assert body["nrOfFailedTransactions"] == 1, body
        assert result["errorType"] == "ServerReturnedNOK"
        return result["errorCode"], result["errorField"]

    async def bulk(self, program: str, entries: list[Any], status: int = 200, **body: Any) -> Json:
        """One bulk POST; entries are (transaction, record) or whole dicts."""
        transactions = [
            entry if isinstance(entry, dict) else {"transaction": entry[0], "record": entry[1]}
            for entry in entries
        ]
        data = {"program": program, **body, "transactions": transactions}
        return await self.post(json.dumps(data), status)

    async def post(self, text: str, status: int = 200) -> Json:
        """A bulk POST of any text."""
        headers = {**self.headers, "Content-Type": "application/json"}
        async with self.http.post(self.base, data=text, headers=headers) as answer:
            assert answer.status == status, await answer.text()
            body: Json = await answer.json()
            return body

    async def batch_order(self, cuor: str, lines: list[dict[str, str]], **head: str) -> str:
        """Head and lines; the temporary number."""
        fields = {"CUNO": "GUEST", "CUOR": cuor, **head}
        opened = await self.records("OIS100MI/AddBatchHead", **fields)
        orno = opened[0]["ORNO"]
        for line in lines:
            await self.records("OIS100MI/AddBatchLine", ORNO=orno, **line)
        return orno

    async def order(self, cuor: str, lines: list[dict[str, str]], **head: str) -> str:
        """A confirmed order; its final number."""
        orno = await self.batch_order(cuor, lines, **head)
        confirmed = await self.records("OIS100MI/Confirm", ORNO=orno)
        return confirmed[0]["ORNO"]

    async def act(self, path: str, body: Any, status: int = 200) -> Json:
        """POST to the admin API."""
        async with self.http.post(f"/_sandbox/{path}", json=body) as answer:
            assert answer.status == status, await answer.text()
            told: Json = await answer.json()
            return told

    async def admin(self, path: str) -> Json:
        """GET of the admin API."""
        async with self.http.get(f"/_sandbox/{path}") as answer:
            body: Json = await answer.json()
            return body

    async def still(self) -> Json:
        """Waits until nothing moves by itself and every BOD is taken; the books."""
        async with asyncio.timeout(5):
            while not (await self.admin("quiet"))["quiet"]:
                pass
        return await self.admin("books")


@dataclass(frozen=True)
class Bod:
    """A BOD as the application received it."""

    parameters: Json
    headers: dict[str, str]
    root: Element

    @property
    def variation(self) -> int:
        """`variationID`; 0 if it has none."""
        found = self.root.find(".//*[@variationID]")
        return 0 if found is None else int(found.get("variationID", "0"))

    def texts(self, path: str) -> list[str]:
        """The texts at an XPath, `m:` being the namespace of BODs."""
        return [each.text or "" for each in self.root.findall(path, {"m": NAMESPACE})]


@dataclass
class Application:
    """Takes BODs as Tandem's bridge will; may refuse the first ones."""

    url: str = ""
    refuse: int = 0
    bods: list[Bod] = field(default_factory=list)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        if self.refuse:
            self.refuse -= 1
            return web.Response(status=503)
        parts = await request.post()
        payload = parts["MessagePayload"]
        assert isinstance(payload, bytearray)
        parameters = json.loads(parts["ParameterRequest"])  # type: ignore[arg-type]
        bod = Bod(parameters, dict(request.headers), fromstring(payload))
        async with self._arrived:
            self.bods.append(bod)
            self._arrived.notify_all()
        return web.Response(status=201)

    def latest(self, name: str) -> Bod:
        """Of the BODs of that name the one with the highest variation."""
        return max(self.named(name), key=lambda bod: bod.variation)

    def named(self, name: str) -> list[Bod]:
        return [bod for bod in self.bods if bod.parameters["documentName"] == name]

    async def wait_for(self, name: str, count: int = 1) -> list[Bod]:
        """Waits until `count` BODs of that name are here."""
        async with asyncio.timeout(5), self._arrived:
            await self._arrived.wait_for(lambda: len(self.named(name)) >= count)
        return self.named(name)


@pytest.fixture
async def application() -> AsyncIterator[Application]:
    taker = Application()
    app = web.Application()
    app.router.add_post("/ims/service/v3/multipartMessage", taker.take)
    async with TestServer(app) as server:
        taker.url = str(server.make_url("/ims"))
        yield taker


Start = Callable[..., Awaitable[Mi]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts sandboxes with given settings, items seeded and a token taken.

    With `token` the sandbox is one of before: nothing is seeded, the client goes on with it.
    """
    clients: list[Client] = []

    async def started(
        clock: SteppingClock | None = None,
        state: Path | None = None,
        token: str = "",
        **settings: Any,
    ) -> Mi:
        chosen = SandboxSettings(
            **{"step_ms": 1, "coalesce_ms": 5, "ionapi_path": tmp_path / "m3.ionapi", **settings}
        )
        app = create_app(chosen, clock or SystemClock(), Options(state=state))
        http = TestClient(TestServer(app))
        await http.start_server()
        clients.append(http)
        base = f"/{chosen.tenant}/M3/m3api-rest/v2/execute"
        if token:
            return Mi(http, base, token, state)
        await http.post("/_sandbox/items", json=ITEMS)
        known = app[CREDENTIALS]
        async with http.post(
            f"/{chosen.tenant}/as/token.oauth2",
            data={"grant_type": "password", "username": known.saak, "password": known.sask},
            headers={"Authorization": encode_basic_auth(known.ci, known.cs)},
        ) as answer:
            token = (await answer.json())["access_token"]
        return Mi(http, base, token, state)

    yield started
    for http in clients:
        await http.close()


@pytest.fixture
async def m3(start: Start, application: Application) -> Mi:
    """A sandbox that sends its BODs to `application`."""
    return await start(bod_url=application.url)
