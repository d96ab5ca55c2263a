"""The dead-letter budget."""

import pytest

from streams.core.errors import Misconfigured
from streams.kafka.budget import FEW, Budget


def a_budget(run: int = 10, percent: int = 20) -> Budget:
    return Budget("flow/order", run=run, window=1000, percent=percent)


def spend(budget: Budget, *dead: bool) -> None:
    for each in dead:
        budget.spend(dead=each)


def test_single_bad_records_are_no_reason_to_stop() -> None:
    budget = a_budget()
    for _ in range(300):
        spend(budget, *[False] * 9, True)


def test_many_in_a_row_stop_the_worker() -> None:
    budget = a_budget(run=10)
    spend(budget, *[False] * 500, *[True] * 9)

    with pytest.raises(Misconfigured, match=r"flow/order: the last 10 records .*tandem dlq list"):
        spend(budget, True)


def test_too_large_a_share_stops_the_worker() -> None:
    budget = a_budget(percent=20)

    with pytest.raises(Misconfigured, match="of the last 100 records of a partition"):
        spend(budget, *[True, False] * FEW)


def test_a_share_of_few_says_nothing() -> None:
    spend(a_budget(), *[True, False] * (FEW // 2 - 1))


def test_what_is_long_ago_does_not_count() -> None:
    budget = Budget("flow/order", run=1000, window=200, percent=50)
    spend(budget, *[False] * 100, *[True] * 90, *[False] * 200, *[True] * 90)
