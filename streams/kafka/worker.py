"""A worker: one flow or sink as a Faust app of its own, its partitions side by side."""

import asyncio
import gc
import logging
import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import gettempdir
from time import monotonic
from typing import Any, NamedTuple, Protocol

import faust
from faust.types.tuples import TP

from streams.core.topic import Topic
from streams.kafka.changelog import Stored, read_changelog
from streams.kafka.context import Context
from streams.kafka.cured import CuredApp, check_versions
from streams.kafka.durable import Durable
from streams.kafka.fetch import Fetch
from streams.kafka.settings import KafkaSettings
from streams.kafka.waiting import Arrived, Pause

log = logging.getLogger(__name__)

LAG_SECONDS = 1.0

NEVER_SECONDS = 1_000_000.0
"""aiokafka leaves the group if it fetches nothing for so long, and it never fetches with us."""

COLLECTOR = (50_000, 20, 50)
"""Thresholds of Python's collector, which by default walks each batch several times in vain."""


class Partition(Protocol):
    """What works on one partition number: `FlowPartition`, `SinkPartition`."""

    @property
    def committable(self) -> Mapping[TP, int]:
        """By partition, the offset before which all is durable."""

    def deliver(self, records: Sequence[Arrived]) -> None:
        """Takes records, in order by topic."""

    def drain(self) -> None:
        """Lets `run` end soon: finish what is in hand, forget what waits."""

    async def run(self) -> None:
        """Works until drained; raises what must stop the worker before it acknowledges."""


class Job(NamedTuple):
    """What a worker does.

    Attributes:
        name: `flow/order`, `sink/m3`: also the origin of its dead letters and its metrics' label.
        group: its consumer group.
        inputs: the topics it reads; `changelog` the one that its state comes back from.
        durable: how its batches are made durable.
        patience_ms: how long what comes may wait for company.
        mount: makes the work on one partition of what the changelog holds for it.
    """

    name: str
    group: str
    inputs: tuple[Topic, ...]
    changelog: Topic
    durable: Durable
    patience_ms: int
    mount: Callable[[int, Mapping[bytes, Stored], Pause], Partition]


class Worker:
    """Runs a job; `run` once.

    Attributes:
        name: the job's.
        ready: set while the worker has its state and works; not during a rebalance.
    """

    def __init__(self, job: Job, context: Context) -> None:
        check_versions()
        self.name, self.ready = job.name, asyncio.Event()
        self._job, self._context = job, context
        self._partitions: dict[int, Partition] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ends: Mapping[TP, int] = {}
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._progress_at = monotonic()
        self._app = _app(self, job, context.settings)

    async def run(self) -> None:
        """Works until cancelled, then finishes what is in hand and stops.

        Raises:
            Misconfigured: a setting, a mapping or a deploy is wrong; its text says what to do.
            NotDurable: Kafka does not take what must be kept.
            Exception: whatever else stopped the worker; nothing that it had not made durable was
                acknowledged, so a restart does it again.
        """
        gc.set_threshold(*COLLECTOR)
        lag = asyncio.create_task(self._watch_lag())
        crashed = asyncio.create_task(self._app._crashed.wait())
        try:
            await self._app.start()
            ends: set[asyncio.Future[Any]] = {crashed, self._failed}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if self._failed.done():
                self._failed.result()
            raise self._app.crash_reason or RuntimeError(f"{self.name} crashed")
        finally:
            lag.cancel()
            crashed.cancel()
            await self._app.stop()
            await self._job.durable.leave()
            self._set_ready(False)

    def idle_seconds(self) -> float:
        """For how long records have waited without any progress; 0 if none wait."""
        if not self.ready.is_set() or not any(self._lags().values()):
            self._progress_at = monotonic()
        return monotonic() - self._progress_at

    def open_fetch(self) -> Fetch:
        """Where its records come from."""
        self._fetch = Fetch(self._context.settings, self._job.patience_ms, self.deliver, self._fail)
        return self._fetch

    def deliver(self, tp: TP, records: Sequence[Arrived]) -> None:
        """Takes fetched records of a partition, in order."""
        partition = self._partitions.get(tp.partition)
        if partition and not self._failed.done():
            partition.deliver(records)

    def committable(self) -> Mapping[TP, int]:
        """See `streams.kafka.cured.Work`."""
        return {
            tp: offset
            for partition in list(self._partitions.values())
            for tp, offset in partition.committable.items()
        }

    async def take_over(self, partitions: frozenset[int]) -> None:
        """See `streams.kafka.cured.Work`."""
        job = self._job
        await asyncio.gather(*(job.durable.take_over(partition) for partition in partitions))
        settings, topic = self._context.settings, job.changelog.name
        stored = await asyncio.to_thread(read_changelog, settings, topic, partitions)
        self._partitions = {
            partition: job.mount(partition, table, self._pause(partition))
            for partition, table in stored.items()
        }

    def go(self) -> None:
        """See `streams.kafka.cured.Work`."""
        for partition in self._partitions.values():
            task = asyncio.create_task(partition.run())
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        self._set_ready(True)

    async def drain(self) -> None:
        """See `streams.kafka.cured.Work`."""
        self._set_ready(False)
        for partition in self._partitions.values():
            partition.drain()
        tasks = set(self._tasks)
        if tasks:
            seconds = 0 if self._failed.done() else self._context.settings.drain_seconds
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if not self._failed.done():
            self._context.metrics.count("tandem_errors_total", self.name, type(error).__name__)
            self._failed.set_exception(error)

    def _pause(self, partition: int) -> Pause:
        tps = [TP(topic.name, partition) for topic in self._job.inputs]

        def pause(paused: bool) -> None:
            self._fetch.pause(tps, paused)

        return pause

    def _set_ready(self, ready: bool) -> None:
        (self.ready.set if ready else self.ready.clear)()
        self._context.metrics.gauge("tandem_ready", self.name, to=float(ready))

    async def _watch_lag(self) -> None:
        before: Mapping[TP, int] = {}
        while True:
            await asyncio.sleep(LAG_SECONDS)
            await self._look_at_ends()
            for topic, lag in self._lags().items():
                self._context.metrics.gauge("tandem_lag_messages", self.name, topic, to=lag)
            now = self.committable()
            if now != before:
                before, self._progress_at = now, monotonic()

    async def _look_at_ends(self) -> None:
        if not self.ready.is_set():
            return
        try:
            self._ends = await self._app.consumer.highwaters(*self._inputs())
        except Exception as error:  # aiokafka's many; Kafka is away, the last known ends stand
            log.warning("%s cannot see how far its topics reach: %s", self.name, error)

    def _inputs(self) -> set[TP]:
        names = {topic.name for topic in self._job.inputs}
        return {tp for tp in self._app.consumer.assignment() if tp.topic in names}

    def _lags(self) -> dict[str, int]:
        lags = {topic.name: 0 for topic in self._job.inputs}
        if self.ready.is_set():
            consumer: Any = self._app.consumer
            done = self.committable()
            for tp in self._inputs() & self._ends.keys():
                read = done.get(tp) or consumer._committed_offset[tp] or 0
                lags[tp.topic] += max(0, self._ends[tp] - read)
        return lags


def _app(worker: Worker, job: Job, settings: KafkaSettings) -> CuredApp:
    app = CuredApp(
        job.group,
        work=worker,
        open_fetch=worker.open_fetch,
        commits=not job.durable.commits,
        broker=[f"kafka://{server}" for server in settings.bootstrap_servers.split(",")],
        broker_credentials=_credentials(settings),
        broker_session_timeout=settings.session_seconds,
        broker_heartbeat_interval=settings.session_seconds / 6,
        broker_commit_interval=settings.commit_seconds,
        broker_max_poll_interval=NEVER_SECONDS,
        consumer_group_instance_id=settings.instance or None,
        consumer_auto_offset_reset="earliest",
        datadir=str(Path(gettempdir()) / "tandem"),
        store="memory://",
        table_standby_replicas=0,
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=job.changelog.partitions,
        web_enabled=False,
        autodiscover=False,
    )
    raw: dict[str, Any] = {"key_type": bytes, "value_type": bytes, "value_serializer": "raw"}
    for topic in job.inputs:
        app.topics.add(app.topic(topic.name, **raw))
    # Faust keeps nothing in it: the table is declared so that its changelog's partitions are
    # assigned together with the inputs' and taken over before anything is read.
    app.Table(
        job.changelog.name,
        partitions=job.changelog.partitions,
        changelog_topic=app.topic(job.changelog.name, **raw),
    )
    return app


def _credentials(settings: KafkaSettings) -> Any:
    if settings.security_protocol == "PLAINTEXT":
        return None
    context = (
        ssl.create_default_context(cafile=settings.ssl_ca_file or None)
        if settings.security_protocol.endswith("SSL")
        else None
    )
    if settings.security_protocol == "SSL":
        return faust.SSLCredentials(context)
    return faust.SASLCredentials(
        username=settings.sasl_username,
        password=settings.sasl_password.get_secret_value(),
        mechanism=settings.sasl_mechanism,
        ssl_context=context,
    )
