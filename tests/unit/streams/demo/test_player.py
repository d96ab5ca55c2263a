"""A whole run against the real sandboxes, with a Tandem that only says that it is done."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from rich.console import Console

from connectors.heartland.sandbox import app as heartland
from connectors.m3.sandbox import app as m3
from connectors.sandbox.harness import Options
from connectors.woocommerce.sandbox import app as shop
from streams.core.errors import Misconfigured
from streams.core.message import Message
from streams.core.money import exact_minor
from streams.demo.documents import Adjustment
from streams.demo.files import COLUMNS
from streams.demo.playback import exceptional
from streams.demo.player import play
from streams.demo.report import Report
from streams.demo.settings import DemoSettings, Systems
from streams.demo.watch import Watch
from streams.flows.order.records import Refund
from streams.flows.order.state import Status
from streams.messages.ops import Exceptional
from tests.unit.streams.demo.builders import state

FILE = f"""{",".join(COLUMNS)}
1001,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
1001,POST,POSTAGE,1,2010-12-01 08:26:00,18.00,17850.0,United Kingdom
C1002,85123A,WHITE HEART,-1,2010-12-01 08:27:00,2.55,17850.0,United Kingdom
C1002,22086,PAPER CHAIN,-1,2010-12-01 08:27:00,0.85,17850.0,United Kingdom
1003,22086,PAPER CHAIN,1,2010-12-01 08:28:00,0.0,,EIRE
1004,22086,PAPER CHAIN,2,2010-12-01 08:29:00,1.25,,Germany
"""


@dataclass
class Pretender:
    """Takes the shop's webhooks and says at once that all is done; moves nothing."""

    watch: Watch = field(default_factory=Watch)
    ignored: frozenset[str] = frozenset()
    seen: list[str] = field(default_factory=list)

    async def hook(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.content_type == "application/json":
            self._closed(json.loads(body, parse_float=str))
        return web.Response()

    async def publish(self, messages: Sequence[Message]) -> None:
        for message in messages:
            assert isinstance(message, Exceptional)
            self.watch.exception(message)

    def _closed(self, order: dict[str, Any]) -> None:
        key = f"uk-{order['id']}"
        self.seen.append(key)
        if key not in self.ignored:
            back = {
                str(refund["id"]): Refund(
                    id=str(refund["id"]), amount=given, at=0, given=given, steps=("closed",)
                )
                for refund in order["refunds"]
                if (given := -exact_minor(refund["total"], "GBP"))
            }
            total = exact_minor(order["total"], "GBP")
            self.watch.order(state(key, Status.CLOSED, total, refunds=back))


@dataclass
class World:
    systems: Systems
    shop: shop.ShopSandbox
    tandem: Pretender

    async def play(self, tmp_path: Path, **settings: Any) -> tuple[Report, str]:
        path = tmp_path / "orders.csv"
        path.write_text(FILE, "utf-8")
        told = StringIO()
        run = DemoSettings(files=(path,), settle_seconds=0, **settings)
        report = await play(
            run, self.systems, self.tandem.watch, self.tandem.publish, Console(file=told)
        )
        return report, told.getvalue()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    tandem = Pretender()
    bridge = web.Application()
    bridge.router.add_post("/hooks/shop/uk", tandem.hook)
    runner = web.AppRunner(bridge)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    armed = Options(faults="none")
    store = await shop.serve(shop.SandboxSettings(keep_alive=True), 0, options=armed)
    ionapi = tmp_path / "sandbox.ionapi"
    erp = await m3.serve(m3.SandboxSettings(ionapi_path=ionapi), 0, options=armed)
    gateway = await heartland.serve(heartland.SandboxSettings(), 0, options=armed)
    systems = Systems(
        shop_url=store.url,
        consumer_key=store.consumer_key,
        consumer_secret=store.consumer_secret,
        webhook_secret=store.webhook_secret,
        m3_url=erp.url,
        heartland_url=gateway.url,
        hooks_url=f"{address}/hooks/shop/uk",
        bods_url=f"{address}/bods",
    )
    yield World(systems, store, tandem)
    await store.close()
    await erp.close()
    await gateway.close()
    await runner.cleanup()


async def test_every_document_is_played_and_the_books_are_read(
    world: World, tmp_path: Path
) -> None:
    report, told = await world.play(tmp_path)
    assert report.documents == {"orders": 3, "returns": 1, "adjustments": 0, "without_lines": 0}
    assert report.orders == {"placed": 3, "closed": 3, "declined": 0, "cancelled": 0, "open": 0}
    assert report.systems["shop"]["money"]["GBP"]["ordered"] == 1530 + 1800 + 250
    assert report.systems["shop"]["money"]["GBP"]["refunded"] == 255
    assert report.money["GBP"]["refunded"] == 255
    assert [(case["key"], case["minor_units"]) for case in report.exceptions] == [("uk-C1002", 85)]
    assert "3 closed" in told.splitlines()[-1]


async def test_books_that_nobody_moved_do_not_agree(world: World, tmp_path: Path) -> None:
    report, _ = await world.play(tmp_path)
    assert not report.agree
    differ = {(each["key"], each["system"], each["field"]) for each in report.differences}
    assert ("uk-1001", "shop", "status") in differ
    assert ("uk-1001", "m3", "invoiced") in differ
    assert ("uk-1004", "heartland", "kept") in differ
    assert ("uk-1003", "heartland", "kept") not in differ


async def test_a_limit_counts_every_document(world: World, tmp_path: Path) -> None:
    report, _ = await world.play(tmp_path, limit=2)
    assert report.documents == {"orders": 1, "returns": 1, "adjustments": 0, "without_lines": 0}
    assert set(world.tandem.seen) == {"uk-1001"}


async def test_an_order_that_stands_still_ends_the_run_and_is_open(
    world: World, tmp_path: Path
) -> None:
    world.tandem.ignored = frozenset({"uk-1001"})
    report, _ = await world.play(tmp_path, in_flight=1, stall_seconds=0.1)
    assert report.orders == {"placed": 1, "closed": 0, "declined": 0, "cancelled": 0, "open": 1}
    assert not report.agree
    assert {each["key"] for each in report.differences} == {"uk-1001", "uk-1003", "uk-1004"}


async def test_what_waits_for_a_person_is_not_waited_for_long(world: World, tmp_path: Path) -> None:
    world.tandem.ignored = frozenset({"uk-1004"})
    waits = exceptional(Adjustment("1004", 0, 250), 250, "uk-1004", 0)
    world.tandem.watch.exception(waits)
    report, _ = await world.play(tmp_path, stall_seconds=60, quiet_seconds=0.1)
    assert (report.orders["closed"], report.orders["open"]) == (2, 1)
    assert [(case["key"], case["minor_units"]) for case in report.cases] == [("uk-1004", 250)]


async def test_faults_begin_with_the_first_order_and_are_counted(
    world: World, tmp_path: Path
) -> None:
    report, _ = await world.play(tmp_path, faults="declines", seed=7)
    assert report.faults == {
        "profile": "declines",
        "seed": 7,
        "injected": {"shop": {}, "m3": {}, "heartland": {}},
    }
    async with ClientSession() as http, http.get(f"{world.shop.url}/_sandbox/faults") as answer:
        told = await answer.json()
    assert (told["profile"], told["seed"]) == ("declines", 7)


async def test_a_sandbox_that_is_not_there_is_named(world: World, tmp_path: Path) -> None:
    await world.shop.close()
    with pytest.raises(Misconfigured, match=r"/_sandbox/products does not answer"):
        await world.play(tmp_path)
