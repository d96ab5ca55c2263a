"""How long to wait before another try."""

from random import Random

_SPREAD = Random()  # noqa: S311 (spreads load, guards nothing)
"""One for all: to seed one costs 13 us, and few calls are ever tried again."""


class Backoff:
    """Waits that double from `first` to `most` seconds, each between half and all of it.

    The spread keeps many workers from knocking at the same moment.

    Args:
        first: seconds before the second try.
        most: seconds that no wait exceeds, unless the system asked for more.
        random: where the spread comes from; give a seeded one to repeat a run.
    """

    def __init__(self, first: float = 0.2, most: float = 15, random: Random | None = None) -> None:
        self._first, self._most = first, most
        self._random = random or _SPREAD
        self._tries = 0

    @property
    def tries(self) -> int:
        """How many waits there were."""
        return self._tries

    def next(self, retry_after: float | None = None) -> float:
        """Seconds to wait now; at least what the system asked for."""
        wait = min(self._most, self._first * 2.0 ** min(self._tries, 30))
        self._tries += 1
        spread = wait * self._random.uniform(0.5, 1.0)
        return max(spread, retry_after or 0.0)
