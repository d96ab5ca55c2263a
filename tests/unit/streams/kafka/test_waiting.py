"""How batches are formed."""

import asyncio

from streams.kafka.waiting import Limits, Waiting
from tests.engine.records import Fetched


def records(*offsets: int) -> list[Fetched]:
    return [Fetched(offset, b"") for offset in offsets]


def a_queue(batch_max: int = 3, company: float = 0.05, high: int = 100) -> Waiting:
    return Waiting(Limits(batch_max, company, high), lambda paused: None)


async def test_a_batch_takes_all_that_waits_up_to_its_size() -> None:
    waiting = a_queue()
    waiting.put(records(0, 1))
    waiting.put(records(2, 3))

    assert [record.offset for record in await waiting.take()] == [0, 1, 2]
    assert [record.offset for record in await waiting.take()] == [3]


async def test_a_single_record_waits_for_no_company() -> None:
    waiting = a_queue(company=60)
    waiting.put(records(0))

    async with asyncio.timeout(1):
        assert len(await waiting.take()) == 1
        waiting.put(records(1))
        assert len(await waiting.take()) == 1


async def test_a_busy_partition_waits_a_moment_for_a_fuller_batch() -> None:
    waiting = a_queue(company=0.05)
    waiting.put(records(0, 1))
    await waiting.take()
    waiting.put(records(2))
    taking = asyncio.create_task(waiting.take())
    await asyncio.sleep(0)
    waiting.put(records(3))

    assert [record.offset for record in await taking] == [2, 3]


async def test_a_full_batch_waits_for_nobody() -> None:
    waiting = a_queue(batch_max=2, company=60)
    waiting.put(records(0, 1, 2, 3))

    async with asyncio.timeout(1):
        await waiting.take()
        assert len(await waiting.take()) == 2


async def test_it_gives_up_when_nothing_comes_in_time() -> None:
    assert await a_queue().take(within=0.01) == []


async def test_closing_forgets_what_waits_and_wakes_who_takes() -> None:
    waiting = a_queue()
    taking = asyncio.create_task(waiting.take())
    await asyncio.sleep(0)
    waiting.close()
    waiting.put(records(0))

    assert await taking == []
    assert len(waiting) == 0


async def test_fetching_pauses_when_much_waits_and_goes_on_at_half_of_it() -> None:
    told: list[bool] = []
    waiting = Waiting(Limits(batch_max=2, company_seconds=0, high=4), told.append)

    waiting.put(records(0, 1, 2))
    assert told == []
    waiting.put(records(3, 4))
    assert told == [True]
    await waiting.take()
    assert told == [True]
    await waiting.take()
    assert told == [True, False]


async def test_a_partition_that_goes_away_does_not_resume_fetching() -> None:
    told: list[bool] = []
    waiting = Waiting(Limits(high=2), told.append)
    waiting.put(records(0, 1))
    waiting.close()
    await waiting.take()

    assert told == [True]
