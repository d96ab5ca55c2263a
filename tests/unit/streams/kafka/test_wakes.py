"""Wake-ups of a partition's keys."""

from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.wakes import Wakes


def test_what_is_due_comes_once_and_in_its_order() -> None:
    wakes = Wakes({b"late": 300, b"early": 100})
    wakes.set(b"middle", 200)

    assert wakes.next() == 100
    assert wakes.due(250, most=9) == [(b"early", 100), (b"middle", 200)]
    assert wakes.due(250, most=9) == []
    assert wakes.next() == 300


def test_the_last_wish_of_a_key_counts() -> None:
    wakes = Wakes({b"k": 100})
    wakes.set(b"k", 500)
    assert wakes.due(400, most=9) == []
    wakes.set(b"k", None)
    assert wakes.due(900, most=9) == []
    assert wakes.next() is None


def test_a_wish_that_is_not_changed_does_not_wake_for_ever() -> None:
    wakes = Wakes({b"k": 100})
    assert wakes.due(100, most=9) == [(b"k", 100)]

    wakes.set(b"k", 100)

    assert wakes.due(900, most=9) == []
    wakes.set(b"k", 200)
    assert wakes.due(900, most=9) == [(b"k", 200)]


def test_many_that_are_due_come_in_batches() -> None:
    wakes = Wakes({bytes([number]): number for number in range(10)})

    assert [len(wakes.due(100, most=4)) for _ in range(4)] == [4, 4, 2, 0]


@given(st.lists(st.tuples(st.binary(max_size=1), st.integers(0, 9) | st.none()), max_size=40))
def test_each_key_wakes_at_its_last_wish(wishes: list[tuple[bytes, int | None]]) -> None:
    wakes = Wakes()
    for key, at in wishes:
        wakes.set(key, at)

    wanted = {key: at for key, at in dict(wishes).items() if at is not None}
    assert dict(wakes.due(100, most=100)) == wanted
