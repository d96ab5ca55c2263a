"""Flows: pure decisions per business key, and the laws that hold for every one of them.

A flow says what a message means for the state of its key. `Turn` adds the laws: a message applied
twice changes nothing, a command waits in the outbox until its result, what may not have reached
Kafka before a crash is sent again with the same ids, and a key whose message was refused waits.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from streams.core.message import Command, Message
from streams.core.topic import Topic

S = TypeVar("S", bound=BaseModel)

Booking = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Decision(Generic[S]):
    """What a flow makes of one message.

    Attributes:
        state: the state of the key from now on.
        out: commands and events to send, in order; their ids must be deterministic.
        wake_at: when the flow wants to be woken, ms UTC; None for never. Replaces the former wish.
    """

    state: S
    out: tuple[Message, ...] = ()
    wake_at: int | None = None


@dataclass(frozen=True)
class Flow(Generic[S]):
    """A pure decision per business key with a table.

    Attributes:
        name: names its table, its results topic and `flow/<name>` as source of what it sends.
        inputs: the topics it reads, its results among them; all with equal partition counts.
        state: the model of what is kept a key.
        decide: `(state or None, message) -> Decision`; no clock, no I/O. May raise `Rejected`,
            which makes the message a dead letter and lets the key wait for its repair.
        books: `(state before, state after) -> (currency, what, minor units)` of the money that
            reached a new state between them, for the metrics.
        remembers: of how many messages a key knows that it has applied them. Kafka delivers again
            what came after the last commit, so it must be more than a key has between two commits;
            fewer will do where applying a message again changes nothing.
        patience_ms: how long what comes may wait for company, where nobody waits for the outcome:
            fewer and larger batches.
    """

    name: str
    inputs: tuple[Topic, ...]
    state: type[S]
    decide: Callable[[S | None, Message], Decision[S]]
    books: Callable[[S | None, S], Iterable[Booking]] = lambda before, after: ()
    remembers: int = 500
    patience_ms: int = 0

    @cached_property
    def kept(self) -> "type[Kept[S]]":
        """What its table keeps for a key, with its own state."""
        return Kept[self.state]  # type: ignore[name-defined]


class Sent(BaseModel):
    """An encoded message on its way: what the outbox and the list of recent ones hold."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    id: str
    cause: str
    topic: str
    key: str
    value: bytes


class Kept(BaseModel, Generic[S]):
    """What the table keeps for a key.

    Attributes:
        seen: ids of the messages that were applied.
        outbox: commands without a result yet, by id.
        recent: what the last batch sent beside commands; it may not have reached Kafka.
        wake_at: when to wake the flow, ms UTC.
        held_by: id of the dead letter that later messages of the key wait for; empty if none.
        state: the flow's own state.
    """

    seen: dict[str, None] = {}
    outbox: dict[str, Sent] = {}
    recent: tuple[Sent, ...] = ()
    wake_at: int | None = None
    held_by: str = ""
    state: S | None = None


class Turn(Generic[S]):
    """One key's turn in one batch: applies its messages in order and collects what to send.

    The engine opens a turn a key and batch, and keeps `kept` once the batch is durable.

    Args:
        flow: whose decisions are applied.
        kept: what the table holds for the key.
        resumed: True at the first turn of a key after its partition was taken over: then what the
            former owner may not have got into Kafka is sent again.
        post: encodes a message that `cause` led to and says which topic takes it.

    Attributes:
        held_by: as in `Kept`, as things stand in the turn.
        out: what to send, in order.
        changed: whether `kept` differs from what the table holds; duplicates change nothing.
    """

    def __init__(
        self,
        flow: Flow[S],
        kept: Kept[S] | None,
        resumed: bool,
        post: Callable[[Message, str], Sent],
    ) -> None:
        self._flow, self._post = flow, post
        self._seen = dict(kept.seen) if kept else {}
        self._outbox = dict(kept.outbox) if kept else {}
        self._state = kept.state if kept else None
        self._wake_at = kept.wake_at if kept else None
        self._recent: list[Sent] = []
        self.held_by = kept.held_by if kept else ""
        self.changed = False
        self.out: list[Sent] = []
        if resumed and kept:
            self._recent += kept.recent
            self.out += [*kept.outbox.values(), *kept.recent]

    def apply(self, message: Message, answers: str = "") -> None:
        """Applies one message.

        Args:
            message: what came.
            answers: the id of the command whose result the message is, if it is one.

        Raises:
            Rejected: the flow refuses it; the caller must `hold` the key.

        Whatever is raised, nothing has changed.
        """
        if message.id in self._seen:
            self.changed |= self._outbox.pop(answers, None) is not None
            self._again(message.id)
            return
        decision = self._flow.decide(self._state, message)
        posted = [(self._post(each, message.id), each) for each in decision.out]
        self.changed = True
        self._seen[message.id] = None
        self._outbox.pop(answers, None)
        self._state, self._wake_at = decision.state, decision.wake_at
        for sent, each in posted:
            self.out.append(sent)
            if isinstance(each, Command) and each.answered:
                self._outbox[sent.id] = sent
            else:
                self._recent.append(sent)

    def hold(self, dead_letter_id: str) -> None:
        """Lets later messages of the key wait for the repair of a dead letter."""
        self.changed |= not self.held_by
        self.held_by = self.held_by or dead_letter_id

    def release(self) -> None:
        """The repaired message is here: the key goes on."""
        self.changed, self.held_by = True, ""

    @property
    def state(self) -> S | None:
        """The flow's own state, as things stand in the turn."""
        return self._state

    @property
    def wake_at(self) -> int | None:
        """When the flow wants to be woken, ms UTC, as things stand in the turn."""
        return self._wake_at

    @property
    def kept(self) -> Kept[S]:
        """What the table must hold after the turn."""
        forgotten = max(0, len(self._seen) - self._flow.remembers)
        return self._flow.kept.model_construct(
            seen=dict(islice(self._seen.items(), forgotten, None)),
            outbox=self._outbox,
            recent=tuple(self._recent),
            wake_at=self._wake_at,
            held_by=self.held_by,
            state=self._state,
        )

    def _again(self, cause: str) -> None:
        self.out += [sent for sent in self._outbox.values() if sent.cause == cause]
