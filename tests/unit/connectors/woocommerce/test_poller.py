"""Orders that no webhook told of, and webhooks that went silent, against the sandbox."""

import logging
from typing import Any

import pytest
from aiohttp import web

from connectors.sandbox.clock import SandboxClock
from connectors.woocommerce.poller import Place
from streams.core.clock import SteppingClock
from streams.core.errors import Misconfigured, Rejected, Transient
from streams.messages.order import OrderCancelled, OrderPlaced
from tests.unit.connectors.polling import Polling, keys, polling
from tests.unit.connectors.woocommerce.conftest import SKUS, Heard, Owner, rest

SECOND = 1_000


@pytest.fixture
def clock(owner: Owner) -> SteppingClock:
    clock = owner.sandbox.shop.clock
    assert isinstance(clock, SandboxClock)
    assert isinstance(clock.base, SteppingClock)
    return clock.base


@pytest.fixture
async def orders(owner: Owner) -> Polling:
    """The poller of orders, at its second round: the first says where it begins."""
    orders = polling(owner.opened, "shop/uk/orders")
    assert await orders.round() == []
    return orders


@pytest.fixture
def hooks(owner: Owner) -> Polling:
    return polling(owner.opened, "shop/uk/webhooks")


async def act(owner: Owner, order: int, what: str, **body: Any) -> None:
    url = f"{owner.sandbox.url}/_sandbox/orders/{order}/{what}"
    async with owner.http.post(url, json=body) as answer:
        assert answer.status == 200, await answer.text()


async def test_an_order_that_no_webhook_told_of_arrives(owner: Owner, orders: Polling) -> None:
    order = await owner.place()
    (found,) = await orders.round()
    assert isinstance(found, OrderPlaced)
    assert (found.key, found.total, found.lines[0].item) == (f"uk-{order}", 1000, SKUS[0])


async def test_told_and_fetched_it_is_one_event(
    owner: Owner, orders: Polling, heard: Heard, clock: SteppingClock
) -> None:
    await heard.listen()
    order = await owner.place()
    await owner.sandbox.drained()
    clock.advance(SECOND)
    await act(owner, order, "status", status="on-hold")
    await owner.sandbox.drained()
    told = heard.events()
    assert len(told) > 1
    found = [*await orders.round(), *await orders.round()]
    assert {message.id for message in told} == {message.id for message in found}
    assert len({message.id for message in told}) == 1


async def test_rounds_go_on_behind_the_newest_and_look_back_by_the_overlap(
    owner: Owner, orders: Polling, clock: SteppingClock
) -> None:
    first = await owner.place()
    assert keys(await orders.round()) == [f"uk-{first}"]
    clock.advance(299 * SECOND)
    second = await owner.place()
    assert keys(await orders.round()) == [f"uk-{first}", f"uk-{second}"]
    clock.advance(300 * SECOND)
    third = await owner.place()
    assert keys(await orders.round()) == [f"uk-{n}" for n in (first, second, third)]
    assert keys(await orders.round()) == [f"uk-{third}"]


async def test_what_was_before_the_first_look_is_not_fetched(
    owner: Owner, clock: SteppingClock
) -> None:
    await owner.place()
    clock.advance(301 * SECOND)
    await owner.place()
    assert len(await polling(owner.opened, "shop/uk/orders").round()) == 1


async def test_a_long_standstill_is_made_up_for(
    owner: Owner, orders: Polling, clock: SteppingClock
) -> None:
    missed = []
    for _ in range(230):
        missed.append(f"uk-{await owner.place(status='on-hold')}")  # the shop cancels the unpaid
        clock.advance(20 * SECOND)
    assert keys(await orders.round()) == missed
    assert orders.fetches == 1 + 3
    assert keys(await orders.round()) == missed[-15:]


async def test_more_orders_of_one_second_than_a_page_holds(
    owner: Owner, orders: Polling, clock: SteppingClock
) -> None:
    before = await owner.place()
    clock.advance(SECOND)
    crowd = [await owner.place() for _ in range(250)]
    clock.advance(SECOND)
    behind = await owner.place()
    assert keys(await orders.round()) == [f"uk-{n}" for n in (before, *crowd, behind)]
    assert orders.fetches == 1 + 3


async def test_orders_that_move_while_a_list_is_read_are_not_lost(
    owner: Owner, orders: Polling, clock: SteppingClock
) -> None:
    placed = []
    for _ in range(200):
        placed.append(await owner.place())
        clock.advance(SECOND)
    page = await orders.poller.fetch(orders.cursor)
    for order in placed[:50]:
        await act(owner, order, "status", status="on-hold")
    found = [message for item in page.items for message in orders.poller.translate(item)]
    orders.cursor = page.cursor
    found += await orders.round()
    assert {message.key for message in found} == {f"uk-{order}" for order in placed}


async def test_an_order_of_the_same_second_that_comes_later_is_found(
    owner: Owner, orders: Polling
) -> None:
    first = await owner.place()
    assert keys(await orders.round()) == [f"uk-{first}"]
    second = await owner.place()
    assert keys(await orders.round()) == [f"uk-{first}", f"uk-{second}"]


async def test_what_tandem_itself_wrote_is_no_news(
    owner: Owner, orders: Polling, clock: SteppingClock
) -> None:
    order = await owner.place()
    (known,) = await orders.round()
    assert isinstance(known, OrderPlaced)
    clock.advance(SECOND)
    await owner.do(owner.update(order, status="processing", m3_order="1", seen=known.content))
    await owner.do(owner.update(order, note="Picked.", carrier="DPD"))
    assert await orders.round() == []


async def test_drafts_and_finished_orders_are_no_news(owner: Owner, orders: Polling) -> None:
    for status in ("completed", "failed"):
        await act(owner, await owner.place(), "status", status=status)
    assert await orders.round() == []


async def test_a_cancellation_that_no_webhook_told_of_arrives(
    owner: Owner, orders: Polling
) -> None:
    order = await owner.place()
    await act(owner, order, "status", status="cancelled")
    (found,) = await orders.round()
    assert isinstance(found, OrderCancelled)
    assert found.key == f"uk-{order}"


async def test_an_order_that_is_refused_does_not_hold_up_the_others(
    owner: Owner, orders: Polling, heard: Heard
) -> None:
    await heard.listen()
    made = await rest(
        owner, "POST", "orders", {"line_items": [{"product_id": 99999, "quantity": 1}]}
    )
    await owner.sandbox.drained()
    sent = heard.requests[-1].body
    good = await owner.place()
    assert keys(await orders.round()) == [f"uk-{good}"]
    ((item, why),) = orders.refused
    assert f'"id":{made["id"]},'.encode() in item
    assert item == sent, "so it is the same dead letter as the bridge's"
    again = heard.refused(item, orders.poller.headers)
    assert (again.field, again.reason) == (why.field, why.reason)
    assert why.field


async def test_a_shop_that_fails_in_the_middle_is_asked_again_from_there(
    owner: Owner, orders: Polling
) -> None:
    placed = [f"uk-{await owner.place()}" for _ in range(150)]
    page = await orders.poller.fetch(orders.cursor)
    orders.cursor = page.cursor
    owner.line.answer("GET /wp-json/wc/v3/orders", _busy())
    with pytest.raises(Transient) as busy:
        await orders.round()
    assert busy.value.retry_after == 30
    found = [message for item in page.items for message in orders.poller.translate(item)]
    assert keys(found + await orders.round()) == placed


async def test_a_disabled_webhook_is_set_active_again_and_told(
    owner: Owner, hooks: Polling, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    made = await heard.listen()
    heard.status = 500
    for _ in range(7):
        await owner.place()
        await owner.sandbox.drained()
    assert [h["status"] for h in await rest(owner, "GET", "webhooks")] == ["disabled", "disabled"]

    with caplog.at_level(logging.WARNING):
        assert await hooks.round() == []
        assert await hooks.round() == []
    assert [h["status"] for h in await rest(owner, "GET", "webhooks")] == ["active", "active"]
    told = [each.getMessage() for each in caplog.records if "switched off" in each.getMessage()]
    assert len(told) == len(made)
    assert all(any(f"webhook {id} " in text for text in told) for id in made)
    assert owner.metric("tandem_webhooks_revived_total") == 2
    assert owner.metric("tandem_webhooks_missing") == 0

    heard.status = 200
    order = await owner.place()
    await owner.sandbox.drained()
    assert heard.events()[-1].key == f"uk-{order}"


async def test_a_webhook_that_is_missing_or_paused_is_told_once_and_left_alone(
    owner: Owner, hooks: Polling, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await hooks.round()
        await hooks.round()
        assert owner.metric("tandem_webhooks_missing") == 2
        assert len(caplog.records) == 1
        assert "there is no webhook order.created" in caplog.text
        assert "/hooks/shop/uk" in caplog.text

        made = await heard.listen()
        await rest(owner, "PUT", f"webhooks/{made[1]}", {"status": "paused"})
        await hooks.round()
        assert owner.metric("tandem_webhooks_missing") == 1
        assert "webhook order.updated is paused" in caplog.records[1].getMessage()
        statuses = [hook["status"] for hook in await rest(owner, "GET", "webhooks")]
        assert sorted(statuses) == ["active", "paused"]

        await rest(owner, "PUT", f"webhooks/{made[1]}", {"status": "active"})
        await hooks.round()
        assert "all its webhooks again" in caplog.records[2].getMessage()
    assert owner.metric("tandem_webhooks_missing") == 0


async def test_webhooks_of_others_are_not_ours(owner: Owner, hooks: Polling) -> None:
    for number in range(101):
        hook = {"topic": "order.created", "delivery_url": f"http://127.0.0.1:9/other/{number}"}
        await rest(owner, "POST", "webhooks", hook)
    await rest(owner, "PUT", "webhooks/1", {"status": "disabled"})
    await hooks.round()
    assert (await rest(owner, "GET", "webhooks/1"))["status"] == "disabled"
    assert owner.metric("tandem_webhooks_missing") == 2


async def test_a_key_that_may_not_read_stops_the_poller(owner: Owner, orders: Polling) -> None:
    owner.line.answer("GET /wp-json/wc/v3/orders", _refuse())
    with pytest.raises(Misconfigured, match="REST key"):
        await orders.round()


def test_a_cursor_is_what_it_was_written_as() -> None:
    for place in (Place(5), Place(5, 4), Place(5, 4, (1, 2))):
        assert Place.of(place.cursor, 9) == place
    assert Place.of("", 9) == Place(9)


def test_a_full_page_of_nothing_known_is_said() -> None:
    with pytest.raises(Rejected, match="date_modified_gmt"):
        Place(5).after([], full=True)


def _busy() -> web.Response:
    return web.Response(status=503, headers={"Retry-After": "30"})


def _refuse() -> web.Response:
    return web.json_response({"code": "woocommerce_rest_cannot_view", "message": "no"}, status=401)
