import asyncio
from collections.abc import Sequence

import pytest

from connectors.woocommerce.company import Company, full_house


class Bus:
    """Doubles numbers; counts its rides; leaves when the road is open."""

    def __init__(self) -> None:
        self.rides: list[list[int]] = []
        self.left, self.open = asyncio.Event(), asyncio.Event()
        self.open.set()

    async def __call__(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.rides.append(list(numbers))
        self.left.set()
        await self.open.wait()
        if -1 in numbers:
            raise LookupError("nobody rides with -1")
        return [ValueError("zero") if n == 0 else 2 * n for n in numbers]


async def go(company: Company[int, int], number: int) -> int:
    with company.member():
        return await company.travel(number)


@pytest.mark.parametrize(
    ("queued", "at_work", "late", "goes"),
    [
        (0, 0, True, False),
        (1, 0, False, True),
        (1, 1, False, False),
        (1, 1, True, True),
        (3, 9, False, True),
    ],
)
def test_a_call_goes_full_late_or_when_nobody_can_come(
    queued: int, at_work: int, late: bool, goes: bool
) -> None:
    assert full_house(queued, at_work, late, most=3) is goes


async def test_who_is_alone_does_not_wait() -> None:
    bus = Bus()
    company = Company(bus, most=100, patience=3600)

    assert await asyncio.wait_for(go(company, 4), 1) == 8


async def test_who_starts_together_travels_together() -> None:
    bus = Bus()
    company = Company(bus, most=100, patience=3600)

    answers = await asyncio.gather(*(go(company, n) for n in range(1, 65)))

    assert answers == [2 * n for n in range(1, 65)]
    assert [len(ride) for ride in bus.rides] == [64]


async def test_a_call_takes_no_more_than_its_most() -> None:
    bus = Bus()
    company = Company(bus, most=10, patience=3600)

    await asyncio.gather(*(go(company, n) for n in range(1, 26)))

    assert [len(ride) for ride in bus.rides] == [10, 10, 5]


async def test_patience_ends_while_another_is_still_at_work() -> None:
    bus = Bus()
    company = Company(bus, most=100, patience=0.001)

    with company.member():
        assert await asyncio.wait_for(go(company, 4), 1) == 8


async def test_who_goes_home_is_not_waited_for() -> None:
    bus = Bus()
    company = Company(bus, most=100, patience=3600)

    with company.member():
        rider = asyncio.create_task(go(company, 4))
        await asyncio.sleep(0)
        assert bus.rides == []

    assert await asyncio.wait_for(rider, 1) == 8


async def test_what_comes_while_a_call_is_under_way_shares_the_next() -> None:
    bus = Bus()
    bus.open.clear()
    company = Company(bus, most=100, patience=0.001)
    first = asyncio.create_task(go(company, 1))
    await bus.left.wait()
    others = [asyncio.create_task(go(company, n)) for n in (2, 3, 4)]
    await asyncio.sleep(0.01)
    bus.open.set()

    assert await asyncio.gather(first, *others) == [2, 4, 6, 8]
    assert bus.rides == [[1], [2, 3, 4]]


async def test_each_has_its_own_failure_and_a_lost_call_is_everyone_s() -> None:
    company = Company(Bus(), most=3, patience=3600)

    answers = await asyncio.gather(
        *(go(company, n) for n in (1, 0, 2, -1, 5)), return_exceptions=True
    )

    kinds = [type(answer) for answer in answers]
    assert kinds == [int, ValueError, int, LookupError, LookupError]


async def test_who_gave_up_does_not_travel() -> None:
    bus = Bus()
    company = Company(bus, most=100, patience=3600)
    with company.member():
        tired = asyncio.create_task(go(company, 1))
        patient = asyncio.create_task(go(company, 2))
        await asyncio.sleep(0)
        tired.cancel()
    assert await asyncio.wait_for(patient, 1) == 4
    assert bus.rides == [[2]]
