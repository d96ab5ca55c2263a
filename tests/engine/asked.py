"""A system that is asked by a poller: facts in order, of which a round fetches a few."""

import json
from dataclasses import dataclass, field

from streams.core.connector import Page, Poller
from streams.core.errors import Rejected
from streams.core.message import Message, message_id
from tests.engine.small import Added


@dataclass
class Asked:
    """Facts by number; the cursor is how many are known, and `overlap` of them come again.

    Attributes:
        amounts: what there is; one below zero is refused, `None` is a bug.
        most: how many a fetch takes.
        fails: what the next fetches raise.
        cursors: the cursors that fetches began from.
    """

    amounts: list[int | None] = field(default_factory=list)
    most: int = 2
    overlap: int = 0
    fails: list[Exception] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)

    async def fetch(self, cursor: str) -> Page:
        self.cursors.append(cursor)
        if self.fails:
            raise self.fails.pop(0)
        start = int(cursor or 0)
        end = min(start + self.most, len(self.amounts))
        numbers = range(max(0, start - self.overlap), end)
        items = tuple(json.dumps([n, self.amounts[n]]).encode() for n in numbers)
        return Page(items, str(end), more=end < len(self.amounts))

    def translate(self, item: bytes) -> tuple[Message, ...]:
        number, amount = json.loads(item)
        if amount < 0:
            raise Rejected("must not be negative", "amount")
        return (fact(number, amount),)

    def poller(self, source: str = "asked", every_seconds: float = 60) -> Poller:
        return Poller(source, every_seconds, self.fetch, self.translate)


def fact(number: int, amount: int) -> Added:
    """The event of a fact, by whichever way it came."""
    return Added(
        id=message_id("fact", number),
        key=f"k{number}",
        occurred_at=1,
        received_at=2,
        source="asked",
        correlation_id=f"k{number}",
        amount=amount,
    )
