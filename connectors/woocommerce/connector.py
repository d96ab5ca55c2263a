"""WooCommerce, as the engine sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp

from connectors.http import HttpClient
from connectors.mapping.folder import load_mappings
from connectors.woocommerce.bridge import shop_bridge, source
from connectors.woocommerce.client import WooCommerce
from connectors.woocommerce.counting import stock_poller
from connectors.woocommerce.errors import judge
from connectors.woocommerce.hooks import Hooks, hook_poller
from connectors.woocommerce.orders import Orders, ShopOrders
from connectors.woocommerce.poller import order_poller
from connectors.woocommerce.refunds import Refunds
from connectors.woocommerce.settings import Shop, ShopSettings
from connectors.woocommerce.signing import authentication
from connectors.woocommerce.stock import ShopStock, Stock
from streams.core.clock import Clock
from streams.core.connector import Connector, Opened, Poller, Sink
from streams.core.metrics import Metrics
from streams.messages.shop import CreateRefund, ReadRefund, UpdateOrder, UpdateStock

SYSTEM = "shop"


@asynccontextmanager
async def open_shop(
    settings: ShopSettings, clock: Clock, metrics: Metrics
) -> AsyncIterator[Opened]:
    """A bridge a shop for its webhooks, one sink for what the shops are told, each shop's pollers.

    Nobody is called before a command or a round.

    Raises:
        MappingError: a mapping file cannot be used.
    """
    mappings = load_mappings(Path(__file__).parent)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        shops = [
            _At(shop, settings.warehouse(shop.code), _client(shop, session, clock, metrics))
            for shop in settings.shops
        ]
        orders = {at.code: ShopOrders(at.client, at.patience) for at in shops}
        stock = {
            at.code: ShopStock(
                at.client,
                mappings["stock_batch"],
                at.patience,
                manage=at.settings.manage_stock,
                unsold=partial(_unsold, metrics, at.settings),
            )
            for at in shops
        }
        refunds = Refunds(orders, mappings["refund_create"])
        sink = Sink(
            SYSTEM,
            {
                UpdateOrder: Orders(orders, mappings).update,
                ReadRefund: refunds.read,
                CreateRefund: refunds.create,
                UpdateStock: Stock(stock).update,
            },
            call_seconds=max(shop.timeout_seconds for shop in settings.shops),
            repeatable=frozenset((UpdateStock, ReadRefund)),
            patience_ms=max(shop.company_ms for shop in settings.shops),
        )
        bridges = tuple(shop_bridge(shop, clock) for shop in settings.shops)
        pollers = tuple(poller for at in shops for poller in at.pollers(clock, metrics))
        yield Opened(bridges, (sink,), pollers)


@dataclass(frozen=True)
class _At:
    """One of the shops, the warehouse that it sells from, and its client."""

    settings: Shop
    warehouse: str
    client: WooCommerce

    @property
    def code(self) -> str:
        return self.settings.code

    @property
    def patience(self) -> float:
        return self.settings.company_ms / 1000

    def pollers(self, clock: Clock, metrics: Metrics) -> tuple[Poller, ...]:
        return (
            order_poller(self.client, self.settings, clock),
            hook_poller(Hooks(self.client, self.settings, metrics), self.settings),
            stock_poller(self.client, self.settings, self.warehouse, clock),
        )


def _client(
    shop: Shop, session: aiohttp.ClientSession, clock: Clock, metrics: Metrics
) -> WooCommerce:
    http = HttpClient(
        SYSTEM,
        shop.url,
        session,
        authentication(shop, clock),
        judge,
        metrics,
        shop.calls_per_minute,
        shop.timeout_seconds,
    )
    return WooCommerce(http)


def _unsold(metrics: Metrics, shop: Shop, items: int) -> None:
    metrics.gauge("tandem_unsold_items", source(shop), to=items)


CONNECTOR = Connector(
    "woocommerce", ShopSettings, (UpdateOrder, ReadRefund, CreateRefund, UpdateStock), open_shop
)
