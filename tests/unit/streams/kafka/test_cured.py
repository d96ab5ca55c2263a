"""Each cure of Faust, with a test that fails without it."""

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types.tuples import TP

from streams.core.errors import Misconfigured
from streams.kafka import cured
from streams.kafka.cured import CuredConsumer, CuredRecovery, CuredThread, check_versions

EVENTS, CHANGELOG = TP("events", 0), TP("table", 0)


class Recorded:
    """A `Work` that notes what it is told."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.durable: dict[TP, int] = {}

    def committable(self) -> Mapping[TP, int]:
        return self.durable

    async def take_over(self, partitions: frozenset[int]) -> None:
        self.calls.append(f"take over {sorted(partitions)}")

    def go(self) -> None:
        self.calls.append("go")

    async def drain(self) -> None:
        self.calls.append("drain")


class Fetching:
    """A fetch that notes what it is told."""

    def __init__(self) -> None:
        self.positions: dict[TP, int | None] | None = None

    def start(self, positions: Mapping[TP, int | None]) -> None:
        self.positions = dict(positions)

    def stop(self) -> None:
        self.positions = None


def a_consumer(work: Recorded) -> Any:
    """A consumer that is not connected."""
    consumer: Any = CuredConsumer.__new__(CuredConsumer)
    consumer.app = SimpleNamespace(
        work=work, commits=True, tables=SimpleNamespace(changelog_topics={"table"})
    )
    consumer.flow_active = True
    consumer.can_resume_flow = consumer.suspend_flow = asyncio.Event()
    consumer._read_offset = {}
    consumer.fetch = Fetching()
    return consumer


@pytest.mark.parametrize("package", ["faust-streaming", "aiokafka"])
def test_another_version_is_refused_with_what_to_do(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = cured.WRITTEN_FOR | {package: "9.9.9"}
    monkeypatch.setattr(cured, "version", versions.__getitem__)

    with pytest.raises(Misconfigured, match=f"{package} .*9\\.9\\.9.*make setup"):
        check_versions()


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


async def test_each_partition_is_fetched_from_where_it_was_committed_else_from_its_start() -> None:
    """Faust leaves the latter where a fetch has put it whose records were dropped."""
    consumer, new = a_consumer(Recorded()), TP("events", 1)
    consumer.assignment = lambda: {EVENTS, new, CHANGELOG}
    consumer._read_offset = {EVENTS: 9, new: None, CHANGELOG: 3}

    consumer.start_fetch()

    assert consumer.fetch.positions == {EVENTS: 9, new: None}


async def test_a_rebalance_ends_the_fetching() -> None:
    consumer = a_consumer(Recorded())
    consumer.fetch.start({EVENTS: 9})

    consumer.stop_flow()

    assert consumer.fetch.positions is None


async def test_aiokafka_itself_fetches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[TP] = []
    thread: Any = CuredThread.__new__(CuredThread)
    thread._ensure_consumer = lambda: SimpleNamespace(
        assignment=lambda: {EVENTS, CHANGELOG}, pause=lambda *tps: paused.extend(tps)
    )

    async def assigned(*_given: object) -> None:
        assert set(paused) == {EVENTS, CHANGELOG}, "paused before anyone hears of it"

    monkeypatch.setattr(CuredThread.__bases__[0], "on_partitions_assigned", assigned)
    await thread.on_partitions_assigned({EVENTS, CHANGELOG}, 7)

    assert set(paused) == {EVENTS, CHANGELOG}


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
        start_fetch=note("fetch"),
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

    assert calls == ["seek", "go", "fetch", "resume flow"]


async def test_it_resumes_nothing_if_another_rebalance_came() -> None:
    calls: list[str] = []

    await a_recovery(calls).on_recovery_completed(generation_id=6)

    assert calls == []
