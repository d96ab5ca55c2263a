"""`kill -9` in the middle of the work: nothing is missing, effects happen once."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from streams.core.clock import SystemClock
from streams.core.flow import Kept
from streams.kafka.changelog import read_changelog
from streams.kafka.durable import Flush
from streams.kafka.publisher import Publisher
from streams.kafka.reader import read_topic
from streams.kafka.registry import Registry
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics_admin import apply_topics
from streams.topics import table
from tests.brokers import Cluster
from tests.engine.killing import Process
from tests.engine.small import MESSAGES, Added, Run, Sum

KILLS, KEYS, PER_SECOND = 3, 50, 250


def small_run(cluster: Cluster, name: str, durability: Literal["flush", "transaction"]) -> Run:
    settings = KafkaSettings(
        bootstrap_servers=cluster.bootstrap_servers,
        registry_url=cluster.registry_url,
        durability=durability,
        instance="slot-0",
        delivery_seconds=20,
    )
    return Run(settings=settings, name=name)


def added(number: int, at: int) -> Added:
    key = f"k{number % KEYS}"
    return Added(
        id=f"a{number}",
        key=key,
        occurred_at=at,
        received_at=at,
        source="test",
        correlation_id=key,
        amount=number,
    )


async def publish_while(run: Run, go_on: Callable[[], bool]) -> int:
    """Publishes numbers from 0 at a steady rate; how many there were."""
    flush, number = Flush(run.settings), 0
    async with Registry(run.settings) as registry:
        publisher = Publisher(run.context(registry, await registry.codec(MESSAGES), flush))
        while go_on():
            now = SystemClock().now_ms()
            await publisher.publish([added(number + each, now) for each in range(PER_SECOND // 10)])
            number += PER_SECOND // 10
            await asyncio.sleep(0.1)
    await flush.close()
    return number


def states(run: Run) -> list[Kept[Sum]]:
    partitions = read_changelog(run.settings, table(run.name).name, range(run.partitions))
    return [
        run.flow.kept.model_validate_json(stored.value)
        for keys in partitions.values()
        for stored in keys.values()
    ]


def commands(run: Run) -> Counter[bytes]:
    """How often each command lies on its topic."""
    return Counter(found.value or b"" for found in read_topic(run.settings, run.commands.name))


def counted(run: Run) -> int:
    """How many events the table knows of."""
    return sum(kept.state.events for kept in states(run) if kept.state)


async def until(done: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(done):  # noqa: ASYNC110 (Kafka has no event for it)
            await asyncio.sleep(0.3)


async def handed_over_again_and_again(run: Run) -> int:
    """Lets a second worker come and go, cleanly and not, while events come; how many came."""
    await apply_topics(run.settings, run.topics)
    first, second, busy = Process(run), Process(run), True
    await first.start()
    publishing = asyncio.create_task(publish_while(run, lambda: busy))
    for leave in (second.stop, second.kill, second.stop):
        await second.start()
        await asyncio.sleep(1)
        await leave()
        await asyncio.sleep(2 * run.settings.session_seconds)
    busy = False
    events = await publishing
    try:
        await until(lambda: counted(run) >= events)
        await asyncio.sleep(2)
        assert not first.died
    finally:
        await first.kill()
    return events


async def killed_again_and_again(run: Run) -> int:
    """Runs the process through its deaths while events come; how many came."""
    await apply_topics(run.settings, run.topics)
    process, dying = Process(run), True
    await process.start()
    publishing = asyncio.create_task(publish_while(run, lambda: dying))
    for _ in range(KILLS):
        await asyncio.sleep(1.3)
        await process.kill()
        await process.start()
    dying = False
    events = await publishing
    try:
        await until(lambda: counted(run) >= events)
        if "sink" in run.roles:
            await until(lambda: not any(kept.outbox for kept in states(run)))
        await asyncio.sleep(2)  # more would be a mistake, and would come now
        assert not process.died
    finally:
        await process.kill()
    return events


def assert_each_event_counted_once(run: Run, events: int) -> None:
    kept = [each.state for each in states(run) if each.state]
    assert sum(each.events for each in kept) == events
    assert sum(each.total for each in kept) == sum(range(events))
    sent = commands(run)
    assert len(sent) == events
    if run.settings.durability == "transaction":
        assert max(sent.values()) == 1, "a transaction repeats nothing"


@pytest.mark.parametrize("durability", ["flush", "transaction"])
async def test_a_flow_that_is_killed_loses_nothing_and_counts_nothing_twice(
    cluster: Cluster, unique: str, durability: Literal["flush", "transaction"]
) -> None:
    run = small_run(cluster, unique, durability)

    events = await killed_again_and_again(run)

    assert_each_event_counted_once(run, events)


@pytest.mark.parametrize("durability", ["flush", "transaction"])
async def test_partitions_that_change_hands_lose_nothing_and_count_nothing_twice(
    cluster: Cluster, unique: str, durability: Literal["flush", "transaction"]
) -> None:
    run = small_run(cluster, unique, durability)
    settings = run.settings.model_copy(update={"instance": "", "session_seconds": 3})
    run = run.model_copy(update={"settings": settings})

    events = await handed_over_again_and_again(run)

    assert_each_event_counted_once(run, events)


@pytest.mark.parametrize("durability", ["flush", "transaction"])
async def test_a_worker_that_was_frozen_for_long_does_no_harm_when_it_goes_on(
    cluster: Cluster, unique: str, durability: Literal["flush", "transaction"]
) -> None:
    run = small_run(cluster, unique, durability)
    settings = run.settings.model_copy(update={"instance": "", "session_seconds": 3})
    run = run.model_copy(update={"settings": settings})
    await apply_topics(run.settings, run.topics)
    first, second, busy = Process(run), Process(run), True
    await first.start()
    await second.start()
    publishing = asyncio.create_task(publish_while(run, lambda: busy))
    try:
        await asyncio.sleep(1)
        await second.freeze(5 * settings.session_seconds)
        await asyncio.sleep(settings.session_seconds)
        busy = False
        events = await publishing
        await until(lambda: counted(run) >= events, seconds=90)
        await asyncio.sleep(2)
    finally:
        await first.kill()
        await second.kill()

    assert_each_event_counted_once(run, events)


@pytest.mark.parametrize("durability", ["flush", "transaction"])
async def test_a_sink_that_is_killed_has_each_effect_once(
    cluster: Cluster, unique: str, tmp_path: Path, durability: Literal["flush", "transaction"]
) -> None:
    effects = tmp_path / "effects"
    effects.touch()
    run = small_run(cluster, unique, durability).model_copy(
        update={"roles": ("flow", "sink"), "effects": str(effects)}
    )

    events = await killed_again_and_again(run)

    once = Counter(effects.read_text().split())
    assert len(once) == events
    assert max(once.values()) == 1, "an effect happened twice"
    assert sum(each.state.done for each in states(run) if each.state) == events
