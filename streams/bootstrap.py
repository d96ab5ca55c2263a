"""The composition root: settings are read once, everything is built once and passed on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from connectors.catalogue import CONNECTORS
from streams import health
from streams.core.clock import SystemClock
from streams.core.connector import Opened
from streams.core.errors import Misconfigured
from streams.core.metrics import Metrics
from streams.flows.catalogue import FLOWS
from streams.ingress import Ingress
from streams.kafka.context import Context
from streams.kafka.durable import Flush
from streams.kafka.engine import flow_worker, sink_worker
from streams.kafka.pollers import Pollers
from streams.kafka.publisher import Publisher
from streams.kafka.registry import Registry
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics_admin import list_topics
from streams.kafka.worker import Worker
from streams.messages.catalogue import MESSAGES
from streams.refused import polled
from streams.settings import Settings, read
from streams.topics import TOPICS, within

LOG = logging.getLogger("tandem")

ROLES = ("bridge", "flows", "sinks", "pollers")


@dataclass(frozen=True)
class Serving:
    """Where a running process can be reached.

    Attributes:
        bridge: the address of its bridges; empty without that role.
        health: the address of /metrics, /healthz and /readyz.
    """

    bridge: str
    health: str


@asynccontextmanager
async def connected(engine: KafkaSettings, namespace: str) -> AsyncIterator[Context]:
    """The cluster, the registry and the language, for whoever works with messages.

    Raises:
        Misconfigured: a schema is not compatible, or the registry refuses us.
        Transient: the registry does not answer.
    """
    async with Registry(engine) as registry:
        codec = await registry.codec(MESSAGES)
        flush = Flush(engine)
        try:
            yield Context.of(engine, codec, registry, flush, Metrics(), SystemClock(), namespace)
        finally:
            await flush.close()


async def require_topics(engine: KafkaSettings, namespace: str) -> None:
    """Refuses a cluster without our topics.

    Raises:
        Misconfigured: says which are missing and how to make them.
    """
    there = await list_topics(engine)
    wanted = [within(topic, namespace).name for topic in TOPICS]
    missing = [name for name in wanted if name not in there]
    if missing:
        raise Misconfigured(f"topics are missing ({', '.join(missing)}): run `tandem topics apply`")


@asynccontextmanager
async def running(settings: Settings, roles: Collection[str]) -> AsyncIterator["Process"]:
    """A process that plays some roles; it has started when this is entered.

    Raises:
        Misconfigured: a setting, a topic, a schema or a credential; the text says what to do.
    """
    engine = settings.engine()
    await require_topics(engine, settings.namespace)
    async with AsyncExitStack() as stack:
        context = await stack.enter_async_context(connected(engine, settings.namespace))
        opened = [
            await stack.enter_async_context(
                connector.open(read(connector.settings), context.clock, context.metrics)
            )
            for connector in CONNECTORS
            if {"bridge", "sinks", "pollers"} & set(roles)
        ]
        workers = _workers(settings, roles, opened, context)
        bridge = ""
        if "bridge" in roles:
            bridges = [bridge for each in opened for bridge in each.bridges]
            publish = Publisher(context).publish
            ingress = Ingress(bridges, publish, context.clock, context.metrics)
            bridge = await _serve(stack, ingress.application(), settings.host, settings.port)
        about = health.application(context.metrics, workers)
        address = await _serve(stack, about, settings.host, settings.metrics_port)
        yield Process(workers, Serving(bridge, address))


class Process:
    """What plays the roles: the workers of one process and where it serves."""

    def __init__(self, workers: Sequence[Worker | Pollers], serving: Serving) -> None:
        self._workers, self.serving = workers, serving

    async def work(self) -> None:
        """Works until cancelled; the failure of one worker ends the process.

        Raises:
            Misconfigured: a worker says what to set.
            Exception: whatever stopped a worker; it is safe to start again.
        """
        tasks = [asyncio.create_task(worker.run(), name=worker.name) for worker in self._workers]
        try:
            if not tasks:
                await asyncio.Event().wait()
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if task.cancelled():
                    raise RuntimeError(f"{task.get_name()} was cancelled from within; start again")
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def ready(self) -> None:
        """Returns when every worker has its state and works."""
        await asyncio.gather(*(worker.ready.wait() for worker in self._workers))


def _workers(
    settings: Settings, roles: Collection[str], opened: Sequence[Opened], context: Context
) -> list[Worker | Pollers]:
    workers: list[Worker | Pollers] = []
    if "flows" in roles:
        workers += [flow_worker(make(settings.policy()), context) for make in FLOWS]
    if "sinks" in roles:
        workers += [sink_worker(sink, context) for each in opened for sink in each.sinks]
    pollers = [poller for each in opened for poller in each.pollers if poller.every_seconds]
    if "pollers" in roles and pollers:
        workers.append(Pollers(pollers, context, polled(context.clock)))
    return workers


async def _serve(stack: AsyncExitStack, app: web.Application, host: str, port: int) -> str:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise Misconfigured(f"cannot listen on {host}:{port}: {error}") from error
    return f"http://{host}:{runner.addresses[0][1]}"
