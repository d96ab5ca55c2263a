"""Fetching, on the embedded broker."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import pytest
from confluent_kafka import Producer
from faust.types.tuples import TP

from streams.kafka.embedded import EmbeddedBroker
from streams.kafka.fetch import Fetch
from streams.kafka.reader import Found
from streams.kafka.settings import KafkaSettings
from tests.engine.records import until

ONE, OTHER = TP("events", 0), TP("events", 1)


class Basket:
    """What was delivered, by partition, and what ended the fetching."""

    def __init__(self) -> None:
        self.pieces: list[tuple[TP, list[int]]] = []
        self.failures: list[Exception] = []

    def deliver(self, tp: TP, records: Sequence[Found]) -> None:
        self.pieces.append((tp, [record.offset for record in records]))

    def of(self, tp: TP) -> list[int]:
        return [offset for each, offsets in self.pieces if each == tp for offset in offsets]


@pytest.fixture
def settings() -> Iterator[KafkaSettings]:
    with EmbeddedBroker() as broker:
        broker.create_topic("events", 2)
        yield KafkaSettings(
            bootstrap_servers=broker.bootstrap_servers, registry_url="none", fetch_wait_ms=10
        )


@pytest.fixture
def basket() -> Basket:
    return Basket()


@asynccontextmanager
async def fetching(settings: KafkaSettings, basket: Basket) -> AsyncIterator[Fetch]:
    fetch = Fetch(settings, 0, basket.deliver, basket.failures.append)
    try:
        yield fetch
    finally:
        await fetch.close()


def send(settings: KafkaSettings, tp: TP, count: int) -> None:
    producer = Producer(settings.producer())
    for number in range(count):
        producer.produce(tp.topic, b"v", f"k{number}".encode(), partition=tp.partition)
    producer.flush()


async def test_each_partition_comes_in_order_from_its_position(
    settings: KafkaSettings, basket: Basket
) -> None:
    send(settings, ONE, 5)
    send(settings, OTHER, 3)
    async with fetching(settings, basket) as fetch:
        fetch.start({ONE: 2, OTHER: None})
        await until(lambda: len(basket.of(ONE)) == 3 and len(basket.of(OTHER)) == 3)

    assert (basket.of(ONE), basket.of(OTHER)) == ([2, 3, 4], [0, 1, 2])


async def test_records_that_lie_there_come_as_few_pieces(
    settings: KafkaSettings, basket: Basket
) -> None:
    send(settings, ONE, 1_000)
    async with fetching(settings, basket) as fetch:
        fetch.start({ONE: 0})
        await until(lambda: len(basket.of(ONE)) == 1_000)

    assert len(basket.pieces) < 50


async def test_nothing_that_was_fetched_before_a_stop_is_delivered_after_it(
    settings: KafkaSettings, basket: Basket
) -> None:
    async with fetching(settings, basket) as fetch:
        fetch.start({ONE: 0, OTHER: 0})
        send(settings, OTHER, 1)
        await until(lambda: basket.of(OTHER) == [0])
        await asyncio.to_thread(send, settings, ONE, 3)
        fetch.stop()  # before the event loop hears of them
        fetch.start({OTHER: 0})
        await until(lambda: basket.of(OTHER) == [0, 0])

    assert basket.of(ONE) == []


async def test_a_start_reads_again_from_its_own_position(
    settings: KafkaSettings, basket: Basket
) -> None:
    send(settings, ONE, 3)
    async with fetching(settings, basket) as fetch:
        fetch.start({ONE: 0})
        await until(lambda: basket.of(ONE) == [0, 1, 2])
        fetch.start({ONE: 1})
        await until(lambda: len(basket.of(ONE)) == 5)

    assert basket.of(ONE) == [0, 1, 2, 1, 2]


async def test_a_paused_partition_rests_and_loses_nothing(
    settings: KafkaSettings, basket: Basket
) -> None:
    async with fetching(settings, basket) as fetch:
        fetch.start({ONE: 0, OTHER: 0})
        send(settings, ONE, 1)
        await until(lambda: basket.of(ONE) == [0])
        fetch.pause([ONE], True)
        for number in range(3):  # what comes of the other says that the first has been asked for
            send(settings, OTHER, 1)
            await until(lambda number=number: len(basket.of(OTHER)) == number + 1)  # type: ignore[misc]
        send(settings, ONE, 2)
        send(settings, OTHER, 1)
        await until(lambda: len(basket.of(OTHER)) == 4)
        assert basket.of(ONE) == [0]
        fetch.pause([ONE], False)
        await until(lambda: basket.of(ONE) == [0, 1, 2])


async def test_a_position_that_the_topic_no_longer_has_is_its_start(
    settings: KafkaSettings, basket: Basket
) -> None:
    send(settings, ONE, 2)
    async with fetching(settings, basket) as fetch:
        fetch.start({ONE: 50})
        await until(lambda: basket.of(ONE) == [0, 1])

    assert basket.failures == []
