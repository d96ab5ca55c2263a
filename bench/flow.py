"""Messages a second through the order flow: the engine beside plain loops."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from time import monotonic
from typing import Literal

from confluent_kafka import Producer

from bench.figures import Figure, Goal, Section, Table, number
from bench.histories import order, story, waves
from bench.processes import module, running
from bench.race import POLICY, Lap, Race
from streams.bootstrap import connected
from streams.core.clock import SystemClock
from streams.core.codec import Codec
from streams.core.message import Message
from streams.flows.order.flow import order_flow
from streams.kafka.settings import KafkaSettings

FIRST_ORDER = 500_000


@dataclass(frozen=True)
class Entrant:
    """Who races: a module of `bench.contestants`, and how the engine makes batches durable."""

    title: str
    module: str
    durability: Literal["flush", "transaction"] = "flush"


FLUSH = Entrant("the engine, flush", "engine")
TRANSACTION = Entrant("the engine, transaction", "engine", "transaction")
LOOP = Entrant("a plain loop, the same flow", "loop")
ALONE = Entrant("a plain loop, Kafka and Avro alone", "alone")
ENTRANTS = (FLUSH, TRANSACTION, LOOP, ALONE)


@dataclass(frozen=True)
class Heat:
    """One contestant's run: messages in and out, seconds of the clock and of the CPU."""

    messages: int
    out: int
    seconds: float
    cpu: float


async def measure(settings: KafkaSettings, orders: int, rounds: int) -> Section:
    """Lets all entrants run through the same histories, in rounds side by side."""
    now = SystemClock().now_ms()
    flow = order_flow(POLICY)
    stories = [story(flow, order(FIRST_ORDER + number, now)) for number in range(orders)]
    history = waves(stories)
    heats: dict[Entrant, list[Heat]] = {entrant: [] for entrant in ENTRANTS}
    async with connected(settings, "bench") as context:
        for number_ in range(rounds):
            for entrant in ENTRANTS:
                name = f"bench-{now}-{number_}-{entrant.module}-{entrant.durability}"
                heats[entrant].append(await heat(settings, context.codec, entrant, name, history))
    return section(heats)


async def heat(
    settings: KafkaSettings,
    codec: Codec,
    entrant: Entrant,
    name: str,
    history: Sequence[Sequence[Message]],
) -> Heat:
    """One contestant's run, on topics that are gone afterwards.

    A wave is in Kafka, but in an open transaction, before its clock starts: readers see all of it
    at once, so neither its making nor its sending is measured.
    """
    mine = settings.model_copy(update={"durability": entrant.durability})
    race = Race(settings=mine, name=name, waves=tuple(map(len, history)))
    await race.make_topics()
    producer = Producer(settings.producer() | {"transactional.id": name})
    producer.init_transactions()
    seconds = 0.0
    try:
        async with running(*module(f"bench.contestants.{entrant.module}", race)) as contestant:
            first = last = await contestant.says(Lap)
            for wave in history:
                producer.begin_transaction()
                race.send(codec, producer, wave)
                started = monotonic()
                producer.commit_transaction()
                last = await contestant.says(Lap)
                seconds += last.at - started
    finally:
        race.drop_topics()
    return Heat(sum(race.waves), last.out, seconds, last.cpu - first.cpu)


def section(heats: dict[Entrant, list[Heat]]) -> Section:
    """The figures: medians of the rounds."""
    speed = {
        entrant: median(h.messages / h.seconds for h in runs) for entrant, runs in heats.items()
    }
    rows = tuple(_row(entrant, runs, speed[LOOP]) for entrant, runs in heats.items())
    share = "the engine's share of a plain loop doing the same flow"
    figures = tuple(
        figure
        for entrant in (FLUSH, TRANSACTION)
        for figure in (
            Figure(
                f"messages a second through the order flow on one core ({entrant.durability})",
                speed[entrant],
                "/s",
                Goal("at least", 5_000),
            ),
            Figure(
                f"{share} ({entrant.durability})",
                100 * speed[entrant] / speed[LOOP],
                "%",
                Goal("at least", 50),
            ),
        )
    )
    messages = heats[LOOP][0].messages
    about = (
        f"{messages:,} messages a round: histories of {messages // 10:,} orders of 9 lines from "
        "placed to closed, 10 messages each, on the flow's five input topics of 4 partitions. Each "
        f"process is kept to one core; medians of {len(heats[LOOP])} rounds, all in turn."
    )
    columns = (
        "",
        "messages in, /s",
        "messages out, /s",
        "CPU ms per 1,000 in",
        "of the plain loop",
    )
    return Section(figures, (Table("Through the order flow", columns, rows, about),))


def _row(entrant: Entrant, runs: Sequence[Heat], loop: float) -> tuple[str, ...]:
    speed = median(heat.messages / heat.seconds for heat in runs)
    out = median(heat.out / heat.seconds for heat in runs)
    cpu = median(1e6 * heat.cpu / heat.messages for heat in runs)
    return entrant.title, number(speed), number(out), number(cpu), f"{100 * speed / loop:.0f} %"
