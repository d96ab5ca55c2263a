"""A sandbox's clock: it can run faster than the machine's, and jump ahead."""

import asyncio

from streams.core.clock import Clock


class SandboxClock:
    """Business time in a sandbox; waits for it end early when it is made to jump.

    Args:
        base: real time (or a test's).
        speed: sandbox seconds in a real one.
        ahead_ms: how far it is ahead of `base` already.
    """

    def __init__(self, base: Clock, speed: int = 1, ahead_ms: int = 0) -> None:
        if speed < 1:
            raise ValueError(f"a clock runs forward: speed {speed} is not 1 or more")
        self.base, self.speed = base, speed
        self._origin = base.now_ms()
        self._ahead = ahead_ms
        self._jumped = asyncio.Event()

    def now_ms(self) -> int:
        """The moment, in milliseconds UTC; a new clock began at the base clock's."""
        return self._origin + (self.base.now_ms() - self._origin) * self.speed + self._ahead

    @property
    def ahead_ms(self) -> int:
        """How far it is ahead of the base clock by now: by jumps and by its speed."""
        return (self.base.now_ms() - self._origin) * (self.speed - 1) + self._ahead

    def jump(self, ms: int) -> None:
        """Moves ahead by `ms`; whoever waits for a moment in between is woken.

        Raises:
            ValueError: it would go back.
        """
        if ms < 0:
            raise ValueError("a clock does not go back")
        self._ahead += ms
        self._jumped.set()
        self._jumped = asyncio.Event()

    async def sleep_until(self, at_ms: int) -> None:
        """Returns once it is `at_ms`."""
        await self.wait_until(at_ms, asyncio.Event())

    async def wait_until(self, at_ms: int | None, news: asyncio.Event) -> None:
        """Returns once it is `at_ms`, or `news` is set before; None waits for news alone."""
        while not news.is_set():
            left = None if at_ms is None else at_ms - self.now_ms()
            if left is not None and left <= 0:
                return
            await self._first_of(news, None if left is None else left / 1000 / self.speed)

    async def _first_of(self, news: asyncio.Event, seconds: float | None) -> None:
        waits = [asyncio.ensure_future(each.wait()) for each in (news, self._jumped)]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
