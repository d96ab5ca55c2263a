"""What the shop shows of its stock: page by page through all products and their variations.

Only what the shop keeps a stock of counts, under a SKU, in whole pieces. A variation that draws on
its product's has none of its own. A product that moves from page to page is seen at the next round.
"""

import json
from collections.abc import Iterator
from math import floor

from connectors.woocommerce.bridge import source
from connectors.woocommerce.client import BATCH, Record, WooCommerce
from connectors.woocommerce.fields import Fields
from connectors.woocommerce.settings import Shop
from streams.core.clock import Clock
from streams.core.connector import Page, Poller
from streams.core.message import Message, message_id
from streams.messages.stock import StockCounted

VARIABLE = "variable"


def stock_poller(shop: WooCommerce, settings: Shop, warehouse: str, clock: Clock) -> Poller:
    """Finds `stock.counted` of every item; a round is through when all were seen."""

    async def fetch(cursor: str) -> Page:
        offset = int(cursor or 0)
        products = await shop.stocked(offset)
        found = [*products]
        for product in products:
            if product["type"] == VARIABLE:
                found += await shop.stocked_variations(product["id"])
        more = len(products) == BATCH
        items = tuple(_items(found, clock.now_ms()))
        return Page(items, str(offset + BATCH) if more else "", more)

    def translate(item: bytes) -> tuple[Message, ...]:
        return (_counted(Fields(json.loads(item)), settings.code, warehouse),)

    return Poller(f"{source(settings)}/stock", settings.stock_poll_seconds, fetch, translate)


def _items(found: list[Record], at: int) -> Iterator[bytes]:
    for each in found:
        quantity = each["stock_quantity"]
        if each["manage_stock"] is True and each["sku"] and quantity is not None:
            seen = {"sku": each["sku"], "stock_quantity": floor(quantity), "at": at}
            yield json.dumps(seen, sort_keys=True).encode()


def _counted(seen: Fields, shop: str, warehouse: str) -> StockCounted:
    item, quantity, at = seen.text("sku"), seen.integer("stock_quantity"), seen.integer("at")
    key = f"{item}@{warehouse}"
    return StockCounted(
        id=message_id(StockCounted.type, shop, key, quantity, at),
        key=key,
        occurred_at=at,
        received_at=at,
        source=f"shop/{shop}",
        correlation_id=key,
        item=item,
        warehouse=warehouse,
        shop=shop,
        quantity=quantity,
    )
