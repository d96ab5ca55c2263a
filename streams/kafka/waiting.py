"""What waits for a partition's next batch."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

from streams.kafka.settings import KafkaSettings


class Arrived(Protocol):
    """A record as the fetching client gives it; of aiokafka's, what we use."""

    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def partition(self) -> int: ...  # noqa: D102
    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def timestamp(self) -> int: ...  # noqa: D102
    @property
    def key(self) -> bytes | None: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...  # noqa: D102


Pause = Callable[[bool], None]
"""Told True when fetching of the partition should pause, False when it may go on."""


class Limits(NamedTuple):
    """How a batch is formed.

    Attributes:
        batch_max: records that a batch takes.
        company_seconds: how long a busy partition waits for a fuller batch.
        high: records at which fetching pauses; it goes on at half of it.
    """

    batch_max: int = 500
    company_seconds: float = 0.005
    high: int = 2_000

    @classmethod
    def of(cls, settings: KafkaSettings) -> "Limits":
        """The limits that the settings give."""
        return cls(settings.batch_max, settings.company_ms / 1000, settings.in_flight_max)


class Waiting:
    """Records of all topics of one partition number, until a batch takes them.

    A batch takes all that waits. Only if the batch before had company, which means that the
    partition is busy, does it wait a moment for more: a quiet stream stays fast.
    """

    def __init__(self, limits: Limits, pause: Pause) -> None:
        self._limits, self._pause = limits, pause
        self._records: deque[Arrived] = deque()
        self._something = asyncio.Event()
        self._closed = self._paused = False
        self._busy = False

    def __len__(self) -> int:
        return len(self._records)

    def put(self, records: Sequence[Arrived]) -> None:
        """Lets records wait, unless the partition is going away: then they are forgotten."""
        if self._closed:
            return
        self._records.extend(records)
        self._something.set()
        self._regulate()

    def close(self) -> None:
        """No further batch: what waits is forgotten (it was never acknowledged)."""
        self._closed = True
        self._records.clear()
        self._something.set()

    @property
    def closed(self) -> bool:
        """Whether the partition is going away."""
        return self._closed

    async def take(self, within: float | None = None) -> list[Arrived]:
        """The next batch, in order by topic; empty if none came `within` seconds, or if closed."""
        if not self._records and not self._closed:
            try:
                await asyncio.wait_for(self._something.wait(), within)
            except TimeoutError:
                self._busy = False
                return []
        if self._busy and len(self._records) < self._limits.batch_max:
            await asyncio.sleep(self._limits.company_seconds)
        batch = list(islice(self._records, self._limits.batch_max))
        for _ in batch:
            self._records.popleft()
        if not self._records and not self._closed:
            self._something.clear()
        self._busy = len(batch) > 1
        self._regulate()
        return batch

    def _regulate(self) -> None:
        if self._closed:
            return
        high = self._limits.high // 2 if self._paused else self._limits.high
        paused = len(self._records) >= high
        if paused != self._paused:
            self._paused = paused
            self._pause(paused)
