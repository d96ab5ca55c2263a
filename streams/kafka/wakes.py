"""When which key of a partition wants to be woken."""

from heapq import heapify, heappop, heappush


class Wakes:
    """The wishes of a partition's keys; a key has one wish at a time, the last one counts."""

    def __init__(self, wishes: dict[bytes, int] | None = None) -> None:
        self._wishes = dict(wishes or {})
        self._heap = [(at, key) for key, at in self._wishes.items()]
        heapify(self._heap)
        self._last: dict[bytes, int] = {}

    def set(self, key: bytes, at: int | None) -> None:
        """Takes note of a key's wish, ms UTC; None for none.

        The wish that was fulfilled last is not taken again: a flow that forgets to change it must
        not be woken for ever.
        """
        if at is None or self._last.get(key) == at:
            self._wishes.pop(key, None)
        elif self._wishes.get(key) != at:
            self._wishes[key] = at
            heappush(self._heap, (at, key))

    def next(self) -> int | None:
        """The time of the earliest wish, ms UTC."""
        self._forget_stale()
        return self._heap[0][0] if self._heap else None

    def due(self, now: int, most: int) -> list[tuple[bytes, int]]:
        """Takes out at most `most` wishes that are due at `now`: keys with the time they wished."""
        taken: list[tuple[bytes, int]] = []
        while len(taken) < most and (at := self.next()) is not None and at <= now:
            _, key = heappop(self._heap)
            del self._wishes[key]
            self._last[key] = at
            taken.append((key, at))
        return taken

    def _forget_stale(self) -> None:
        while self._heap and self._wishes.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
