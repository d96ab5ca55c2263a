"""The pollers of processes on the embedded broker: who polls what, and from where."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from streams.core.connector import Poller
from streams.core.errors import Misconfigured
from streams.core.message import Message
from streams.kafka.context import Context
from streams.kafka.cursors import Cursor, read_cursors
from streams.kafka.pollers import Pollers
from streams.kafka.reader import read_topic
from streams.refused import polled
from streams.topics import CURSORS, within
from tests.engine.asked import Asked, fact
from tests.unit.streams.kafka.conftest import Engine

ALL = range(CURSORS.partitions)


@pytest.fixture
def here(engine: Engine, unique: str) -> Context:
    """The engine's context in a namespace with a topic of cursors."""
    context = replace(engine.context, namespace=unique)
    engine.broker.create_topic(within(CURSORS, unique).name, CURSORS.partitions)
    return context


def pollers(here: Context, *each: Poller) -> Pollers:
    return Pollers(each, here, polled(here.clock))


async def run(worker: Pollers) -> "asyncio.Task[None]":
    task = asyncio.create_task(worker.run())
    ready = asyncio.create_task(worker.ready.wait())
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    if task.done():
        task.result()
    return task


async def stop(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def cursors(here: Context) -> dict[str, Cursor]:
    return read_cursors(here.settings, within(CURSORS, here.namespace), ALL)


def events(engine: Engine) -> Sequence[Message]:
    found = read_topic(engine.context.settings, engine.run.events.name)
    return [engine.context.codec.decode(record.value or b"") for record in found]


async def test_sources_are_polled_and_a_next_process_goes_on_from_their_cursors(
    engine: Engine, here: Context
) -> None:
    asked, other = Asked([1, 2, 3]), Asked([4])
    sources = (asked.poller("one"), other.poller("two"))
    task = await run(pollers(here, *sources))
    await engine.until(lambda: {c.cursor for c in cursors(here).values()} == {"3", "1"})
    await stop(task)

    asked.amounts.append(5)
    task = await run(pollers(here, *sources))
    await engine.until(lambda: cursors(here)["one"].cursor == "4")
    await stop(task)

    assert asked.cursors == ["", "2", "3"]
    assert sorted(message.key for message in events(engine)) == ["k0", "k0", "k1", "k2", "k3"]
    assert fact(3, 5) in events(engine)


async def test_two_processes_never_poll_one_source_at_a_time(engine: Engine, here: Context) -> None:
    under_way: set[str] = set()
    polled_by: dict[str, set[str]] = {"a": set(), "b": set()}

    def poller(source: str, process: str) -> Poller:
        asked = Asked(list(range(10_000)), most=1)

        async def fetch(cursor: str) -> object:
            assert source not in under_way
            under_way.add(source)
            polled_by[process].add(source)
            try:
                await asyncio.sleep(0)
                return await asked.fetch(cursor)
            finally:
                under_way.discard(source)

        return replace(asked.poller(source), fetch=fetch)  # type: ignore[arg-type]

    names = [f"source-{n}" for n in range(12)]
    first = await run(pollers(here, *(poller(name, "a") for name in names)))
    await engine.until(lambda: len(cursors(here)) == len(names))
    second_worker = pollers(here, *(poller(name, "b") for name in names))
    second = await run(second_worker)
    await engine.until(lambda: bool(polled_by["b"]))
    polled_by["a"].clear()
    await engine.until(lambda: bool(polled_by["a"]))
    assert not polled_by["a"] & polled_by["b"]
    assert not first.done()

    await stop(first)
    await engine.until(lambda: polled_by["b"] == set(names))
    await stop(second)


async def test_who_is_not_let_in_stops_the_process(engine: Engine, here: Context) -> None:
    asked = Asked(fails=[Misconfigured("set the key")])
    worker = pollers(here, asked.poller())
    with pytest.raises(Misconfigured, match="set the key"):
        await asyncio.wait_for(worker.run(), 20)
    assert not worker.ready.is_set()


async def test_its_age_and_readiness_are_told(engine: Engine, here: Context) -> None:
    worker = pollers(here, Asked([1]).poller("one"))
    registry = here.metrics.registry
    assert worker.idle_seconds() == 0
    task = await run(worker)
    assert registry.get_sample_value("tandem_ready", {"worker": "pollers"}) == 1
    await engine.until(lambda: "one" in cursors(here))
    await engine.until(
        lambda: registry.get_sample_value("tandem_cursor_age_seconds", {"source": "one"}) != 0
    )
    assert worker.idle_seconds() < 60
    await stop(task)
    assert registry.get_sample_value("tandem_ready", {"worker": "pollers"}) == 0
    assert registry.get_sample_value("tandem_cursor_age_seconds", {"source": "one"}) == 0
