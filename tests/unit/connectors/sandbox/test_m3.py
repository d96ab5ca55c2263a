"""The faults of the M3 sandbox: what M3's books come to when the client does the right thing."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from connectors.m3.connector import CONNECTOR
from connectors.m3.sandbox.app import SandboxSettings, serve
from connectors.sandbox.harness import HARNESS, Options
from connectors.sandbox.injector import Injector
from connectors.sandbox.profiles import FaultProfile, Rule
from streams.core.clock import SystemClock
from streams.core.errors import Rejected
from streams.core.message import Command
from streams.core.metrics import Metrics
from tests.unit.connectors.m3.conftest import ITEMS, M3, order_of, payment, settings
from tests.unit.connectors.sandbox.conftest import always, outages
from tests.unit.connectors.sandbox.trying import through


@dataclass
class Company:
    """M3 with faults, the connector, and an application that takes BODs."""

    m3: M3
    told: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def injector(self) -> Injector:
        found = self.m3.server.runner.app[HARNESS].injector
        assert found
        return found

    async def through(self, *commands: Command) -> None:
        """All at once, each until it is done."""
        handles = self.m3.opened.sinks[0].handles
        await asyncio.gather(*(through(handles[type(each)], each) for each in commands))


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    told: list[tuple[str, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        parts = await request.post()
        parameters, payload = parts["ParameterRequest"], parts["MessagePayload"]
        assert isinstance(parameters, bytearray)
        assert isinstance(payload, bytearray)
        told.append((json.loads(parameters)["documentName"], bytes(payload)))
        return web.Response(status=201)

    app = web.Application()
    app.router.add_post("/ims/service/v3/multipartMessage", take)
    listener = web.AppRunner(app, access_log=None)
    await listener.setup()
    await web.TCPSite(listener, "127.0.0.1", 0).start()
    tenant = SandboxSettings(
        step_ms=0,
        coalesce_ms=0,
        ionapi_path=tmp_path / "m3.ionapi",
        bod_url=f"http://127.0.0.1:{listener.addresses[0][1]}/ims",
    )
    server = await serve(tenant, options=Options(faults="none"))
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{server.url}/_sandbox/items", json=ITEMS) as answer:
            assert answer.status == 200
        clock = SystemClock()
        async with CONNECTOR.open(settings(server.ionapi), clock, Metrics()) as opened:
            yield Company(M3(opened, server, session, clock), told)  # type: ignore[arg-type]
    await server.close()
    await listener.cleanup()


ORDERS = [order_of(f"uk-{number}", [1, 2, 3]) for number in range(60)]
TOTAL = sum(each.total for each in ORDERS)


async def entered_once(company: Company) -> dict[str, Any]:
    """The books, in which every order is once and to the penny."""
    books = dict(await company.m3.books())
    assert books["duplicates"] == []
    assert {key: each["total"] for key, each in books["orders"].items()} == {
        each.key: each.total for each in ORDERS
    }
    assert books["totals"]["ordered"] == TOTAL
    return books


@pytest.mark.parametrize("fault", ["bulk-cut-504", "bulk-cut-ended"])
async def test_a_bulk_call_that_is_cut_off_enters_every_order_once(
    company: Company, fault: str
) -> None:
    company.injector.set(FaultProfile("cuts", "", (Rule(fault, 500),)), seed=1)
    await company.through(*ORDERS)
    await entered_once(company)
    assert company.injector.injected[fault] > 0


@pytest.mark.parametrize("fault", ["lost-reply", "5xx-after", "5xx-before", "reset"])
async def test_lost_replies_and_timeouts_enter_every_order_and_payment_once(
    company: Company, fault: str
) -> None:
    company.injector.set(FaultProfile("lossy", "", (Rule(fault, 500),)), seed=2)
    await company.through(*ORDERS)
    await company.m3.live()
    invoices = (await entered_once(company))["invoices"]
    await company.through(*(payment(key, invoice) for key, invoice in invoices.items()))
    totals = (await company.m3.books())["totals"]
    assert [totals[name] for name in ("ordered", "invoiced", "paid")] == [TOTAL] * 3
    assert totals["outstanding"] == 0
    assert company.injector.injected[fault] > 1


async def test_a_refusal_in_a_bulk_call_is_of_one_order_and_of_once(company: Company) -> None:
    company.injector.set(FaultProfile("picky", "", (Rule("bulk-refusal", 300),)), seed=4)
    handles = company.m3.opened.sinks[0].handles
    ended = await asyncio.gather(
        *(handles[type(each)](each, unknown=False) for each in ORDERS), return_exceptions=True
    )
    refused = [each for each, came in zip(ORDERS, ended, strict=True) if isinstance(came, Rejected)]
    assert {came.code for came in ended if isinstance(came, Rejected)} == {"SBX0001"}
    assert len(refused) == company.injector.injected["bulk-refusal"] > 0
    assert not [
        came for came in ended if isinstance(came, Exception) and type(came) is not Rejected
    ]
    books = await company.m3.books()
    assert books["totals"]["ordered"] == TOTAL - sum(each.total for each in refused)

    await company.through(*refused)
    await entered_once(company)


async def test_an_order_is_known_by_its_reference_whatever_number_it_has(
    company: Company,
) -> None:
    """Head, lines and confirmation of one order are one command: they meet two faults in all."""
    signed_in, order = ORDERS[:2]
    await company.through(signed_in)
    company.injector.set(always("429"), seed=1)
    await company.through(order)
    assert company.injector.injected == {"429": 2}
    entered = (await company.m3.books())["orders"]
    assert entered[order.key]["total"] == order.total


async def test_a_dead_token_and_an_outage_are_in_ion_apis_words(company: Company) -> None:
    await company.through(ORDERS[0])
    company.injector.set(FaultProfile("mortal", "", token_ms=(0, 0)), seed=1)
    url = f"{company.m3.server.url}/TANDEM_TST/M3/m3api-rest/v2/execute/MRS001MI/LstPrograms"
    headers = {"Authorization": "Bearer any"}
    async with company.m3.session.get(url, headers=headers) as answer:
        assert (answer.status, await answer.json()) == (401, {"error": "Unauthorized"})
    company.injector.set(outages(every=1, ms=60_000, most=1), seed=1)
    async with company.m3.session.get(url, headers=headers) as answer:
        assert (answer.status, answer.content_type) == (503, "text/html")


@pytest.mark.parametrize(
    ("fault", "copies"), [("duplicate", 2), ("late", 1), ("unordered", 1), ("missing", 0)]
)
async def test_bods_come_as_often_as_the_fault_says(
    company: Company, fault: str, copies: int
) -> None:
    company.injector.set(always(fault, ms=2), seed=1)
    await company.through(ORDERS[0])
    await company.m3.live()
    names = [name for name, _ in company.told]
    for name in ("Sync.Shipment", "Sync.Invoice"):
        assert names.count(name) == copies
    assert len({*company.told}) == len(company.told) / (copies or 1)
    assert (await company.m3.books())["totals"]["invoiced"] == ORDERS[0].total


async def test_a_malformed_bod_is_the_first_half_of_it(company: Company) -> None:
    company.injector.set(always("malformed"), seed=1)
    await company.through(ORDERS[0])
    await company.m3.live()
    [payload] = [body for name, body in company.told if name == "Sync.Invoice"]
    assert payload.startswith(b"<?xml")
    assert b"</SyncInvoice>" not in payload


async def test_a_jump_of_the_clock_lets_orders_deliver_and_invoice(tmp_path: Path) -> None:
    day_ms = 24 * 60 * 60 * 1000
    tenant = SandboxSettings(step_ms=day_ms, ionapi_path=tmp_path / "m3.ionapi")
    server = await serve(tenant)
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{server.url}/_sandbox/items", json=ITEMS) as answer:
            assert answer.status == 200
        clock = SystemClock()
        async with CONNECTOR.open(settings(server.ionapi), clock, Metrics()) as opened:
            m3 = M3(opened, server, session, clock)  # type: ignore[arg-type]
            await m3.do(ORDERS[0])
            assert (await m3.books())["totals"]["invoiced"] == 0
            while (await m3.books())["totals"]["invoiced"] == 0:
                jump = {"ahead_ms": day_ms}
                async with session.post(f"{server.url}/_sandbox/clock", json=jump) as answer:
                    assert answer.status == 200
            [invoice] = (await m3.books())["invoices"].values()
            assert invoice["gross"] == ORDERS[0].total
    await server.close()
