"""A bad day for webhooks: nobody tells Tandem anything, and it asks instead."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from streams.flows.order.state import Status
from tests.brokers import Cluster
from tests.e2e.counter import assert_agrees, cases, checkout, in_m3, opened, settled
from tests.e2e.expected import expected
from tests.product import SAMPLE_FILE, Scene, engine, eventually, scene

ORDERS = 20
FAILURES = 7
"""So many failed deliveries in a row, and WooCommerce switches a webhook off."""

ASKING = {
    "TANDEM_SHOP_POLL_SECONDS": "0.5",
    "TANDEM_M3_POLL_SECONDS": "0.5",
    "TANDEM_M3_SETTLE_SECONDS": "0",
    "TANDEM_HEARTLAND_POLL_SECONDS": "0.5",
    "TANDEM_HEARTLAND_STATUS_URL": "",
}


@asynccontextmanager
async def unheard(cluster: Cluster) -> AsyncIterator[Scene]:
    """A scene whose systems know of no bridge: no webhook, no BOD, no notification is sent."""
    async with scene(engine(cluster), **ASKING) as acts:
        nowhere = replace(acts.stage.systems, hooks_url="", bods_url="")
        yield replace(acts, stage=replace(acts.stage, systems=nowhere))


async def test_the_story_closes_without_a_bridge(cluster: Cluster) -> None:
    async with unheard(cluster) as acts, acts.stage.roles("flows", "sinks", "pollers"):
        report = await acts.play(limit=ORDERS)
    wanted = expected(SAMPLE_FILE, ORDERS)
    assert report.differences == []
    assert report.agree
    assert report.orders["closed"] == len(wanted.orders)
    assert report.money["GBP"]["captured"] == wanted.ordered
    assert acts.eyes.letters == {}


async def test_a_line_that_is_deleted_in_m3_is_found_out_in_the_end(cluster: Cluster) -> None:
    key = "uk-840001"
    async with unheard(cluster) as acts, acts.stage.roles("flows", "sinks", "pollers"):
        await opened(acts)
        await acts.sandboxes.place(checkout(840001, ("TEA", 1, "3.00"), ("LATE", 2, "2.50")))
        await acts.eyes.status(key, Status.CONFIRMED)

        await in_m3(acts, "orders/cancel", {"CUOR": key, "ITNO": "LATE"})

        await settled(acts, key)
        await assert_agrees(acts, key, 300)
    assert not cases(acts, key)


async def test_webhooks_that_the_shop_has_switched_off_are_active_again_and_nothing_is_missed(
    cluster: Cluster,
) -> None:
    often = {"TANDEM_SHOP_POLL_SECONDS": "0.5", "TANDEM_SHOP_WEBHOOK_POLL_SECONDS": "0.5"}
    async with scene(engine(cluster), **often) as acts:
        await opened(acts)
        numbers = range(840001, 840001 + FAILURES)
        for number in numbers:
            await acts.sandboxes.place(checkout(number, ("TEA", 1, "3.00")))
        await eventually(lambda: webhook_is(acts, "disabled"))

        async with acts.stage.roles():
            for number in numbers:
                await acts.eyes.status(f"uk-{number}", Status.CLOSED)
            await eventually(lambda: webhook_is(acts, "active"))

        async with acts.stage.roles("bridge", "flows", "sinks"):
            await acts.sandboxes.place(checkout(840099, ("TEA", 1, "3.00")))
            await acts.eyes.status("uk-840099", Status.CLOSED)
    assert acts.eyes.letters == {}


async def webhook_is(acts: Scene, status: str) -> bool | None:
    """Whether the shop's webhook of new orders has a status."""
    books = await acts.sandboxes.books()
    created = (hook for hook in books.shop["webhooks"] if hook["topic"] == "order.created")
    return next(created)["status"] == status or None
