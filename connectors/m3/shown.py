"""Waiting a little for what M3 does later."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from streams.core.errors import Rejected, Transient, Unknown

T = TypeVar("T")

_FIRST_PAUSE = 0.1


async def shown(
    ask: Callable[[], Awaitable[T]],
    seconds: float,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T | None:
    """What `ask` finds, asked at once and then after pauses that double, `seconds` in all.

    None if it is not found, or M3 does not answer: what was handed over before stays so.

    Raises:
        Misconfigured: M3 refuses to be asked.
    """
    pause, left = _FIRST_PAUSE, seconds
    try:
        while not (found := await ask()):
            if left <= 0:
                return None
            await sleep(min(pause, left))
            left, pause = left - pause, 2 * pause
    except (Transient, Unknown, Rejected):
        return None
    return found
