"""A flow's partition: what goes to Kafka, and when offsets and states may change."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from streams.core.clock import SteppingClock
from streams.core.errors import Misconfigured
from streams.core.flow import Decision, Flow
from streams.core.message import Message
from streams.kafka.changelog import Stored
from streams.kafka.context import Context
from streams.kafka.durable import NotDurable
from streams.kafka.flows import FlowPartition
from streams.kafka.letters import REPAIR_HEADER
from streams.messages.ops import DeadLetter, Result, WakeUp
from streams.topics import table
from tests.engine.records import Fetched, Taken, until
from tests.engine.small import Added, Do, Run, Sum


def added(number: int, amount: int = 1, key: str = "k") -> Added:
    return Added(
        id=f"{key}{number}",
        key=key,
        occurred_at=1,
        received_at=1,
        source="test",
        correlation_id=key,
        amount=amount,
    )


class At:
    """Puts messages into one partition of a flow."""

    def __init__(self, context: Context, taken: Taken, flow: Flow[Sum]) -> None:
        self.context, self.taken, self.flow = context, taken, flow
        self.paused: list[bool] = []
        self.life({})

    def life(self, stored: dict[bytes, Stored]) -> None:
        """A new owner takes over."""
        self.partition = FlowPartition(
            self.flow,
            self.context,
            self.taken,
            table(self.flow.name),
            0,
            stored,
            self.paused.append,
        )
        self.offset = 0

    def fetched(self, *messages: Message | bytes, repair: str = "") -> list[Fetched]:
        records = []
        for message in messages:
            value = message if isinstance(message, bytes) else self.context.codec.encode(message)
            key = b"k" if isinstance(message, bytes) else message.key.encode()
            headers = ((REPAIR_HEADER, repair.encode()),) if repair else ()
            records.append(Fetched(self.offset, value, key, headers=headers))
            self.offset += 1
        return records

    async def work(self, *messages: Message | bytes, repair: str = "") -> None:
        """Delivers and works until all of it is durable, or until the worker must stop."""
        self.partition.deliver(self.fetched(*messages, repair=repair))
        await self.settle(lambda: self.offset in self.partition.committable.values())

    async def settle(self, done: Callable[[], bool]) -> None:
        task = asyncio.create_task(self.partition.run())
        await until(lambda: done() or task.done())
        if task.done():
            task.result()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    def state(self, key: str = "k") -> Sum | None:
        record = [each for each in self.taken.on(table(self.flow.name).name)
                  if each.key == key.encode()][-1]  # fmt: skip
        return self.flow.kept.model_validate_json(record.value or b"").state

    def letters(self) -> list[DeadLetter]:
        records = self.taken.on(self.context.dead_letters.name)
        letters = [self.context.codec.decode(record.value or b"") for record in records]
        return [letter for letter in letters if isinstance(letter, DeadLetter)]

    def stored(self) -> dict[bytes, Stored]:
        records = self.taken.on(table(self.flow.name).name)
        return {each.key: Stored(each.value or b"", dict(each.headers)) for each in records}


@pytest.fixture
async def at(context: Context, taken: Taken, run: Run) -> At:
    return At(context, taken, run.flow)


async def test_a_batch_sends_commands_and_the_last_state_of_each_key(at: At, run: Run) -> None:
    await at.work(added(1), added(2), added(3, key="other"))

    assert len(at.taken.on(run.commands.name)) == 3
    states = at.taken.on(table(run.name).name)
    assert [(record.key, record.partition) for record in states] == [(b"k", 0), (b"other", 0)]
    assert at.state() == Sum(events=2, total=2)


async def test_nothing_is_acknowledged_before_it_is_durable(at: At) -> None:
    at.taken.open.clear()
    at.partition.deliver(at.fetched(added(1)))
    task = asyncio.create_task(at.partition.run())
    for _ in range(20):
        await asyncio.sleep(0)
    assert at.partition.committable == {}

    at.taken.open.set()
    await until(lambda: bool(at.partition.committable))
    assert list(at.partition.committable.values()) == [1]
    task.cancel()


async def test_a_produce_that_fails_stops_the_worker_before_the_acknowledgement(at: At) -> None:
    at.taken.broken = True

    with pytest.raises(NotDurable):
        await at.work(added(1))

    assert at.partition.committable == {}


async def test_a_duplicate_changes_nothing(at: At) -> None:
    await at.work(added(1), added(1))
    await at.work(added(1))

    assert at.state() == Sum(events=1, total=1)


async def test_a_new_owner_sends_again_what_may_be_lost(at: At, run: Run) -> None:
    await at.work(added(1))
    stored = at.stored()
    at.taken.records.clear()

    at.life(stored)
    await at.work(added(1))

    assert at.stored() == {}, "a duplicate writes no state"
    sent = [at.context.codec.decode(each.value or b"") for each in at.taken.on(run.commands.name)]
    assert {do.causation_id for do in sent} == {"k1"}


async def test_a_new_owner_sends_nothing_again_after_transactions(
    context: Context, run: Run
) -> None:
    at = At(context, Taken(commits=True), run.flow)
    await at.work(added(1))
    stored = at.stored()
    at.taken.records.clear()

    at.life(stored)
    await at.work(added(2))

    assert len(at.taken.on(run.commands.name)) == 1


async def test_a_refused_message_waits_for_its_repair_and_its_key_with_it(at: At) -> None:
    await at.work(added(1), added(2, amount=-5), added(3), added(4, key="other"))

    refused, waiting = at.letters()
    assert (refused.kind, refused.field, refused.minor_units) == ("rejected", "amount", -5)
    assert refused.original == at.context.codec.encode(added(2, amount=-5))
    assert (refused.topic, refused.partition, refused.offset) == ("events", 0, 1)
    assert (waiting.kind, waiting.waits_for, waiting.message_id) == ("waiting", refused.id, "k3")
    assert at.state() == Sum(events=1, total=1)
    assert at.state("other") == Sum(events=1, total=1)

    await at.work(added(2, amount=5), repair=refused.id)
    await at.work(added(3), repair=waiting.id)

    assert at.state() == Sum(events=3, total=7)


async def test_a_held_key_is_still_held_after_a_restart(at: At) -> None:
    await at.work(added(2, amount=-5))
    at.life(at.stored())

    await at.work(added(3))

    assert [letter.kind for letter in at.letters()] == ["rejected", "waiting"]


async def test_bytes_that_are_none_of_our_messages_are_kept_and_hold_up_nothing(at: At) -> None:
    await at.work(b"\x00\x00", b"not avro at all", added(1))

    assert [letter.kind for letter in at.letters()] == ["undecodable", "undecodable"]
    assert at.letters()[1].original == b"not avro at all"
    assert at.state() == Sum(events=1, total=1)


async def test_a_bug_is_tried_twice_and_then_waits_for_a_person(
    context: Context, taken: Taken, run: Run
) -> None:
    tries = []

    def stumbling(state: Sum | None, message: Message) -> Decision[Sum]:
        tries.append(message.id)
        raise ZeroDivisionError("rate")

    at = At(context, taken, replace(run.flow, decide=stumbling))
    await at.work(added(1))

    assert tries == ["k1", "k1"]
    (letter,) = at.letters()
    assert (letter.kind, letter.code) == ("bug", "ZeroDivisionError")


async def test_a_bad_deploy_stops_the_worker_instead_of_emptying_the_topic(at: At) -> None:
    refused = [added(number, amount=-1, key=f"k{number}") for number in range(60)]

    with pytest.raises(Misconfigured, match="tandem dlq list"):
        await at.work(*refused)

    assert at.letters() == []
    assert at.partition.committable == {}


async def test_a_repeated_batch_adds_no_dead_letter(at: At) -> None:
    await at.work(added(2, amount=-5))
    at.life({})
    await at.work(added(2, amount=-5))

    first, second = at.letters()
    assert first.id == second.id


async def test_a_result_takes_its_command_from_the_outbox(at: At, run: Run) -> None:
    await at.work(added(1))
    (record,) = at.taken.on(run.commands.name)
    do = at.context.codec.decode(record.value or b"")
    assert isinstance(do, Do)
    result = Result(
        id="r1", key="k", occurred_at=1, received_at=1, source="sink", correlation_id="k",
        command_id=do.id, command_type=do.type, outcome="done",
    )  # fmt: skip

    await at.work(result)

    kept = run.flow.kept.model_validate_json(at.stored()[b"k"].value)
    assert kept.outbox == {}
    assert kept.state == Sum(events=1, total=1, done=1)


async def test_back_pressure_pauses_the_partition_and_lets_it_go_on(at: At) -> None:
    many = at.context.settings.in_flight_max
    at.partition.deliver(at.fetched(*(added(number) for number in range(many))))
    assert at.paused == [True]

    await at.settle(lambda: at.offset in at.partition.committable.values())

    assert at.paused == [True, False]


def waking(state: Sum | None, message: Message) -> Decision[Sum]:
    """Wants to be woken 100 ms after each number."""
    state = state or Sum()
    if isinstance(message, WakeUp):
        return Decision(state.model_copy(update={"done": state.done + 1}))
    events = state.model_copy(update={"events": state.events + 1})
    return Decision(events, wake_at=message.occurred_at + 100)


async def test_a_flow_is_woken_at_the_time_it_asked_for_also_after_a_restart(
    context: Context, taken: Taken, run: Run, clock: SteppingClock
) -> None:
    at = At(context, taken, replace(run.flow, decide=waking))
    asked = added(1).model_copy(update={"occurred_at": clock.now_ms()})
    await at.work(asked)
    assert at.state() == Sum(events=1)

    at.life(at.stored())
    clock.advance(100)
    await at.settle(lambda: at.state() == Sum(events=1, done=1))


async def test_a_wish_that_was_changed_does_not_wake(
    context: Context, taken: Taken, run: Run, clock: SteppingClock
) -> None:
    at = At(context, taken, replace(run.flow, decide=waking))
    now = clock.now_ms()
    await at.work(added(1).model_copy(update={"occurred_at": now}))
    await at.work(added(2).model_copy(update={"occurred_at": now + 50}))

    clock.advance(120)
    await at.work(added(3).model_copy(update={"occurred_at": now + 1000}))

    assert at.state() == Sum(events=3)
