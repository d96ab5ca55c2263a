"""Each cure of Faust, with a test that fails without it."""

import asyncio
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types.tuples import TP

from streams.core.errors import Misconfigured
from streams.kafka import cured
from streams.kafka.cured import CuredConsumer, CuredRecovery, check_versions
from tests.engine.records import Fetched

EVENTS, CHANGELOG = TP("events", 0), TP("table", 0)


class Recorded:
    """A `Work` that notes what it is told."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.delivered: list[tuple[TP, list[int]]] = []
        self.durable: dict[TP, int] = {}

    def deliver(self, tp: TP, records: Sequence[Any]) -> None:
        self.delivered.append((tp, [record.offset for record in records]))

    def committable(self) -> Mapping[TP, int]:
        return self.durable

    async def take_over(self, partitions: frozenset[int]) -> None:
        self.calls.append(f"take over {sorted(partitions)}")

    def go(self) -> None:
        self.calls.append("go")

    async def drain(self) -> None:
        self.calls.append("drain")


def a_consumer(work: Recorded, fetches: Sequence[dict[TP, list[Fetched]]] = ()) -> Any:
    """A consumer that is not connected; `fetches` is what aiokafka will have fetched."""
    consumer: Any = CuredConsumer.__new__(CuredConsumer)
    consumer.app = SimpleNamespace(work=work, consumer_generation_id=1, commits=True)
    consumer.flow_active, consumer.can_resume_flow = True, asyncio.Event()
    consumer._read_offset = {EVENTS: None}
    consumer._active_partitions, consumer._buffered_partitions = {EVENTS}, set()
    consumer._fetching = asyncio.Lock()
    left = list(fetches)

    async def getmany(active: set[TP], seconds: float) -> dict[TP, list[Fetched]]:
        return left.pop(0) if left else {}

    consumer._getmany = getmany
    return consumer


def records(*offsets: int) -> list[Fetched]:
    return [Fetched(offset, b"") for offset in offsets]


async def everything(consumer: Any) -> list[tuple[TP, list[int]]]:
    return [(tp, [each.offset for each in found]) async for tp, found in consumer.fetched()]


@pytest.mark.parametrize("package", ["faust-streaming", "aiokafka"])
def test_another_version_is_refused_with_what_to_do(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = cured.WRITTEN_FOR | {package: "9.9.9"}
    monkeypatch.setattr(cured, "version", versions.__getitem__)

    with pytest.raises(Misconfigured, match=f"{package} .*9\\.9\\.9.*make setup"):
        check_versions()


async def test_a_fetch_is_delivered_as_one_piece_a_partition() -> None:
    consumer = a_consumer(Recorded(), [{EVENTS: records(4, 5, 9)}])

    assert await everything(consumer) == [(EVENTS, [4, 5, 9])]
    assert consumer._read_offset[EVENTS] == 10


async def test_no_offset_passes_what_is_in_flight() -> None:
    """#606: Faust commits 10 here, although 0 to 9 are not done: it knows only that 9 is acked."""
    work = Recorded()
    consumer = a_consumer(work)
    consumer._acked = {EVENTS: [9]}
    assert consumer._new_offset(EVENTS) is None
    assert list(consumer._filter_tps_with_pending_acks()) == []

    work.durable = {EVENTS: 4}

    assert consumer._new_offset(EVENTS) == 4
    assert list(consumer._filter_tps_with_pending_acks()) == [EVENTS]


async def test_records_that_were_fetched_before_a_seek_are_dropped() -> None:
    consumer = a_consumer(Recorded(), [{EVENTS: records(1, 2, 3, 4)}, {EVENTS: records(1, 2)}])
    consumer._read_offset[EVENTS] = 3

    assert await everything(consumer) == [(EVENTS, [3, 4])]
    assert await everything(consumer) == []


async def test_records_that_were_fetched_before_a_rebalance_are_dropped() -> None:
    consumer = a_consumer(Recorded())

    async def getmany(*_asked: object) -> dict[TP, list[Fetched]]:
        consumer.app.consumer_generation_id += 1
        return {EVENTS: records(1, 2)}

    consumer._getmany = getmany

    assert await everything(consumer) == []
    assert consumer._read_offset[EVENTS] is None


async def test_a_fetch_keeps_to_the_partitions_it_was_sent_for() -> None:
    """Faust shares its set, and aiokafka reads one that is emptied meanwhile as "all"."""
    consumer = a_consumer(Recorded())
    asked: list[set[TP]] = []

    async def getmany(active: set[TP], _seconds: float) -> dict[TP, list[Fetched]]:
        consumer._active_partitions.clear()
        asked.append(active)
        return {}

    consumer._getmany = getmany
    await everything(consumer)

    assert asked == [{EVENTS}]


def positioned(consumer: Any, committed: Mapping[TP, int | None]) -> dict[TP, int]:
    """The positions that seeks of the consumer lead to; the first record of each topic is 5."""
    positions: dict[TP, int] = {}

    async def seek_to_committed() -> Mapping[TP, int | None]:
        positions.update({tp: offset for tp, offset in committed.items() if offset})
        return committed

    async def earliest_offsets(*tps: TP) -> Mapping[TP, int]:
        return dict.fromkeys(tps, 5)

    async def seek_wait(wanted: Mapping[TP, int]) -> None:
        positions.update(wanted)

    consumer.assignment = lambda: set(committed)
    consumer.seek_to_committed, consumer.seek_wait = seek_to_committed, seek_wait
    consumer.earliest_offsets, consumer._committed_offset = earliest_offsets, {}
    return positions


async def test_a_partition_without_a_committed_offset_is_read_from_its_start() -> None:
    """Faust leaves it where a fetch has put it whose records were dropped in a rebalance."""
    consumer, other = a_consumer(Recorded()), TP("events", 1)
    positions = positioned(consumer, {EVENTS: 9, other: None})

    await consumer.perform_seek()

    assert positions == {EVENTS: 9, other: 5}


async def test_positions_are_set_when_no_fetch_can_move_them_any_more() -> None:
    consumer = a_consumer(Recorded())
    positions = positioned(consumer, {EVENTS: 9})
    asked, answered = asyncio.Event(), asyncio.Event()

    async def getmany(*_asked: object) -> dict[TP, list[Fetched]]:
        asked.set()
        await answered.wait()
        positions[EVENTS] = 12
        consumer.app.consumer_generation_id += 1
        return {EVENTS: records(10, 11)}

    consumer._getmany = getmany
    fetching = asyncio.create_task(everything(consumer))
    await asked.wait()
    seeking = asyncio.create_task(consumer.perform_seek())
    await asyncio.sleep(0)
    answered.set()

    assert await fetching == []
    await seeking
    assert positions == {EVENTS: 9}


async def test_when_all_partitions_are_paused_it_looks_again_soon() -> None:
    """Faust sleeps a second."""
    consumer = a_consumer(Recorded())
    consumer._active_partitions = set()
    loop = asyncio.get_running_loop()
    before = loop.time()

    await everything(consumer)

    assert loop.time() - before < 0.5


async def test_offsets_that_travel_in_transactions_are_not_committed_again() -> None:
    consumer = a_consumer(Recorded())
    consumer.app.commits = False
    consumer._thread = None  # a commit would need it

    assert await consumer._commit({EVENTS: 4})


async def test_a_rebalance_waits_for_what_is_in_hand_and_commits_it() -> None:
    work = Recorded()
    consumer = a_consumer(work)

    async def commit() -> None:
        work.calls.append("commit")

    consumer.commit_and_end_transactions = commit
    await consumer.wait_empty()

    assert work.calls == ["drain", "commit"]


def a_recovery(calls: list[str]) -> Any:
    """A recovery that is not connected and notes what it does."""

    async def seek() -> None:
        calls.append("seek")

    async def nothing() -> None: ...

    def note(name: str) -> Any:
        return lambda *_given: calls.append(name)

    consumer = SimpleNamespace(
        assignment=lambda: {EVENTS, CHANGELOG},
        perform_seek=seek,
        resume_partitions=lambda tps: calls.append(f"resume {sorted(tp.topic for tp in tps)}"),
        resume_flow=note("resume flow"),
    )
    recovery: Any = CuredRecovery.__new__(CuredRecovery)
    recovery.app = SimpleNamespace(
        consumer=consumer,
        consumer_generation_id=7,
        conf=SimpleNamespace(broker_request_timeout=1),
        flow_control=SimpleNamespace(resume=lambda: None),
        on_rebalance_complete=SimpleNamespace(send=nothing),
        on_rebalance_end=lambda: None,
        tables=SimpleNamespace(changelog_topics={"table"}),
        work=SimpleNamespace(go=note("go")),
        _fetcher=SimpleNamespace(maybe_start=nothing),
    )
    recovery.tables = SimpleNamespace(on_actives_ready=lambda: None, on_standbys_ready=lambda: None)
    recovery.completed = asyncio.Event()
    recovery._set_recovery_ended = lambda: None

    async def wait(coroutine: Any, **_options: object) -> None:
        await coroutine

    recovery._wait = wait
    recovery._is_changelog_tp = lambda tp: tp.topic == "table"
    return recovery


async def test_it_seeks_before_it_resumes() -> None:
    """#596: Faust resumes first, and what it prefetched moves the positions."""
    calls: list[str] = []

    await a_recovery(calls).on_recovery_completed(generation_id=7)

    assert calls == ["seek", "go", "resume ['events']", "resume flow"]


async def test_it_resumes_nothing_if_another_rebalance_came() -> None:
    calls: list[str] = []

    await a_recovery(calls).on_recovery_completed(generation_id=6)

    assert calls == []
