"""The M3 sandbox: a tenant of Infor M3 behind ION API, in one process."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from connectors.m3.sandbox.admin import Admin
from connectors.m3.sandbox.announcer import Announcer
from connectors.m3.sandbox.clerk_api import Clerk
from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.ims import Outbox
from connectors.m3.sandbox.ion import Ion
from connectors.m3.sandbox.life import Life
from connectors.m3.sandbox.mi import Runner
from connectors.m3.sandbox.oauth import Authority, Credentials
from connectors.m3.sandbox.page import page
from connectors.m3.sandbox.process import Processor
from connectors.m3.sandbox.programs import HANDLERS
from connectors.m3.sandbox.quota import MINUTE_MS, Quota
from connectors.m3.sandbox.rest import Rest
from connectors.m3.sandbox.returning import Returning
from connectors.m3.sandbox.settings import SandboxSettings
from connectors.m3.sandbox.snapshot import books as told
from connectors.m3.sandbox.state.books import Books
from connectors.m3.sandbox.trouble import Trouble
from connectors.sandbox.harness import HARNESS, PLAIN, Harness, Options
from connectors.sandbox.page import Page
from streams.core.clock import Clock, SystemClock

__all__ = ["CREDENTIALS", "SandboxSettings", "Server", "create_app", "ionapi", "serve"]

CREDENTIALS: web.AppKey[Credentials] = web.AppKey("credentials", Credentials)
_LARGEST_REQUEST = 16 * 1024 * 1024


@dataclass
class Server:
    """A running sandbox.

    Attributes:
        url: where it listens.
        ionapi: the `.ionapi` file it wrote.
    """

    url: str
    ionapi: Path
    runner: web.AppRunner

    async def close(self) -> None:
        """Stops listening, the orders' life and the delivery of BODs."""
        await self.runner.cleanup()


def create_app(
    settings: SandboxSettings, clock: Clock, options: Options = PLAIN
) -> web.Application:
    """A sandbox as an application; its credentials are `app[CREDENTIALS]`.

    Orders live by a clock that the options may speed up; tokens and quotas by `clock` itself.
    """
    trouble = Trouble(settings.tenant)
    harness = Harness(trouble.face, clock, options)
    shelves, time = harness.shelves, harness.clock
    books = Books.opened(settings.currency, shelves)
    trouble.injector, trouble.orders = harness.injector, books.orders
    outbox = Outbox(settings, harness.injector, shelves)
    announcer = Announcer(settings, time, outbox, shelves)
    life = Life(settings, time, books, announcer, shelves)
    returning = Returning(settings, time, books, announcer, life)
    calls_made: dict[str, int] = shelves.shelf("calls", int)
    company = Company(settings, time, books, announcer, life, returning, calls_made)
    authority, rest, ion = (
        Authority(settings, clock, shelves),
        Rest(Runner(company, HANDLERS), trouble, shelves),
        Ion(Processor(company, HANDLERS), settings.process_ms, shelves),
    )
    gateway, calls = f"/{settings.tenant}/", Quota(settings.calls_per_minute, MINUTE_MS, clock)

    @web.middleware
    async def admission(request: web.Request, handler: Handler) -> web.StreamResponse:
        guarded = request.path.startswith((f"{gateway}M3/", f"{gateway}IONSERVICES/"))
        if guarded and not authority.admits(request.headers.get("Authorization", "")):
            return web.json_response({"error": "Unauthorized"}, status=401)
        if guarded and (wait_s := calls.take()):
            headers = {"Retry-After": str(wait_s)} if settings.retry_after else None
            return web.json_response({"error": "Too Many Requests"}, status=429, headers=headers)
        return await handler(request)

    def show() -> Page:
        return page(told(company), settings.currency, company.calls, outbox.counts)

    async def background(_app: web.Application) -> AsyncIterator[None]:
        announcer.start()
        ion.start()
        tasks = [asyncio.create_task(life.run()), asyncio.create_task(outbox.run())]
        yield
        announcer.stop()
        ion.stop()
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if not isinstance(ended, asyncio.CancelledError) and isinstance(ended, Exception):
                raise ended

    around = [*harness.middlewares(), admission]
    app = web.Application(middlewares=around, client_max_size=_LARGEST_REQUEST)
    app[CREDENTIALS] = authority.credentials
    app[HARNESS] = harness
    app.cleanup_ctx.extend((harness.open_state, background))
    app.add_routes(
        [
            web.post(f"{gateway}as/token.oauth2", authority.token),
            web.post(f"{gateway}as/revoke_token.oauth2", authority.revoke),
            web.get(gateway + "M3/m3api-rest/v2/execute/{program}/{transaction}", rest.get),
            web.post(f"{gateway}M3/m3api-rest/v2/execute", rest.post),
            *ion.routes(settings.tenant),
            *Admin(company, rest, outbox, ion).routes(),
            *Clerk(company).routes(),
            *harness.routes(show),
        ]
    )
    return app


def ionapi(settings: SandboxSettings, credentials: Credentials, url: str) -> dict[str, str]:
    """The content of the `.ionapi` file of a sandbox that listens at `url`."""
    return {
        "ti": settings.tenant,
        "cn": "Tandem",
        "dt": "12",
        "ci": credentials.ci,
        "cs": credentials.cs,
        "iu": url,
        "pu": f"{url}/{settings.tenant}/as/",
        "oa": "authorization.oauth2",
        "ot": "token.oauth2",
        "or": "revoke_token.oauth2",
        "saak": credentials.saak,
        "sask": credentials.sask,
        "ev": "T0000000000",
        "v": "1.1",
    }


async def serve(
    settings: SandboxSettings,
    port: int = 0,
    host: str = "127.0.0.1",
    clock: Clock | None = None,
    options: Options = PLAIN,
) -> Server:
    """Starts a sandbox and writes its `.ionapi` file (readable by its owner only).

    Args:
        settings: the tenant that is simulated.
        port: where to listen; 0 takes a free one.
        host: the interface to listen on.
        clock: the clock of orders and tokens; the machine's unless given.
        options: faults, log, and how fast the orders' time runs.

    Raises:
        Misconfigured: the options name no fault profile that there is, or a state that cannot be
            used.
        OSError: the port is taken or the file cannot be written.
    """
    app = create_app(settings, clock or SystemClock(), options)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        url = f"http://{host}:{runner.addresses[0][1]}"
        text = json.dumps(ionapi(settings, app[CREDENTIALS], url), indent=2)
        settings.ionapi_path.touch(mode=0o600)
        settings.ionapi_path.write_text(text + "\n", encoding="utf-8")
    except OSError:
        await runner.cleanup()
        raise
    return Server(url, settings.ionapi_path, runner)
