"""A bad day for webhooks: nobody tells Tandem anything, and it asks instead."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from tests.brokers import Cluster
from tests.e2e.expected import expected
from tests.product import SAMPLE_FILE, Scene, engine, scene

ORDERS = 20
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
