"""A shop that is killed and started again goes on where it was."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.harness import Options
from connectors.sandbox.keeping.kept import Kept
from connectors.woocommerce.sandbox.app import SandboxSettings, serve
from connectors.woocommerce.sandbox.books import books
from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.shop import Shop
from streams.core.clock import SteppingClock
from tests.unit.connectors.sandbox.killing import killed
from tests.unit.connectors.woocommerce.sandbox.conftest import MUG, TEA, Caller, Receiver
from tests.unit.connectors.woocommerce.sandbox.test_histories import (
    Step,
    check,
    opened,
    place,
    seeds,
    steps,
)

MINUTE = 60_000
SOLD = {"sku": "MUG", "unit_price": "2.55"}


@asynccontextmanager
async def running(state: Path, clock: SteppingClock, key: str = "") -> AsyncIterator[Caller]:
    """A shop; its client signs with the key it was told, or with one it had before."""
    sandbox = await serve(SandboxSettings(), clock=clock, options=Options(state=state))
    auth = key or aiohttp.encode_basic_auth(sandbox.consumer_key, sandbox.consumer_secret)
    async with aiohttp.ClientSession(headers={"Authorization": auth}) as session:
        yield Caller(sandbox, clock, session, {})
    await sandbox.close()


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Caller]:
    async with running(tmp_path / "books", SteppingClock()) as shop:
        shop.products = (await shop.post("/_sandbox/products", [TEA, MUG])).json
        yield shop


@asynccontextmanager
async def started_again(shop: Caller, tmp_path: Path) -> AsyncIterator[Caller]:
    left = killed(tmp_path / "books")
    async with running(left, shop.clock, shop.session.headers["Authorization"]) as again:
        yield again


async def everything(shop: Caller) -> list[Any]:
    """All that a client can ask for, without the address, which may be another."""
    answers = [await shop.books()]
    for path in ("orders", "products", "customers", "webhooks", "refunds"):
        answer = await shop.get(path, per_page="100")
        assert answer.status == 200, answer.text
        answers.append(json.loads(answer.text.replace(shop.sandbox.url.replace("/", "\\/"), "")))
    return answers


async def hook(shop: Caller, url: str, topic: str) -> int:
    number: int = (await shop.post("webhooks", {"topic": topic, "delivery_url": url})).json["id"]
    return number


async def trade(shop: Caller) -> Any:
    """Paid, refunded, edited, held and trashed orders, a customer; the refunded order."""
    order = await shop.place(lines=[{**SOLD, "quantity": 3}], status="processing")
    await shop.act(order, "refunds", lines=[{"sku": "MUG", "quantity": 1}], reason="chipped")
    await shop.place(status="pending", check_stock=True)
    waiting = await shop.place(status="on-hold")
    await shop.act(waiting, "lines", lines=[{"sku": "MUG", "quantity": 2}])
    await shop.act(await shop.place(), "trash")
    await shop.post("customers", {"email": "ada@example.com", "first_name": "Ada"})
    await shop.put(f"orders/{order['id']}", {"meta_data": [{"key": "weight", "value": 1.50}]})
    return order


async def test_what_was_traded_is_there_again_and_goes_on(kept: Caller, tmp_path: Path) -> None:
    order = await trade(kept)
    before = await everything(kept)
    async with started_again(kept, tmp_path) as again:
        after = await everything(again)
        newer = await again.place(lines=[{"sku": "MUG", "quantity": 1}])
        await again.act(order, "refunds", lines=[{"sku": "MUG", "quantity": 2}])
        refunded = await again.order(order)
        mugs = await again.stock("MUG")

    assert after == before
    assert newer["id"] > max(each["id"] for each in before[1])
    assert refunded["status"] == "refunded"
    assert [each["total"] for each in refunded["refunds"]] == ["-2.55", "-5.10"]
    assert mugs == 10 - 2 - 1


async def test_stock_that_an_unpaid_order_holds_stays_held_until_its_time(
    kept: Caller, tmp_path: Path
) -> None:
    many = {"lines": [{**SOLD, "quantity": 8}], "status": "pending", "check_stock": True}
    await kept.place(**many)
    async with started_again(kept, tmp_path) as again:
        refused = await again.post("/_sandbox/orders", [many])
        kept.clock.advance(61 * MINUTE)
        cancelled = (await again.post("/_sandbox/cron", {})).json["cancelled"]
        allowed = await again.post("/_sandbox/orders", [many])

    assert refused.status == 409
    assert len(cancelled) == 1
    assert allowed.status == 201


async def test_webhooks_that_waited_are_delivered_once(
    kept: Caller, tmp_path: Path, receiver: Receiver
) -> None:
    await hook(kept, receiver.url, "order.created")
    receiver.got.clear()
    await kept.place()
    await kept.sandbox.drained()
    await kept.post("/_sandbox/queue", {"held": True})
    held = await kept.place()
    async with started_again(kept, tmp_path) as again:
        still = (await again.books())["webhooks"][0]["pending"]
        await again.post("/_sandbox/queue", {"held": False})
        await again.sandbox.drained()
        left = again.sandbox
        told = (await again.books())["webhooks"][0]

    assert still == 1
    assert left.shop.subscriptions.pending() == {}
    assert [body["id"] for body in receiver.bodies] == [held["id"] - 1, held["id"]]
    assert (told["delivered"], told["pending"]) == (2, 0)


async def test_a_webhook_on_its_way_is_sent_again(kept: Caller, tmp_path: Path) -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pending.append(writer)
        called.set()

    called, pending = asyncio.Event(), list[asyncio.StreamWriter]()
    listener = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    await kept.post("/_sandbox/queue", {"held": True})
    number = await _hooked(kept, f"http://127.0.0.1:{port}/")
    await kept.place()
    await kept.post("/_sandbox/queue", {"held": False})
    await asyncio.wait_for(called.wait(), 5)
    async with started_again(kept, tmp_path) as again:
        called.clear()
        await asyncio.wait_for(called.wait(), 5)
        hooks = (await again.books())["webhooks"]
    for writer in pending:
        writer.close()
    listener.close()

    assert [each["id"] for each in hooks] == [number]
    assert hooks[0]["delivered"] == 0


async def _hooked(shop: Caller, url: str) -> int:
    """A webhook to an address that is not pinged."""
    hooks = shop.sandbox.shop.subscriptions.by_id
    number = await hook(shop, "http://127.0.0.1:9/", "order.created")
    hooks[number].delivery_url = url
    return number


async def test_failures_in_a_row_are_counted_on(
    kept: Caller, tmp_path: Path, receiver: Receiver
) -> None:
    receiver.status = 500
    await hook(kept, receiver.url, "order.created")
    for _ in range(4):
        await kept.place()
        await kept.sandbox.drained()
    async with started_again(kept, tmp_path) as again:
        for _ in range(3):
            await again.place()
            await again.sandbox.drained()
        told = (await again.books())["webhooks"][0]

    assert told["status"] == "disabled"


async def test_the_key_the_secret_and_the_money_stay(kept: Caller, tmp_path: Path) -> None:
    await kept.post("/_sandbox/settings", {"currency": "EUR", "vat_percent": 19})
    async with started_again(kept, tmp_path) as again:
        told = (await again.get("settings/general/woocommerce_currency")).json["value"]
        placed = await again.order(await again.place())

    assert again.sandbox.consumer_key == kept.sandbox.consumer_key
    assert again.sandbox.webhook_secret == kept.sandbox.webhook_secret
    assert (told, placed["currency"]) == ("EUR", "EUR")
    assert placed["tax_lines"][0]["rate_percent"] == 19


async def test_reset_empties_the_file(kept: Caller, tmp_path: Path, receiver: Receiver) -> None:
    await hook(kept, receiver.url, "order.created")
    order = await trade(kept)
    await kept.post("/_sandbox/reset", {})
    async with started_again(kept, tmp_path) as again:
        after = await everything(again)
        products = (await again.post("/_sandbox/products", [TEA])).json

    assert (after[0]["orders"], after[0]["stock"], after[0]["webhooks"]) == ({}, {}, [])
    assert after[1:] == [[], [], [], [], []]
    assert products["TEA-100"] > order["id"]


@given(
    st.lists(seeds, min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 2), steps, st.booleans()), max_size=15),
)
@settings(max_examples=60, deadline=None)
def test_killed_at_any_time_a_shop_is_as_it_was(
    wanted: list[dict[str, Any]], history: list[tuple[int, Step, bool]]
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        place_of_books = Path(directory) / "books"
        kept = Kept(place_of_books / "shop.sqlite", "shop")
        shop = opened(kept)
        for seed in wanted:
            attempt(lambda seed=seed: place(shop, seed))  # type: ignore[misc]
        for index, step, dies in history:
            assert kept.differences() == []
            if dies:
                place_of_books, kept, shop = _again(place_of_books, kept, shop)
            orders = list(shop.orders)
            if not orders:
                break
            order = shop.order(orders[index % len(orders)])
            attempt(lambda shop=shop, do=step, order=order: do(shop, order))  # type: ignore[misc]
            check(shop)
        kept.close()


def _again(state: Path, kept: Kept, shop: Shop) -> tuple[Path, Kept, Shop]:
    """Another shop, of what a kill would leave of this one."""
    before, left = books(shop), killed(state)
    kept.close()
    shutil.rmtree(state)
    another = Kept(left / "shop.sqlite", "shop")
    again = Shop(SandboxSettings(), shop.clock, another)
    assert books(again) == before
    return left, another, again


def attempt(step: Callable[[], Any]) -> None:
    with suppress(RestError):
        step()
