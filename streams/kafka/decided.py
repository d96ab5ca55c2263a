"""What one batch of a flow came to, before it is durable."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel

from streams.core.flow import Flow, Kept, Sent, Turn
from streams.core.message import Message
from streams.kafka.context import Context
from streams.kafka.durable import Record
from streams.kafka.table import Table
from streams.messages.ops import DeadLetter, Exceptional

S = TypeVar("S", bound=BaseModel)


@dataclass
class Decided(Generic[S]):
    """The turns of a batch's keys, its dead letters, cases for a person, and what was applied."""

    flow: Flow[S]
    context: Context
    table: Table[S]
    letters: list[DeadLetter] = field(default_factory=list)
    applied: list[Message] = field(default_factory=list)
    cases: list[Exceptional] = field(default_factory=list)
    _turns: dict[bytes, tuple[Turn[S], Kept[S] | None]] = field(default_factory=dict)

    def turn(self, key: bytes) -> Turn[S]:
        """The key's one turn in this batch."""
        found = self._turns.get(key)
        if found is None:
            kept = self.table.get(key)
            found = Turn(self.flow, kept, self.table.resumed(key), self._post), kept
            self._turns[key] = found
        return found[0]

    def outputs(self) -> list[Record]:
        """What the batch sends: each key's messages in order, and the dead letters."""
        letters = self.context.dead_letters.name
        return [
            *(
                Record(sent.topic, sent.key.encode(), sent.value)
                for turn, _ in self._turns.values()
                for sent in turn.out
            ),
            *(
                Record(letters, letter.key.encode(), self.context.codec.encode(letter))
                for letter in self.letters
            ),
        ]

    def states(self) -> list[tuple[Record, Kept[S]]]:
        """The last state of each key that changed, and its record in the changelog."""
        kept = ((key, turn.kept) for key, (turn, _) in self._turns.items() if turn.changed)
        return [(self.table.record(key, each), each) for key, each in kept]

    def keys(self) -> Collection[bytes]:
        """The keys that had a turn."""
        return self._turns.keys()

    def booked(self) -> dict[tuple[str, str], int]:
        """The money that reached a new state, in minor units by currency and state."""
        sums: dict[tuple[str, str], int] = {}
        for turn, before in self._turns.values():
            if turn.state is None:
                continue
            was = before.state if before else None
            for currency, what, units in self.flow.books(was, turn.state):
                sums[currency, what] = sums.get((currency, what), 0) + units
        return sums

    def _post(self, message: Message, cause: str) -> Sent:
        if isinstance(message, Exceptional):
            self.cases.append(message)
        return Sent.model_construct(
            id=message.id,
            cause=cause,
            topic=self.context.topic_of(type(message)).name,
            key=message.key,
            value=self.context.codec.encode(message),
        )
