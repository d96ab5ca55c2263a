"""What goes into the next bulk request, and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.m3.packing import Packing, Parcel, Ticket
from connectors.m3.wire import Transaction
from streams.core.clock import SteppingClock


def ticket(name: str, count: int = 1, since_ms: int = 0, program: str = "OIS100MI") -> Ticket:
    entries = tuple(Transaction(program, f"{name}{number}") for number in range(count))
    return Ticket(program, entries, since_ms)


def names(parcel: Parcel | None) -> list[str]:
    assert parcel is not None
    return [each.name for each in parcel.transactions]


@pytest.fixture
def packing() -> Packing:
    return Packing(most=5, company_ms=50, in_flight=2)


def test_a_lone_command_goes_at_once(packing: Packing) -> None:
    packing.active = 1
    packing.wait(ticket("a"))
    assert names(packing.next(0)) == ["a0"]


def test_a_command_waits_for_another_that_may_come_but_not_for_long(packing: Packing) -> None:
    clock = SteppingClock(1000)
    packing.active = 2
    packing.wait(ticket("a", since_ms=clock.now_ms()))
    assert packing.next(clock.now_ms()) is None
    assert packing.wake_ms() == 1050
    clock.advance(49)
    assert packing.next(clock.now_ms()) is None
    clock.advance(1)
    assert names(packing.next(clock.now_ms())) == ["a0"]
    assert packing.wake_ms() is None


def test_all_go_together_as_soon_as_nobody_else_can_come(packing: Packing) -> None:
    packing.active = 3
    packing.wait(ticket("a"))
    packing.wait(ticket("b", 2))
    assert packing.next(0) is None
    packing.active = 2
    assert names(packing.next(0)) == ["a0", "b0", "b1"]


def test_a_full_request_goes_at_once_and_its_rest_after_its_reply(packing: Packing) -> None:
    packing.active = 9
    first, second = ticket("a", 3), ticket("b", 3)
    packing.wait(first)
    packing.wait(second)
    assert names(packing.next(0)) == ["a0", "a1", "a2", "b0", "b1"]
    assert packing.next(1000) is None
    packing.wait(ticket("c", 4))
    packing.wait(second)
    assert names(packing.next(0)) == ["b2", "c0", "c1", "c2", "c3"]


def test_no_more_requests_than_allowed_are_under_way(packing: Packing) -> None:
    packing.active = 1
    for name in "abc":
        packing.wait(ticket(name, 5))
    assert names(packing.next(0))[0] == "a0"
    assert names(packing.next(0))[0] == "b0"
    assert packing.next(1000) is None
    assert packing.wake_ms() is None
    packing.under_way -= 1
    assert names(packing.next(0))[0] == "c0"


def test_programs_do_not_mix_and_the_oldest_goes_first(packing: Packing) -> None:
    packing.active = 2
    packing.wait(ticket("a", since_ms=20))
    packing.wait(ticket("b", since_ms=10, program="CRS610MI"))
    assert names(packing.next(30)) == ["b0"]


def test_a_dropped_ticket_does_not_go(packing: Packing) -> None:
    packing.active = 1
    given_up, other = ticket("a"), ticket("b")
    packing.wait(given_up)
    packing.wait(other)
    packing.drop(given_up)
    assert names(packing.next(0)) == ["b0"]


@given(st.lists(st.integers(1, 30), min_size=1, max_size=40), st.integers(1, 4))
def test_every_transaction_goes_once_in_its_ticket_s_order(
    sizes: list[int], in_flight: int
) -> None:
    packing = Packing(most=10, company_ms=50, in_flight=in_flight)
    packing.active = len(sizes)
    for number, size in enumerate(sizes):
        packing.wait(ticket(f"{number}/", size))
    went: list[str] = []
    under_way: list[Parcel] = []
    while True:
        while parcel := packing.next(0):
            assert 0 < len(parcel.transactions) <= 10
            under_way.append(parcel)
        if not under_way:
            break
        back = under_way.pop(0)
        went += names(back)
        packing.under_way -= 1
        for part in back.parts:
            if part.ticket.left:
                packing.wait(part.ticket)
            else:
                packing.active -= 1
    assert len(went) == sum(sizes)
    for number, size in enumerate(sizes):
        of_ticket = [name for name in went if name.startswith(f"{number}/")]
        assert of_ticket == [f"{number}/{n}" for n in range(size)]
