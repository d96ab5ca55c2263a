"""A WooCommerce 9.9.5 shop in one process: REST v3, webhooks, and an admin API to seed it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from aiohttp import web

from connectors.sandbox.harness import HARNESS, PLAIN, Harness, Options
from connectors.woocommerce.sandbox.admin import add_admin_routes
from connectors.woocommerce.sandbox.bodies import Bodies
from connectors.woocommerce.sandbox.books import books
from connectors.woocommerce.sandbox.clerk_routes import add_clerk_routes
from connectors.woocommerce.sandbox.customer_routes import add_customer_routes
from connectors.woocommerce.sandbox.delivery import Courier
from connectors.woocommerce.sandbox.face import face
from connectors.woocommerce.sandbox.oauth import Authenticator
from connectors.woocommerce.sandbox.order_routes import add_order_routes
from connectors.woocommerce.sandbox.page import page
from connectors.woocommerce.sandbox.product_routes import add_product_routes
from connectors.woocommerce.sandbox.refund_routes import add_refund_routes
from connectors.woocommerce.sandbox.rest import (
    AUTHENTICATOR,
    BODIES,
    CALLS,
    COURIER,
    SHOP,
    counted,
    refusing,
    signed,
)
from connectors.woocommerce.sandbox.settings import SandboxSettings
from connectors.woocommerce.sandbox.shop import Shop
from connectors.woocommerce.sandbox.variation_routes import add_variation_routes
from connectors.woocommerce.sandbox.webhook_routes import add_webhook_routes
from streams.core.clock import Clock, SystemClock
from streams.core.errors import Misconfigured

__all__ = ["SandboxSettings", "ShopSandbox", "create_app", "serve"]

CRON_SECONDS = 1
"""How often the shop looks at its clock for unpaid orders."""
BULK_BYTES = 256 * 1024 * 1024


def create_app(
    settings: SandboxSettings, clock: Clock, options: Options = PLAIN
) -> web.Application:
    """The shop as an application; it delivers webhooks while it runs.

    Args:
        settings: the shop; `url` should say where it is reached.
        clock: dates orders and decides which OAuth timestamps are fresh.
        options: faults, log, and how fast the orders' time runs; OAuth's is real.
    """
    harness = Harness(face(), clock, options)
    shop = Shop(settings, harness.clock, harness.shelves)
    settings = shop.settings
    around = [*harness.middlewares(), counted, refusing, signed]
    app = web.Application(middlewares=around, client_max_size=BULK_BYTES)
    app[SHOP] = shop
    app[HARNESS] = harness
    app[CALLS] = harness.shelves.shelf("calls", int)
    app[BODIES] = Bodies(shop)
    app[COURIER] = Courier(
        settings, harness.clock, shop.subscriptions, app[BODIES].body, harness.injector
    )
    app[AUTHENTICATOR] = Authenticator(
        settings.consumer_key,
        settings.consumer_secret,
        clock,
        settings.basic_on_http,
        harness.shelves.shelf("nonces", int),
    )
    add_order_routes(app)
    add_refund_routes(app)
    add_product_routes(app)
    add_variation_routes(app)
    add_customer_routes(app)
    add_webhook_routes(app)
    add_admin_routes(app)
    add_clerk_routes(app)
    called = app[CALLS]
    app.add_routes(harness.routes(lambda: page(settings.name, books(shop), called)))
    app.cleanup_ctx.extend((harness.open_state, _deliveries, _cron))
    return app


async def _deliveries(app: web.Application) -> AsyncIterator[None]:
    async with app[COURIER].at_work():
        yield


async def _cron(app: web.Application) -> AsyncIterator[None]:
    async def run() -> None:
        while True:
            await asyncio.sleep(CRON_SECONDS)
            app[SHOP].cancel_unpaid()

    running = asyncio.create_task(run())
    yield
    running.cancel()


@dataclass(frozen=True)
class ShopSandbox:
    """A shop that serves.

    Args:
        settings: as served, with the real address in `url`.
        shop: its books.
    """

    settings: SandboxSettings
    shop: Shop
    _runner: web.AppRunner

    @property
    def application(self) -> web.Application:
        """The application that serves."""
        return self._runner.app

    @property
    def url(self) -> str:
        """Where it is reached, without a slash at the end."""
        return self.settings.url

    @property
    def consumer_key(self) -> str:
        """The REST key."""
        return self.settings.consumer_key

    @property
    def consumer_secret(self) -> str:
        """The REST key's secret."""
        return self.settings.consumer_secret

    @property
    def webhook_secret(self) -> str:
        """Signs webhooks that were created without a secret of their own."""
        return self.settings.webhook_secret

    async def drained(self) -> None:
        """Returns when no webhook waits or is on its way."""
        await self.shop.subscriptions.drained()

    async def close(self) -> None:
        """Stops serving; webhooks that still wait are lost, unless the shop keeps its state."""
        await self._runner.cleanup()


async def serve(
    settings: SandboxSettings,
    port: int = 0,
    *,
    host: str = "127.0.0.1",
    clock: Clock | None = None,
    options: Options = PLAIN,
) -> ShopSandbox:
    """Starts a shop and returns when it takes requests.

    Args:
        settings: the shop.
        port: 0 takes a free one.
        host: address to listen on.
        clock: the machine's when left out.
        options: faults, log, speed of its clock.

    Raises:
        Misconfigured: the options name no fault profile that there is, or a state that cannot be
            used.
        OSError: the port is taken.
    """
    listener = socket.create_server((host, port))
    url = settings.url or f"http://{host}:{listener.getsockname()[1]}"
    served = replace(settings, url=url)
    try:
        app = create_app(served, clock or SystemClock(), options)
    except Misconfigured:
        listener.close()
        raise
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    return ShopSandbox(app[SHOP].settings, app[SHOP], runner)
