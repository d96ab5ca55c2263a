"""Rounds of a poller as the engine runs them, without Kafka."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from streams.core.connector import Opened, Poller
from streams.core.errors import Rejected
from streams.core.message import Message


@dataclass
class Polling:
    """A poller with its cursor.

    Attributes:
        refused: what its last round could not translate.
        fetches: how many fetches there were in all.
    """

    poller: Poller
    cursor: str = ""
    refused: list[tuple[bytes, Rejected]] = field(default_factory=list)
    fetches: int = 0

    async def round(self, most: int = 100) -> list[Message]:
        """Fetches until there is no more; what was found, duplicates included."""
        found: list[Message] = []
        self.refused.clear()
        for _ in range(most):
            page = await self.poller.fetch(self.cursor)
            self.fetches += 1
            for item in page.items:
                try:
                    found += self.poller.translate(item)
                except Rejected as why:
                    self.refused.append((item, why))
            self.cursor = page.cursor
            if not page.more:
                return found
        raise AssertionError(f"no end after {most} fetches")


def polling(opened: Opened, source: str) -> Polling:
    """The poller of a source."""
    return Polling(next(each for each in opened.pollers if each.source == source))


def keys(messages: Sequence[Message]) -> list[str]:
    """The keys of messages, in order."""
    return [message.key for message in messages]
