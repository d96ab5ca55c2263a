"""Makes what is due happen although nobody calls, so that it is told in time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from aiohttp import web

from connectors.heartland.sandbox.operations import Operations
from streams.core.clock import Clock

_EVERY_SECONDS = 0.25


def ticking(
    operations: Operations, clock: Clock
) -> Callable[[web.Application], AsyncIterator[None]]:
    """A clean-up context for the application: looks at the clock four times a second."""

    async def tick() -> None:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            operations.catch_up(clock.now_ms())

    async def context(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(tick())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return context
