"""The laws of flows, over generated histories: duplicates, any order, a crash at any point."""

from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from streams.core.errors import Rejected
from streams.core.flow import Decision, Flow, Kept, Sent, Turn
from streams.core.message import Command, Message, message_id
from streams.core.topic import Topic


class Paid(Message):
    type = "test.paid"
    schema_file = ""
    amount: int


class Thank(Command):
    type = "test.thank"
    schema_file = ""
    amount: int


class Noted(Message):
    type = "test.noted"
    schema_file = ""


class Thanked(Message):
    type = "test.thanked"
    schema_file = ""
    command_id: str


class Account(BaseModel):
    total: int = 0
    thanked: int = 0


def envelope(message: Message, name: str) -> dict[str, object]:
    return {
        "id": message_id(name, message.id),
        "key": message.key,
        "occurred_at": 0,
        "received_at": 0,
        "source": "flow/account",
        "correlation_id": message.key,
        "causation_id": message.id,
    }


def decide(state: Account | None, message: Message) -> Decision[Account]:
    state = state or Account()
    if isinstance(message, Thanked):
        return Decision(Account(total=state.total, thanked=state.thanked + 1))
    assert isinstance(message, Paid)
    if message.amount < 0:
        raise Rejected("negative")
    thank = Thank(**envelope(message, "thank"), amount=message.amount)
    return Decision(
        Account(total=state.total + message.amount, thanked=state.thanked),
        (thank, Noted(**envelope(message, "noted"))),
    )


FLOW = Flow("account", (Topic("in", (Paid,), ""),), Account, decide)


def post(message: Message, cause: str) -> Sent:
    return Sent(
        id=message.id,
        cause=cause,
        topic=message.type,
        key=message.key,
        value=message.model_dump_json().encode(),
    )


def paid(key: str, number: int, amount: int = 1) -> Paid:
    return Paid(
        id=f"{key}-{number}",
        key=key,
        occurred_at=0,
        received_at=0,
        source="test",
        correlation_id=key,
        amount=amount,
    )


@dataclass
class Kafka:
    """Topics, the changelog and the committed offset: what a crash leaves."""

    events: list[Message]
    committed: int = 0
    table: dict[str, str] = field(default_factory=dict)
    sent: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))


class Worker:
    """One life of a worker: what it knows is gone when it dies."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._read = kafka.committed
        self._table = dict(kafka.table)
        self._untouched = set(kafka.table)

    def batch(self, size: int, survives: list[bool] | None) -> bool:
        """Works on a batch; with `survives` it dies, and only those records have reached Kafka."""
        events = self._kafka.events[self._read : self._read + size]
        turns: dict[str, Turn[Account]] = {}
        for event in events:
            if event.key not in turns:
                text = self._table.get(event.key)
                kept = Kept[Account].model_validate_json(text) if text else None
                turns[event.key] = Turn(FLOW, kept, event.key in self._untouched, post)
            answers = event.command_id if isinstance(event, Thanked) else ""
            turns[event.key].apply(event, answers)
        outputs = [sent for turn in turns.values() for sent in turn.out]
        states = {key: turn.kept.model_dump_json() for key, turn in turns.items() if turn.changed}
        records: list[Sent | tuple[str, str]] = [*outputs, *states.items()]
        for number, record in enumerate(records):
            if survives is None or survives[number % len(survives)]:
                if isinstance(record, Sent):
                    self._kafka.sent[record.id].append(record.value)
                else:
                    self._kafka.table[record[0]] = record[1]
        if survives is not None:
            return False
        self._read += len(events)
        self._table |= states
        self._untouched -= turns.keys()
        return True

    def commit(self) -> None:
        self._kafka.committed = self._read

    @property
    def finished(self) -> bool:
        return self._read == len(self._kafka.events)


events = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 5)).map(lambda pair: paid(*pair)),
    min_size=1,
    max_size=30,
)
steps = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.booleans(),
        st.none() | st.lists(st.booleans(), min_size=1, max_size=9),
    ),
    max_size=30,
)


def played(kafka: Kafka, story: list[tuple[int, bool, list[bool] | None]]) -> None:
    worker = Worker(kafka)
    for size, commits, survives in story:
        if not worker.batch(size, survives):
            worker = Worker(kafka)
        elif commits:
            worker.commit()
    while not worker.finished:
        worker.batch(7, None)
    worker.commit()


@given(events, steps)
@settings(max_examples=150, deadline=None)
def test_every_message_counts_once_and_every_command_is_sent(
    history: list[Message], story: list[tuple[int, bool, list[bool] | None]]
) -> None:
    kafka = Kafka(history)

    played(kafka, story)

    once = {event.id: event for event in history}
    totals: dict[str, int] = defaultdict(int)
    for event in once.values():
        totals[event.key] += 1
    states = {key: Kept[Account].model_validate_json(text) for key, text in kafka.table.items()}
    assert {key: kept.state and kept.state.total for key, kept in states.items()} == totals
    wanted = {message_id(name, cause) for cause in once for name in ("thank", "noted")}
    assert kafka.sent.keys() == wanted
    assert all(len(set(values)) == 1 for values in kafka.sent.values()), "same id, other bytes"


@given(st.permutations(range(6)), st.data())
def test_the_order_of_messages_does_not_matter_to_what_was_counted(
    order: list[int], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(order), max_size=6))
    kafka = Kafka([paid("a", number, amount=number) for number in [*order, *again]])

    played(kafka, [])

    kept = Kept[Account].model_validate_json(kafka.table["a"])
    assert kept.state == Account(total=sum(order))


def test_a_command_leaves_the_outbox_with_its_result() -> None:
    turn = Turn(FLOW, None, False, post)
    turn.apply(paid("a", 1))
    command_id = message_id("thank", "a-1")
    result = Thanked(
        id="r", key="a", occurred_at=0, received_at=0, source="", correlation_id="a",
        command_id=command_id,
    )  # fmt: skip
    assert command_id in turn.kept.outbox

    turn.apply(result, answers=command_id)

    assert not turn.kept.outbox
    later = Turn(FLOW, turn.kept, True, post)
    assert [sent.topic for sent in later.out] == ["test.noted"], "only what has no result"


def test_a_refused_message_changes_nothing() -> None:
    turn = Turn(FLOW, None, False, post)
    turn.apply(paid("a", 1))
    before, out = turn.kept.model_dump(), list(turn.out)

    with pytest.raises(Rejected):
        turn.apply(paid("a", 2, amount=-1))

    assert turn.kept.model_dump() == before
    assert turn.out == out


def test_a_message_that_cannot_be_sent_changes_nothing() -> None:
    def broken(message: Message, cause: str) -> Sent:
        raise ValueError("no schema")

    turn = Turn(FLOW, None, False, broken)
    with pytest.raises(ValueError, match="no schema"):
        turn.apply(paid("a", 1))

    assert turn.kept.model_dump() == Kept[Account]().model_dump()
