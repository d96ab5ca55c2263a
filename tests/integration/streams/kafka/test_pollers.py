"""Pollers of several processes on a real cluster, killed and handed over between two rounds."""

from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from streams.core.message import message_id
from streams.kafka.cursors import read_cursors
from streams.kafka.reader import read_topic
from streams.kafka.registry import Registry
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics_admin import apply_topics
from tests.brokers import Cluster
from tests.engine.killing import Process
from tests.engine.small import MESSAGES, Run
from tests.integration.streams.kafka.test_kill import until

SOURCES, FACTS, FETCHED = 8, 4_000, 5


@pytest.fixture
async def run(cluster: Cluster, unique: str, tmp_path: Path) -> Run:
    fetches = tmp_path / "fetches"
    fetches.touch()
    settings = KafkaSettings(
        bootstrap_servers=cluster.bootstrap_servers, registry_url=cluster.registry_url
    )
    run = Run(
        settings=settings,
        name=unique,
        roles=("pollers",),
        effects=str(fetches),
        sources=SOURCES,
        facts=FACTS,
    )
    await apply_topics(settings, [*run.topics, run.cursors])
    return run


def known(run: Run) -> dict[str, int]:
    """How many facts of each source the cursors say are in Kafka."""
    cursors = read_cursors(run.settings, run.cursors, range(run.cursors.partitions))
    return {source: int(each.cursor) for source, each in cursors.items()}


def gone_on(run: Run, before: dict[str, int]) -> bool:
    """Whether all sources have been polled since."""
    now = known(run)
    return all(now[source] > start or now[source] == FACTS for source, start in before.items())


def fetches(run: Run) -> dict[str, list[tuple[int, str]]]:
    """By source, where each fetch began and which process made it."""
    made: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for line in Path(run.effects).read_text().splitlines():
        source, start, process = line.split()
        made[source].append((int(start), process))
    return made


async def ids(run: Run) -> Counter[str]:
    """How often each fact lies on its topic."""
    async with Registry(run.settings) as registry:
        codec = await registry.codec(MESSAGES)
    found = read_topic(run.settings, run.events.name)
    return Counter(codec.decode(record.value or b"").id for record in found)


async def test_nothing_is_missing_and_nobody_polls_what_another_polls(run: Run) -> None:
    first, second = Process(run), Process(run)
    changes = 0
    await first.start()
    await until(lambda: len(known(run)) == SOURCES)
    for leave in (second.stop, second.kill, second.stop):
        await second.start()
        joined = known(run)
        await until(lambda before=joined: gone_on(run, before))  # type: ignore[misc]
        await leave()
        changes += 2
    await second.start()
    await first.kill()
    changes += 2
    await until(lambda: set(known(run).values()) == {FACTS}, 120)
    await second.stop()

    told = await ids(run)
    wanted = {message_id(f"source-{s} {n}") for s in range(SOURCES) for n in range(FACTS)}
    assert told.keys() == wanted

    for made in fetches(run).values():
        gone_back = [a for (a, _), (b, _) in pairwise(made) if b <= a]
        assert len(gone_back) <= changes, "a round is repeated once a change of owner at the most"
        owners = [process for _, process in made]
        handed_over = sum(one != next for one, next in pairwise(owners))
        assert handed_over <= changes, "two polled it at the same time"
    assert len({process for made in fetches(run).values() for _, process in made}) == 5
    assert sum(told.values()) <= len(wanted) + changes * SOURCES * (FETCHED + 2)


async def test_a_static_member_comes_back_to_its_sources(run: Run) -> None:
    named = run.model_copy(
        update={"settings": run.settings.model_copy(update={"instance": "slot-0"})}
    )
    process = Process(named)
    await process.start()
    await until(lambda: len(known(run)) == SOURCES)
    await process.kill()
    await process.start()
    await until(lambda: set(known(run).values()) == {FACTS}, 120)
    await process.stop()
    assert (await ids(run)).keys() == {
        message_id(f"source-{s} {n}") for s in range(SOURCES) for n in range(FACTS)
    }
