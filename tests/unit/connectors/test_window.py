import pytest

from connectors.window import HOUR_MS, Window, window

NOW = 1_700_000_000_000


def test_the_first_begins_now_and_the_next_behind_it() -> None:
    first = window("", NOW, overlap=300, settle=60)
    assert first == Window(NOW - 360, NOW - 60)
    assert window(first.cursor, NOW + 100, 300, 60) == Window(NOW - 360, NOW + 40)


def test_a_standstill_is_made_up_for_hour_by_hour_without_a_gap() -> None:
    cursor, ends = str(NOW), [NOW]
    while True:
        this = window(cursor, NOW + 3 * HOUR_MS + 5, overlap=1000)
        assert this.start == ends[-1] - 1000
        ends.append(this.end)
        cursor = this.cursor
        if not this.more:
            break
    assert ends == [NOW + n * HOUR_MS for n in range(4)] + [NOW + 3 * HOUR_MS + 5]


@pytest.mark.parametrize("late", [0, 1, 10_000])
def test_a_clock_that_goes_back_takes_nothing_back(late: int) -> None:
    this = window(str(NOW), NOW - late, overlap=1000, settle=60)
    assert this == Window(NOW - 1000, NOW)
