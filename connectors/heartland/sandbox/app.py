"""The sandbox as an aiohttp application, and as a server of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import web

from connectors.heartland.sandbox.admin import Admin
from connectors.heartland.sandbox.endpoints import Desk
from connectors.heartland.sandbox.face import face
from connectors.heartland.sandbox.notifications import Notifier
from connectors.heartland.sandbox.operations import Operations
from connectors.heartland.sandbox.page import page
from connectors.heartland.sandbox.routes import api_routes
from connectors.heartland.sandbox.settings import SandboxSettings
from connectors.heartland.sandbox.ticker import ticking
from connectors.sandbox.harness import HARNESS, PLAIN, Harness, Options
from streams.core.clock import Clock, SystemClock

__all__ = ["NOTIFIER", "Running", "SandboxSettings", "create_app", "serve"]

NOTIFIER = web.AppKey("notifier", Notifier)
"""For tests: `await app[NOTIFIER].settled()` waits until no notification is under way."""

_LARGEST_BODY = 64 * 1024 * 1024


def create_app(
    settings: SandboxSettings, clock: Clock, options: Options = PLAIN
) -> web.Application:
    """A sandbox whose books are empty, or as the state of the options has them.

    `/ucp/…` is GP API; `/v1/payments/transactions` and `/v1/customers` are a facade over the same
    state (no such Heartland endpoint is public), marked by the header `X-Sandbox-Facade`;
    `/_sandbox/…` is the sandbox's own.
    """
    harness = Harness(face(), clock, options)
    notifier = Notifier(settings, harness.injector, harness.shelves)
    desk = Desk(settings, harness.clock, harness.shelves)
    operations = Operations(desk, notifier, harness.injector)
    app = web.Application(middlewares=harness.middlewares(), client_max_size=_LARGEST_BODY)
    app[NOTIFIER] = notifier
    app[HARNESS] = harness

    async def notifying(_: web.Application) -> AsyncIterator[None]:
        async with notifier:
            yield

    background = (harness.open_state, notifying, ticking(operations, harness.clock))
    app.cleanup_ctx.extend(background)
    app.router.add_post("/ucp/accesstoken", desk.sign_in)
    for method, path, endpoint in api_routes(operations):
        app.router.add_route(method, path, desk.serve(endpoint))
    admin = Admin(desk, operations, notifier)
    app.router.add_routes(admin.routes())
    app.router.add_routes(harness.routes(lambda: page(admin.books(), desk.calls, notifier.counts)))
    return app


@dataclass(frozen=True)
class Running:
    """A sandbox that serves: where it is and what a client signs in with."""

    url: str
    app_id: str
    app_key: str
    runner: web.AppRunner

    async def close(self) -> None:
        """Stops serving, after notifications that are under way were sent or given up."""
        await self.runner.cleanup()


async def serve(
    settings: SandboxSettings,
    port: int = 0,
    *,
    host: str = "127.0.0.1",
    clock: Clock | None = None,
    options: Options = PLAIN,
) -> Running:
    """Starts a sandbox on a port (0: any free one).

    Raises:
        Misconfigured: the options name no fault profile that there is, or a state that cannot be
            used.
        OSError: the port is taken.
    """
    app = create_app(settings, clock or SystemClock(), options)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    bound = runner.addresses[0][1]
    return Running(f"http://{host}:{bound}", settings.app_id, settings.app_key, runner)
