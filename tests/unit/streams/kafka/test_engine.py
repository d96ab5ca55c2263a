"""The whole engine on the embedded broker."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, TopicPartition

from streams.core.connector import Outcome, Sink
from streams.kafka.changelog import read_changelog
from streams.kafka.durable import NotDurable
from streams.kafka.engine import flow_worker, sink_worker
from streams.kafka.letters import REPAIR_HEADER
from streams.kafka.reader import read_topic
from streams.kafka.settings import LIBRDKAFKA
from streams.messages.ops import DeadLetter
from streams.topics import table
from tests.engine.small import Added, Do, Sum
from tests.unit.streams.kafka.conftest import Engine

PRODUCE = 0


def added(number: int, amount: int = 1) -> Added:
    key = f"k{number % 7}"
    return Added(
        id=f"a{number}",
        key=key,
        occurred_at=1,
        received_at=1,
        source="test",
        correlation_id=key,
        amount=amount,
    )


def states(engine: Engine) -> dict[bytes, Sum]:
    run = engine.run
    partitions = read_changelog(run.settings, table(run.name).name, range(run.partitions))
    kept = {
        key: run.flow.kept.model_validate_json(stored.value).state
        for keys in partitions.values()
        for key, stored in keys.items()
    }
    return {key: state for key, state in kept.items() if state}


def counted(engine: Engine) -> Sum:
    """All keys' states in one."""
    all_states = states(engine).values()
    return Sum(
        events=sum(each.events for each in all_states),
        total=sum(each.total for each in all_states),
        done=sum(each.done for each in all_states),
    )


def committed(engine: Engine, group: str, topic: str) -> list[int]:
    client = Consumer(engine.run.settings.client() | {"group.id": group}, logger=LIBRDKAFKA)
    partitions = [TopicPartition(topic, each) for each in range(engine.run.partitions)]
    found = [each.offset for each in client.committed(partitions, 10)]
    client.close()
    return found


async def test_facts_become_effects_and_results_and_survive_a_restart(engine: Engine) -> None:
    run = engine.run
    flow = await engine.working(flow_worker(run.flow, engine.context))
    sink = await engine.working(sink_worker(run.sink(), engine.context, run.commands))

    await engine.publisher.publish([added(number) for number in range(40)])
    await engine.until(lambda: counted(engine).done == 40)
    await engine.stop(flow)
    flow = await engine.working(flow_worker(run.flow, engine.context))
    await engine.publisher.publish([added(number) for number in range(30, 60)])
    await engine.until(lambda: counted(engine).done == 60)

    assert counted(engine) == Sum(events=60, total=60, done=60)
    effects = Counter(Path(run.effects).read_text().split())  # noqa: ASYNC240
    assert len(effects) == 60
    assert set(effects.values()) == {1}
    await engine.stop(flow)
    await engine.stop(sink)


async def test_a_record_that_kafka_refuses_stops_the_worker_and_is_done_by_the_next(
    engine: Engine,
) -> None:
    run = engine.run
    worker = await engine.working(flow_worker(run.flow, engine.context))
    await engine.publisher.publish([added(1)])
    await engine.until(lambda: counted(engine).events == 1)

    message = added(2)
    value = engine.context.codec.encode(message)
    await engine.publisher.resend(run.events.name, message.key, value)
    engine.broker.fail_next(PRODUCE, KafkaError.MSG_SIZE_TOO_LARGE)
    with pytest.raises(NotDurable):
        async with asyncio.timeout(10):
            await worker

    worker = await engine.working(flow_worker(run.flow, engine.context))
    await engine.until(lambda: counted(engine).events == 2)
    await engine.stop(worker)


async def test_an_offset_never_passes_a_command_that_is_still_in_flight(engine: Engine) -> None:
    run, gate, calls = engine.run, asyncio.Event(), []

    async def execute(command: Do, *, unknown: bool) -> Outcome:
        calls.append(command.id)
        if command.key == "k1":
            await gate.wait()
        return Outcome()

    worker = sink_worker(Sink(run.name, {Do: execute}), engine.context, run.commands)
    task = await engine.working(worker)
    commands = [
        Do(**added(number).model_dump() | {"id": f"d{number}", "source": "flow/test"})
        for number in range(20)
    ]
    await engine.publisher.publish(commands)
    await engine.until(lambda: len(calls) >= 18)
    group = f"tandem-sink-{run.name}"
    await asyncio.sleep(2 * run.settings.commit_seconds)
    done = sum(max(0, offset) for offset in committed(engine, group, run.commands.name))
    assert done < 20

    gate.set()
    await engine.until(
        lambda: sum(max(0, each) for each in committed(engine, group, run.commands.name)) == 20
    )
    await engine.stop(task)


async def test_a_dead_letter_is_repaired_by_sending_it_again(engine: Engine) -> None:
    run = engine.run
    task = await engine.working(flow_worker(run.flow, engine.context))
    await engine.publisher.publish([added(1), added(8, amount=-1), added(15)])

    def letters() -> list[DeadLetter]:
        found = [
            engine.context.codec.decode(each.value or b"")
            for each in read_topic(run.settings, run.letters.name)
        ]
        return [letter for letter in found if isinstance(letter, DeadLetter)]

    await engine.until(lambda: len(letters()) == 2)
    refused, waiting = letters()
    assert (refused.kind, waiting.kind, waiting.waits_for) == ("rejected", "waiting", refused.id)

    mended = engine.context.codec.encode(added(8, amount=4))
    for letter, value in ((refused, mended), (waiting, waiting.original)):
        header = ((REPAIR_HEADER, letter.id.encode()),)
        await engine.publisher.resend(letter.topic, letter.key, value, header)
    await engine.until(lambda: counted(engine).total == 6)

    assert counted(engine) == Sum(events=3, total=6)
    await engine.stop(task)


async def test_a_broker_that_goes_away_for_a_moment_costs_nothing(engine: Engine) -> None:
    run = engine.run
    task = await engine.working(flow_worker(run.flow, engine.context))
    await engine.publisher.publish([added(number) for number in range(10)])
    await engine.until(lambda: counted(engine).events == 10)

    engine.broker.stop_broker()
    publishing = asyncio.create_task(
        engine.publisher.publish([added(number) for number in range(10, 20)])
    )
    await asyncio.sleep(0.5)
    engine.broker.start_broker()
    await publishing
    await engine.until(lambda: counted(engine).events == 20, seconds=20)

    assert counted(engine).total == 20
    await engine.stop(task)


async def test_one_key_is_read_back_from_the_one_partition_it_can_be_in(engine: Engine) -> None:
    await engine.publisher.publish([added(number) for number in range(21)])

    found = list(read_topic(engine.run.settings, engine.run.events.name, key="k3"))

    ids = [engine.context.codec.decode(each.value or b"").id for each in found]
    assert ids == ["a3", "a10", "a17"]
