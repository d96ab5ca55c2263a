"""Faust, cured: what it loses or wastes with single events, mended for batches.

Faust keeps what it is good at: the group, the assignment that keeps partitions of one number
together, the rebalance's phases, the fetching thread, the commits. Records, tables and their
durability are ours (`Work`). Each override names its reason; numbers with # are Faust's issues.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Protocol

import faust
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP

from streams.core.errors import Misconfigured

WRITTEN_FOR = {"faust-streaming": "0.15.3", "aiokafka": "0.14.0"}
IDLE_SECONDS, FETCH_SECONDS, PAUSED_FETCH_SECONDS = 0.01, 1.0, 0.05


class Work(Protocol):
    """What is done with the records; called by the cured Faust on its event loop."""

    def deliver(self, tp: TP, records: Sequence[Any]) -> None:
        """Takes fetched records of a partition, in order; must not block."""

    def committable(self) -> Mapping[TP, int]:
        """The offsets that may be committed: all before them is durable."""

    async def take_over(self, partitions: frozenset[int]) -> None:
        """Partitions are assigned: brings their state back, before committed offsets are read."""

    def go(self) -> None:
        """State is back and positions are set: records will come now."""

    async def drain(self) -> None:
        """Partitions go away: ends what is in hand, within its own bound, and forgets the rest."""


def check_versions() -> None:
    """The overrides reach into Faust and aiokafka, so only known versions will do.

    Raises:
        Misconfigured: another version is installed.
    """
    for package, wanted in WRITTEN_FOR.items():
        found = version(package)
        if found != wanted:
            raise Misconfigured(
                f"The engine is written for {package} {wanted}, but {found} is installed: "
                f"run `make setup`, or `pip install {package}=={wanted}`."
            )


class CuredApp(faust.App):
    """A Faust app whose records go to `work`.

    Attributes:
        work: what is done with the records.
        fetch_wait_ms: how long a fetch waits for data.
        commits: False if offsets travel in transactions, so Faust must not commit them.
    """

    def __init__(
        self, name: str, *, work: Work, fetch_wait_ms: int, commits: bool, **options: Any
    ) -> None:
        self.work, self.fetch_wait_ms, self.commits = work, fetch_wait_ms, commits
        super().__init__(name, TableManager=CuredTables, **options)
        self.transport = CuredTransport(self.conf.broker_consumer, self)


class CuredThread(driver.AIOKafkaConsumerThread):
    """The thread that fetches."""

    app: Any

    def _create_worker_consumer(self, transport: Any) -> Any:
        """Faust fixes the wait at 1.5 s, and reads what transactions may still take back."""
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = self.app.fetch_wait_ms
        consumer._isolation_level = "read_committed"
        return consumer


class CuredConsumer(driver.Consumer):
    """Hands each partition's records of a fetch over as one piece."""

    app: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._fetching = asyncio.Lock()

    def _new_consumer_thread(self) -> CuredThread:
        return CuredThread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: Any) -> None:
        """Records go to our work, not through Faust's channels and streams.

        Those cost 250 µs a record (two tasks and a wait for each), acknowledge what they skip at a
        rebalance, and sleep a second when all buffers are full.
        """
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                async for tp, records in self.fetched():
                    self.app.work.deliver(tp, records)
        except self.consumer_stopped_errors:
            if not self.transport.app.should_stop:
                raise

    async def fetched(self) -> AsyncIterator[tuple[TP, Sequence[Any]]]:
        """The next records by partition, none of them from before a rebalance or a seek."""
        while not self.flow_active:
            await self.can_resume_flow.wait()
        async with self._fetching:
            # A copy: Faust shares its set with the fetching thread, and once a rebalance has
            # emptied it aiokafka takes it for "all partitions".
            active = set(self._get_active_partitions())
            generation = self.app.consumer_generation_id
            # The fetch does not hear of a partition that is resumed meanwhile.
            seconds = PAUSED_FETCH_SECONDS if self._buffered_partitions else FETCH_SECONDS
            records = await self._getmany(active, seconds) if active else {}
        if not active:
            await asyncio.sleep(IDLE_SECONDS)
        if not self.flow_active or self.app.consumer_generation_id != generation:
            return
        for tp, found in records.items():
            new = self._unread(tp, found)
            if new:
                yield tp, new

    async def perform_seek(self) -> None:
        """As Faust's, but nothing that was fetched and dropped in a rebalance is skipped.

        A fetch that is under way takes records which nobody will get, so it is waited for; and
        Faust leaves the position of a partition without a committed offset where it is.
        """
        async with self._fetching:
            await super().perform_seek()
            new = {tp for tp in self.assignment() if not self._read_offset[tp]}
            await self.seek_wait(await self.earliest_offsets(*new))

    def _unread(self, tp: TP, found: Sequence[Any]) -> Sequence[Any]:
        expected = self._read_offset[tp]
        if expected is not None and found[0].offset < expected:
            found = [record for record in found if record.offset >= expected]
        if found:
            self._read_offset[tp] = found[-1].offset + 1
        return found

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return iter(self.app.work.committable())

    def _new_offset(self, tp: TP) -> int | None:
        """Only what our work says is durable: Faust commits past what is in flight (#606)."""
        offset: int | None = self.app.work.committable().get(tp)
        return offset

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Nothing, if the offsets are in the transactions already."""
        return await super()._commit(offsets) if self.app.commits else True

    async def wait_empty(self) -> None:
        """Ends what is in hand within a bound: Faust waits for as long as it takes."""
        await self.app.work.drain()
        self._buffered_partitions.clear()
        await self.commit_and_end_transactions()

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Nothing: progress is measured where the work is done, not in Faust's streams."""


class CuredTransport(driver.Transport):
    """Kafka by aiokafka, with our consumer."""

    Consumer = CuredConsumer


class CuredRecovery(Recovery):
    """Takes partitions over."""

    app: Any

    async def _build_offsets(
        self, consumer: Any, tps: set[TP], destination: Counter[TP], title: str
    ) -> None:
        """State comes back in bulk and into our own tables: nothing is left for Faust to read."""
        await super()._build_offsets(consumer, tps, destination, title)
        if title == "active":
            await self.app.work.take_over(frozenset(tp.partition for tp in tps))
            for tp in tps:
                destination[tp] = self.active_highwaters[tp]

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        """As Faust's, but seeks before it resumes.

        Faust resumes first: what it prefetched moves the read positions and is then dropped by the
        seek, so commits stand still and events are skipped (#596).
        """
        app, consumer = self.app, self.app.consumer
        await app.on_rebalance_complete.send()
        self._set_recovery_ended()
        assignment = consumer.assignment()
        if app.consumer_generation_id != generation_id:
            return
        if assignment:
            await self._wait(consumer.perform_seek(), timeout=app.conf.broker_request_timeout)
        app.work.go()
        consumer.resume_partitions({tp for tp in assignment if not self._is_changelog_tp(tp)})
        self.completed.set()
        app.flow_control.resume()
        consumer.resume_flow()
        await app._fetcher.maybe_start()
        self.tables.on_actives_ready()
        self.tables.on_standbys_ready()
        app.on_rebalance_end()


class CuredTables(TableManager):
    """Uses our recovery."""

    @property
    def recovery(self) -> Recovery:
        """The one recovery service of the app."""
        if self._recovery is None:
            self._recovery = CuredRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery

    async def on_start(self) -> None:
        """As Faust's, without its pause of a second: our tables are declared before the start."""
        await self._update_channels()
        await self.recovery.start()
