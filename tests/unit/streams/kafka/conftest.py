"""A partition of a flow or sink without a broker, and the whole engine on the embedded one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from streams.core.clock import SteppingClock
from streams.core.codec import Codec
from streams.core.message import Message
from streams.kafka.context import Context
from streams.kafka.durable import Flush
from streams.kafka.embedded import EmbeddedBroker
from streams.kafka.embedded_registry import EmbeddedRegistry
from streams.kafka.publisher import Publisher
from streams.kafka.registry import Registry
from streams.kafka.settings import KafkaSettings
from streams.kafka.worker import Worker
from tests.engine.records import Taken
from tests.engine.small import MESSAGES, Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The small flow and sink, where no broker is needed."""
    effects = tmp_path / "effects"
    effects.touch()
    settings = KafkaSettings(bootstrap_servers="none", registry_url="none", company_ms=0)
    return Run(settings=settings, name="small", effects=str(effects))


@pytest.fixture
def taken() -> Taken:
    """What the partition under test makes durable."""
    return Taken()


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def context(run: Run, taken: Taken, clock: SteppingClock) -> Context:
    """A context whose producer is `taken`."""
    ids: dict[type[Message], int] = {message: each for each, message in enumerate(MESSAGES, 1)}
    codec = Codec(MESSAGES, ids)
    context = run.context(cast("Registry", None), codec, cast("Flush", taken))
    return Context(**{**context.__dict__, "clock": clock})


@dataclass
class Engine:
    """The engine on the embedded broker."""

    run: Run
    context: Context
    publisher: Publisher
    broker: EmbeddedBroker

    async def working(self, worker: Worker) -> "asyncio.Task[None]":
        """Runs a worker; returns when it is ready."""
        task = asyncio.create_task(worker.run())
        ready = asyncio.create_task(worker.ready.wait())
        await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        return task

    async def stop(self, task: "asyncio.Task[None]") -> None:
        """Stops a worker as a process does that ends."""
        task.cancel()
        await asyncio.wait({task})

    async def until(self, done: Callable[[], bool], seconds: float = 10) -> None:
        """Waits for what the broker will bring."""
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(done):  # noqa: ASYNC110 (no event for it)
                await asyncio.sleep(0.02)


@pytest.fixture
async def engine(run: Run, unique: str) -> AsyncIterator[Engine]:
    with EmbeddedBroker() as broker:
        async with EmbeddedRegistry() as served:
            settings = KafkaSettings(
                bootstrap_servers=broker.bootstrap_servers,
                registry_url=served.url,
                fetch_wait_ms=10,
                session_seconds=1,  # after which the embedded broker lets a worker come back
            )
            run = run.model_copy(update={"settings": settings, "name": unique, "partitions": 2})
            for topic in run.topics:
                broker.create_topic(topic.name, run.partitions)
            flush = Flush(settings)
            async with Registry(settings) as registry:
                context = run.context(registry, await registry.codec(MESSAGES), flush)
                yield Engine(run, context, Publisher(context), broker)
            await flush.close()
