"""The dead-letter budget: a bad deploy must not empty a topic into the dead letters."""

from collections import deque

from streams.core.errors import Misconfigured
from streams.kafka.settings import KafkaSettings

FEW = 100
"""Of fewer records a share says nothing."""


class Budget:
    """How many of a partition's records may become dead letters.

    Args:
        worker: whose, for the message.
        run: so many in a row are too many.
        window: the newest records, of which
        percent: so many may be dead letters.
    """

    def __init__(self, worker: str, *, run: int, window: int, percent: int) -> None:
        self._worker, self._run, self._percent = worker, run, percent
        self._recent: deque[bool] = deque(maxlen=window)
        self._dead = self._in_a_row = 0

    @classmethod
    def of(cls, worker: str, settings: KafkaSettings) -> "Budget":
        """The budget that the settings give a worker."""
        return cls(
            worker,
            run=settings.dead_letter_run,
            window=settings.dead_letter_window,
            percent=settings.dead_letter_percent,
        )

    def spend(self, dead: bool) -> None:
        """Takes note of a record that was processed, or became a dead letter.

        Raises:
            Misconfigured: there are too many; nothing of the batch may be acknowledged.
        """
        if len(self._recent) == self._recent.maxlen:
            self._dead -= self._recent[0]
        self._recent.append(dead)
        self._dead += dead
        self._in_a_row = self._in_a_row + 1 if dead else 0
        if self._in_a_row >= self._run:
            raise Misconfigured(self._text(f"the last {self._in_a_row} records"))
        if len(self._recent) >= FEW and self._dead * 100 > self._percent * len(self._recent):
            raise Misconfigured(
                self._text(f"{self._dead} of the last {len(self._recent)} records of a partition")
            )

    def _text(self, what: str) -> str:
        return (
            f"{self._worker}: {what} were refused. That is no longer single bad records: the "
            "worker stops before it throws the topic away. Look at `tandem dlq list`, mend the "
            "mapping or the deploy, then start again; or raise the dead-letter budget."
        )
