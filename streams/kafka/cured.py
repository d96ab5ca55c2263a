"""Faust, cured: what it loses or wastes with single events, mended for batches.

Faust keeps what it is good at: the group, the assignment that keeps partitions of one number
together, the rebalance's phases, the fetching thread, the commits. Records, tables and their
durability are ours (`Work`). Each override names its reason; numbers with # are Faust's issues.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import Any, Protocol

import faust
import uvloop
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP

from streams.core.errors import Misconfigured
from streams.kafka.fetch import Fetch

WRITTEN_FOR = {"faust-streaming": "0.15.3", "aiokafka": "0.14.0"}


class Work(Protocol):
    """What is done with the records; called by the cured Faust on its event loop."""

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
        open_fetch: where records come from; called on the event loop.
        commits: False if offsets travel in transactions, so Faust must not commit them.
    """

    def __init__(
        self,
        name: str,
        *,
        work: Work,
        open_fetch: Callable[[], Fetch],
        commits: bool,
        **options: Any,
    ) -> None:
        self.work, self.open_fetch, self.commits = work, open_fetch, commits
        super().__init__(name, TableManager=CuredTables, **options)
        self.transport = CuredTransport(self.conf.broker_consumer, self)


class CuredThread(driver.AIOKafkaConsumerThread):
    """The thread that keeps the membership and commits."""

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Lets aiokafka fetch nothing: records come by librdkafka (`streams.kafka.fetch`)."""
        consumer = self._ensure_consumer()
        consumer.pause(*consumer.assignment())
        await super().on_partitions_assigned(assigned, generation_id)


class CuredConsumer(driver.Consumer):
    """The member of the group; records come by librdkafka and go to our work."""

    app: Any

    async def on_start(self) -> None:
        """Opens the fetch."""
        await super().on_start()
        self.fetch: Fetch = self.app.open_fetch()

    async def on_stop(self) -> None:
        """Closes the fetch."""
        await super().on_stop()
        await self.fetch.close()

    def _new_consumer_thread(self) -> CuredThread:
        return CuredThread(
            self, loop=self.loop, thread_loop=uvloop.new_event_loop(), beacon=self.beacon
        )

    async def _drain_messages(self, fetcher: Any) -> None:
        """Nothing to drain: aiokafka fetches nothing.

        Through Faust's channels and streams a record costs 250 µs (two tasks and a wait for each),
        and what they skip at a rebalance they acknowledge. aiokafka asks for all partitions anew
        for each record that comes, in Python.
        """
        await fetcher.wait_until_stopped()

    def stop_flow(self) -> None:
        """A rebalance: what was fetched and not delivered is forgotten."""
        super().stop_flow()
        self.fetch.stop()

    def start_fetch(self) -> None:
        """Fetches what is assigned from where it was committed, else from its start.

        Faust leaves the position of a partition without a committed offset where it is.
        """
        self.fetch.start(
            {
                tp: self._read_offset.get(tp)
                for tp in self.assignment()
                if not self._is_changelog_tp(tp)
            }
        )

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
        consumer.start_fetch()
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
