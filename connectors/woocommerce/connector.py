"""WooCommerce, as the engine sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from connectors.http import HttpClient
from connectors.mapping.folder import load_mappings
from connectors.woocommerce.bridge import shop_bridge, source
from connectors.woocommerce.client import WooCommerce
from connectors.woocommerce.errors import judge
from connectors.woocommerce.hooks import Hooks, hook_poller
from connectors.woocommerce.orders import Orders, ShopOrders
from connectors.woocommerce.poller import order_poller
from connectors.woocommerce.refunds import Refunds
from connectors.woocommerce.settings import ShopSettings
from connectors.woocommerce.signing import authentication
from connectors.woocommerce.stock import ShopStock, Stock
from streams.core.clock import Clock
from streams.core.connector import Connector, Opened, Sink
from streams.core.metrics import Metrics
from streams.messages.shop import ReadRefund, UpdateOrder, UpdateStock

SYSTEM = "shop"


@asynccontextmanager
async def open_shop(
    settings: ShopSettings, clock: Clock, metrics: Metrics
) -> AsyncIterator[Opened]:
    """The bridge for webhooks, the sink for what the shop is told, the pollers for what it missed.

    Nobody is called before a command or a round. Executors take shops by code; today there is one.

    Raises:
        MappingError: a mapping file cannot be used.
    """
    mappings = load_mappings(Path(__file__).parent)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        http = HttpClient(
            SYSTEM,
            settings.url,
            session,
            authentication(settings, clock),
            judge,
            metrics,
            settings.calls_per_minute,
            settings.timeout_seconds,
        )
        shop = WooCommerce(http)
        patience = settings.company_ms / 1000
        orders = ShopOrders(shop, patience)
        stock = ShopStock(
            shop,
            mappings["stock_batch"],
            patience,
            manage=settings.manage_stock,
            unsold=lambda items: metrics.gauge(
                "tandem_unsold_items", source(settings), to=float(items)
            ),
        )
        sink = Sink(
            SYSTEM,
            {
                UpdateOrder: Orders({settings.code: orders}, mappings).update,
                ReadRefund: Refunds({settings.code: orders}).read,
                UpdateStock: Stock({settings.code: stock}).update,
            },
            call_seconds=settings.timeout_seconds,
            repeatable=frozenset((UpdateStock, ReadRefund)),
            patience_ms=settings.company_ms,
        )
        pollers = (
            order_poller(shop, settings, clock),
            hook_poller(Hooks(shop, settings, metrics), settings),
        )
        yield Opened((shop_bridge(settings, clock),), (sink,), pollers)


CONNECTOR = Connector(
    "woocommerce", ShopSettings, (UpdateOrder, ReadRefund, UpdateStock), open_shop
)
