"""How soon a worker works again: from the start of its process, with many orders in its table."""

from collections.abc import Iterator
from random import Random
from time import monotonic

from confluent_kafka import Producer

from bench.figures import Figure, Goal, Section, Table, number
from bench.histories import order, story, told
from bench.processes import module, running
from bench.race import Lap, Race, wish
from streams.bootstrap import connected
from streams.core.clock import SystemClock
from streams.core.codec import Codec
from streams.core.flow import Sent, Turn
from streams.core.message import Message
from streams.kafka.settings import KafkaSettings
from streams.messages.ops import Result

FIRST_ORDER, STORIES = 1_000_000, 50
OPEN_PERCENT = 10
MIB = 1024 * 1024

Stage = tuple[bytes, bytes, int | None]
"""A key, what the table holds of it, and when it wants to be woken."""


async def measure(settings: KafkaSettings, orders: int) -> Section:
    """Fills a table's changelog, starts a worker on it and waits for what it makes of one order."""
    now = SystemClock().now_ms()
    race = Race(settings=settings, name=f"bench-{now}-recovery", waves=(1,))
    async with connected(settings, "bench") as context:
        codec = context.codec
        await race.make_topics()
        try:
            size = _fill(race, codec, orders, now)
            placed = order(FIRST_ORDER - 1, now)
            race.send(codec, Producer(settings.producer()), [placed])
            started = monotonic()
            async with running(*module("bench.contestants.engine", race)) as worker:
                ready = await worker.says(Lap)
                done = await worker.says(Lap)
        finally:
            race.drop_topics()
    return section(orders, size, ready.at - started, done.at - started)


def section(orders: int, size: int, ready: float, first_output: float) -> Section:
    """The figures; `size` is the changelog's in bytes, times are seconds."""
    what = f"recovery with {orders:,} orders in the table: process start to first output"
    row = (number(orders), f"{number(size / MIB)} MiB", f"{ready:.1f} s", f"{first_output:.1f} s")
    about = (
        f"{100 - OPEN_PERCENT} % of the orders are closed, the others on their way. The process is "
        "kept to one core."
    )
    columns = ("orders", "changelog", "ready", "first output in Kafka")
    figure = Figure(what, first_output, "s", Goal("at most", 10))
    return Section((figure,), (Table("Recovery", columns, (row,), about),))


def _fill(race: Race, codec: Codec, orders: int, now: int) -> int:
    """Writes the changelog; its size in bytes."""
    producer, topic = Producer(race.settings.producer()), race.changelog
    random, size = Random(orders), 0
    known = [list(_stages(race, codec, FIRST_ORDER + each, now)) for each in range(STORIES)]
    for number_ in range(FIRST_ORDER, FIRST_ORDER + orders):
        stages = random.choice(known)
        is_open = random.randrange(100) < OPEN_PERCENT
        key, value, wake_at = random.choice(stages) if is_open else stages[-1]
        mine = f"uk-{number_}".encode()
        value = value.replace(key, mine)
        size += len(value)
        headers = wish(wake_at)
        producer.produce(topic, value, mine, headers=headers)
        producer.poll(0)
    producer.flush()
    return size


def _stages(race: Race, codec: Codec, number_: int, now: int) -> Iterator[Stage]:
    """What the table holds of an order after each wave of its story."""

    def post(message: Message, cause: str) -> Sent:
        topic = race.topic_of[type(message)]
        value = codec.encode(message)
        return Sent(id=message.id, cause=cause, topic=topic, key=message.key, value=value)

    placed, kept = order(number_, now), None
    for wave in (*story(race.flow, placed).waves, told(placed)):
        turn = Turn(race.flow, kept, False, post)
        for message in wave:
            turn.apply(message, message.command_id if isinstance(message, Result) else "")
        kept = turn.kept
        yield (
            placed.key.encode(),
            kept.model_dump_json(exclude_defaults=True).encode(),
            kept.wake_at,
        )
