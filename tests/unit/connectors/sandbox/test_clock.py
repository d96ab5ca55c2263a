"""A sandbox's clock: faster than the machine's, never backwards; who waits is woken."""

import asyncio

import pytest

from connectors.sandbox.clock import SandboxClock
from connectors.sandbox.harness import Options
from streams.core.clock import SteppingClock, SystemClock
from tests.unit.connectors.sandbox.conftest import Open

DAY_MS = 24 * 60 * 60 * 1000


def test_it_begins_at_the_base_clocks_moment_and_runs_as_fast_as_it_is_told() -> None:
    base = SteppingClock()
    clock = SandboxClock(base, speed=60)
    begun = base.at_ms
    assert clock.now_ms() == begun
    base.advance(1_000)
    assert clock.now_ms() == begun + 60_000
    clock.jump(DAY_MS)
    base.advance(1)
    assert clock.now_ms() == begun + 60_060 + DAY_MS


def test_it_never_stands_still_nor_goes_back() -> None:
    with pytest.raises(ValueError, match="speed 0"):
        SandboxClock(SteppingClock(), speed=0)
    with pytest.raises(ValueError, match="back"):
        SandboxClock(SteppingClock()).jump(-1)


async def test_a_jump_wakes_who_waits_for_a_moment_in_between_and_nobody_else() -> None:
    clock = SandboxClock(SteppingClock())
    tomorrow, later = clock.now_ms() + DAY_MS, clock.now_ms() + 2 * DAY_MS
    sleeper = asyncio.create_task(clock.sleep_until(tomorrow))
    longer = asyncio.create_task(clock.sleep_until(later))
    await asyncio.sleep(0)
    clock.jump(DAY_MS - 1)
    await asyncio.sleep(0)
    assert not sleeper.done()
    clock.jump(1)
    await sleeper
    assert not longer.done()
    clock.jump(DAY_MS)
    await longer


async def test_what_is_over_is_not_waited_for() -> None:
    clock = SandboxClock(SteppingClock())
    await clock.sleep_until(clock.now_ms())
    await clock.wait_until(clock.now_ms() - 1, asyncio.Event())


async def test_news_ends_a_wait_without_a_moment() -> None:
    clock, news = SandboxClock(SteppingClock()), asyncio.Event()
    waiting = asyncio.create_task(clock.wait_until(None, news))
    await asyncio.sleep(0)
    clock.jump(DAY_MS)
    await asyncio.sleep(0)
    assert not waiting.done()
    news.set()
    await waiting


async def test_a_fast_clock_shortens_real_waits() -> None:
    clock = SandboxClock(SystemClock(), speed=10_000_000)
    async with asyncio.timeout(5):
        await clock.sleep_until(clock.now_ms() + DAY_MS)


async def test_the_admin_api_shows_it_and_jumps(opened: Open) -> None:
    till = await opened(Options(speed=60))
    begun = (await till.admin("clock"))["now_ms"]
    till.clock.advance(1_000)
    shown = await till.admin("clock")
    assert shown == {"now": "2023-11-14T22:14:20.000Z", "now_ms": begun + 60_000, "speed": 60}
    assert await till.call("POST", "/_sandbox/clock", {"ahead_ms": DAY_MS}) == 200
    assert (await till.admin("clock"))["now_ms"] == begun + 60_000 + DAY_MS


@pytest.mark.parametrize("body", [{}, {"ahead_ms": -1}, {"ahead_ms": "1"}, []])
async def test_a_wrong_jump_is_refused(opened: Open, body: object) -> None:
    till = await opened(Options())
    before = await till.admin("clock")
    assert await till.call("POST", "/_sandbox/clock", body) == 400
    assert await till.admin("clock") == before
