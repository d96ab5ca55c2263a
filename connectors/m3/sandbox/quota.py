"""A quota: so many in a sliding window of time."""

from collections import deque

from streams.core.clock import Clock

MINUTE_MS = 60_000
DAY_MS = 86_400_000


class Quota:
    """Counts what is taken; without a limit nothing is counted."""

    def __init__(self, limit: int | None, window_ms: int, clock: Clock):
        self._limit = limit
        self._window_ms = window_ms
        self._clock = clock
        self._taken: deque[int] = deque()

    def take(self) -> int:
        """Takes one: 0, or the seconds (at least 1) until there is one again."""
        if self._limit is None:
            return 0
        now, taken = self._clock.now_ms(), self._taken
        while taken and taken[0] <= now - self._window_ms:
            taken.popleft()
        if len(taken) < self._limit:
            taken.append(now)
            return 0
        free_ms = taken[0] + self._window_ms - now if taken else self._window_ms
        return max(1, -(-free_ms // 1000))
