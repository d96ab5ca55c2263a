"""How long to wait before another try."""

from random import Random

import pytest

from streams.core.retry import Backoff


def test_waits_double_up_to_the_most_and_are_spread() -> None:
    waits = [Backoff(first=1, most=8, random=Random(seed)).next() for seed in range(50)]
    assert len(set(waits)) > 10
    assert all(0.5 <= wait <= 1 for wait in waits)

    backoff = Backoff(first=1, most=8, random=Random(1))
    for most in (1, 2, 4, 8, 8, 8):
        assert most / 2 <= backoff.next() <= most
    assert backoff.tries == 6


def test_what_the_system_asked_for_is_obeyed() -> None:
    assert Backoff(first=1, most=8).next(retry_after=30) == pytest.approx(30)


def test_it_may_be_asked_for_ever() -> None:
    backoff = Backoff(first=1, most=8)
    assert all(backoff.next() <= 8 for _ in range(5000))
