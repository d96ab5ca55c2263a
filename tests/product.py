"""The product as a user has it, its command and its processes; with eyes on what it says."""

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import aiohttp
from rich.console import Console

from streams.bootstrap import connected
from streams.core.flow import Kept
from streams.demo.player import play
from streams.demo.report import Report
from streams.demo.sandboxes import Sandboxes
from streams.demo.settings import SAMPLE, DemoSettings
from streams.demo.stage import Running, Stage, stage
from streams.demo.watch import Watch
from streams.flows.order.state import OrderState, Status
from streams.kafka.context import Context
from streams.kafka.follower import follow
from streams.kafka.publisher import Publisher
from streams.kafka.reader import Found, read_topic
from streams.kafka.settings import KafkaSettings
from streams.messages.ops import DeadLetter, Exceptional
from streams.topics import DEAD_LETTERS, EXCEPTIONS, TOPICS, table, within
from tests.brokers import ROOT, Cluster

T = TypeVar("T")

SAMPLE_FILE = ROOT / SAMPLE
PATIENCE = 90.0
"""Seconds after which a test no longer believes that something will happen."""


def engine(cluster: Cluster, **more: Any) -> KafkaSettings:
    """The engine's settings for the tests' cluster."""
    return KafkaSettings(
        bootstrap_servers=cluster.bootstrap_servers, registry_url=cluster.registry_url, **more
    )


@dataclass(frozen=True)
class Answer:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)

    def json_lines(self) -> list[Any]:
        assert self.code == 0, self.err
        return [json.loads(line) for line in self.out.splitlines()]


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without any broker or setting of Tandem's, and `more`."""
    import os

    inherited = os.environ  # noqa: TID251 (what a command inherits)
    ours = ("TANDEM_", "KAFKA_", "SCHEMA_REGISTRY_")
    return {name: v for name, v in inherited.items() if not name.startswith(ours)} | dict(more)


@asynccontextmanager
async def started(
    *arguments: object, given: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A `tandem` command in a process of its own, piped; killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "streams.cli", *map(str, arguments)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=environment(given),
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def tandem(*arguments: object, given: Mapping[str, str], seconds: float = 120) -> Answer:
    """Runs a `tandem` command to its end."""
    async with started(*arguments, given=given) as process:
        out, err = await asyncio.wait_for(process.communicate(), seconds)
    return Answer(process.returncode or 0, out.decode(), err.decode())


async def eventually(ask: Callable[[], Awaitable[T | None]], seconds: float = PATIENCE) -> T:
    """What another process has, once it has it; for what has no event to wait for."""
    async with asyncio.timeout(seconds):
        while (found := await ask()) is None:  # noqa: ASYNC110 (see above)
            await asyncio.sleep(0.1)
    return found


@dataclass
class Eyes:
    """What Tandem's topics say, as it comes: orders, dead letters, cases for a person."""

    watch: Watch = field(default_factory=Watch)
    orders: dict[str, OrderState] = field(default_factory=dict)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def letters(self) -> Mapping[str, DeadLetter]:
        return self.watch.dead_letters

    @property
    def cases(self) -> Collection[Exceptional]:
        return self.watch.exceptions.values()

    async def look(self, settings: KafkaSettings, namespace: str, context: Context) -> None:
        """Follows until cancelled."""
        order_table = within(table("order"), namespace)
        others = [within(topic, namespace) for topic in (DEAD_LETTERS, EXCEPTIONS)]
        async for records in follow(settings, [order_table, *others]):
            for record in records:
                if record.topic == order_table.name:
                    self._order(record)
                else:
                    self._message(context, record)
            async with self._news:
                self._news.notify_all()

    async def until(self, holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Returns when it holds; looks again at all news."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(holds)

    async def status(self, key: str, *statuses: Status, seconds: float = PATIENCE) -> OrderState:
        """An order's state once it stands in one of the statuses."""
        try:
            await self.until(
                lambda: key in self.orders and self.orders[key].status in statuses, seconds
            )
        except TimeoutError:
            raise AssertionError(
                f"{key} never came to {statuses}: {self.orders.get(key)}"
            ) from None
        return self.orders[key]

    def _order(self, record: Found) -> None:
        state = Kept[OrderState].model_validate_json(record.value).state if record.value else None
        if state:
            self.orders[state.key] = state
            self.watch.order(state)

    def _message(self, context: Context, record: Found) -> None:
        message = context.codec.decode(record.value or b"")
        if isinstance(message, DeadLetter):
            self.watch.dead_letter(message)
        if isinstance(message, Exceptional):
            self.watch.exception(message)


@dataclass(frozen=True)
class Scene:
    """A stage with someone who plays on it, and eyes on what happens."""

    stage: Stage
    context: Context
    eyes: Eyes
    http: aiohttp.ClientSession

    @property
    def sandboxes(self) -> Sandboxes:
        return Sandboxes(self.http, self.stage.systems)

    @property
    def bridge(self) -> str:
        """Where the doors are."""
        return self.stage.systems.bods_url.removesuffix("/ims")

    async def play(self, **settings: Any) -> Report:
        """Plays the sample; the report as `tandem demo` would give it."""
        chosen = DemoSettings(**{"files": (SAMPLE_FILE,), **settings})
        publish, console = Publisher(self.context).publish, Console(file=io.StringIO())
        return await play(chosen, self.stage.systems, self.eyes.watch, publish, console)

    async def command(self, *arguments: object) -> Answer:
        """Runs a `tandem` command on this stage."""
        return await tandem(*arguments, given=self.stage.environment)

    def topic(self, name: str) -> str:
        """The name that a topic of the catalogue has here."""
        return f"{self.stage.namespace}.{name}"

    async def records(self) -> list[Found]:
        """Every record of every topic, as bytes."""

        def read(topic: str) -> list[Found]:
            return list(read_topic(self.stage.engine, topic))

        topics = [within(topic, self.stage.namespace).name for topic in TOPICS]
        reading = (asyncio.to_thread(read, topic) for topic in topics)
        return [found for records in await asyncio.gather(*reading) for found in records]

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Sends to a door; status and text of the answer."""
        async with self.http.post(
            self.bridge + path, data=io.BytesIO(body), headers=headers
        ) as answer:
            return answer.status, await answer.text()

    async def post_to(self, url: str, body: Any) -> None:
        """Tells a sandbox what somebody does there; it must take it."""
        async with self.http.post(url, json=body) as answer:
            assert answer.ok, await answer.text()


@asynccontextmanager
async def scene(
    kafka: KafkaSettings | None, faults: bool = False, /, **more: str
) -> AsyncIterator[Scene]:
    """A stage, its topics watched; no role plays yet.

    Args:
        kafka: a real cluster; None for the embedded one.
        faults: the sandboxes can be told to misbehave.
        more: further environment of Tandem's processes.
    """
    async with stage(kafka, "uk", faults=faults) as bare, aiohttp.ClientSession() as http:
        set_ = replace(bare, environment={**bare.environment, **more})
        async with connected(set_.engine, set_.namespace) as context:
            eyes = Eyes()
            looking = asyncio.create_task(eyes.look(set_.engine, set_.namespace, context))
            try:
                yield Scene(set_, context, eyes, http)
            finally:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)


async def written(running: Running) -> str:
    """What an ended process has written to standard output after its first line."""
    out = running.process.stdout
    return (await out.read()).decode() if out else ""
