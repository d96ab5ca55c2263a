"""The stage of a demo: a broker, the sandboxes and Tandem's roles, as processes of their own."""

import asyncio
import json
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streams.core.errors import Misconfigured
from streams.demo.settings import Systems
from streams.kafka.embedded import EmbeddedBroker
from streams.kafka.embedded_registry import EmbeddedRegistry
from streams.kafka.settings import KafkaSettings
from streams.kafka.topics_admin import apply_topics
from streams.topics import TOPICS, within

START_SECONDS, STOP_SECONDS = 60, 15
EMBEDDED_FETCH_WAIT_MS = 20

IMPATIENT = {
    "TANDEM_M3_COMMAND_SECONDS": "6",
    "TANDEM_M3_TIMEOUT_SECONDS": "3",
    "TANDEM_M3_POLL_SECONDS": "2",
    "TANDEM_M3_OVERLAP_SECONDS": "5",
    "TANDEM_M3_SETTLE_SECONDS": "10",
    "TANDEM_SHOP_TIMEOUT_SECONDS": "4",
    "TANDEM_SHOP_POLL_SECONDS": "2",
    "TANDEM_SHOP_OVERLAP_SECONDS": "5",
    "TANDEM_SHOP_WEBHOOK_POLL_SECONDS": "0",
    "TANDEM_HEARTLAND_TIMEOUT_SECONDS": "4",
    "TANDEM_HEARTLAND_POLL_SECONDS": "2",
    "TANDEM_HEARTLAND_OVERLAP_SECONDS": "5",
}
"""For a bad day that is to end within a demo: who asks again after minutes asks after seconds."""


@dataclass(frozen=True)
class Stage:
    """Where everything is, and the environment that Tandem's processes run in.

    Attributes:
        engine: how the demo itself reaches Kafka.
        namespace: what the demo's topics and groups begin with, fresh for each demo.
        systems: the sandboxes.
        environment: for `tandem` commands that are to see this demo.
    """

    engine: KafkaSettings
    namespace: str
    systems: Systems
    environment: Mapping[str, str]

    @asynccontextmanager
    async def roles(self, *roles: str) -> AsyncIterator["Running"]:
        """Tandem's roles in a process, ready; all of them if none is named."""
        options = [f"--role={role}" for role in roles]
        async with _tandem(["run", "--json", *options], self.environment) as running:
            yield running


@dataclass(frozen=True)
class Running:
    """A process of ours that has said where it serves.

    Attributes:
        process: so that a test may kill it.
        facts: the JSON line that it printed.
    """

    process: asyncio.subprocess.Process
    facts: dict[str, Any]


@asynccontextmanager
async def stage(
    kafka: KafkaSettings | None, shop: str, *, faults: bool = False
) -> AsyncIterator[Stage]:
    """Sets the stage.

    Args:
        kafka: a real cluster; None starts the embedded broker and registry.
        shop: the shop's code.
        faults: the sandboxes can be told to misbehave, and Tandem waits less long (`IMPATIENT`).

    Raises:
        Misconfigured: a part cannot start; the text says why.
    """
    async with AsyncExitStack() as stack:
        namespace = "tandem" if kafka is None else f"demo-{secrets.token_hex(3)}"
        topics = [within(topic, namespace) for topic in TOPICS]
        if kafka is None:
            kafka = await _embedded(stack)
            broker = stack.enter_context(EmbeddedBroker())
            kafka = kafka.model_copy(update={"bootstrap_servers": broker.bootstrap_servers})
            for topic in topics:
                broker.create_topic(topic.name, topic.partitions)
        else:
            await apply_topics(kafka, topics)
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tandem-demo-")))
        command = ["sandbox", "all", "--json", "--ionapi", str(home / "m3.ionapi")]
        command += ["--faults", "none"] if faults else []
        sandboxes = await stack.enter_async_context(_tandem(command, {}))
        port = _free_port()
        environment = _environment(kafka, namespace, sandboxes.facts, port, shop)
        yield Stage(
            kafka,
            namespace,
            _systems(sandboxes.facts, port, shop),
            environment | (IMPATIENT if faults else {}),
        )


async def _embedded(stack: AsyncExitStack) -> KafkaSettings:
    registry = await stack.enter_async_context(EmbeddedRegistry())
    return KafkaSettings(
        bootstrap_servers="", registry_url=registry.url, fetch_wait_ms=EMBEDDED_FETCH_WAIT_MS
    )


def _systems(facts: Mapping[str, Any], port: int, shop: str) -> Systems:
    return Systems(
        shop_url=facts["shop"]["url"],
        consumer_key=facts["shop"]["consumer_key"],
        consumer_secret=facts["shop"]["consumer_secret"],
        webhook_secret=facts["shop"]["webhook_secret"],
        m3_url=facts["m3"]["url"],
        heartland_url=facts["heartland"]["url"],
        hooks_url=f"http://127.0.0.1:{port}/hooks/shop/{shop}",
        bods_url=f"http://127.0.0.1:{port}/ims",
        bod_secret=facts["m3"]["bod_secret"],
    )


def _environment(
    kafka: KafkaSettings, namespace: str, facts: Mapping[str, Any], port: int, shop: str
) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "SCHEMA_REGISTRY_URL": kafka.registry_url,
        "TANDEM_KAFKA__FETCH_WAIT_MS": str(kafka.fetch_wait_ms),
        "TANDEM_NAMESPACE": namespace,
        "TANDEM_PORT": str(port),
        "TANDEM_METRICS_PORT": "0",
        "TANDEM_SHOPS": json.dumps({shop: {}}),
        "TANDEM_M3_IONAPI": facts["m3"]["ionapi"],
        "TANDEM_M3_CONO": str(facts["m3"]["cono"]),
        "TANDEM_M3_DIVI": facts["m3"]["divi"],
        "TANDEM_M3_IMS_SECRET": facts["m3"]["bod_secret"],
        "TANDEM_HEARTLAND_URL": facts["heartland"]["url"],
        "TANDEM_HEARTLAND_APP_ID": facts["heartland"]["app_id"],
        "TANDEM_HEARTLAND_APP_KEY": facts["heartland"]["app_key"],
        "TANDEM_HEARTLAND_STATUS_URL": f"http://127.0.0.1:{port}/hooks/heartland",
        "TANDEM_SHOP_CODE": shop,
        "TANDEM_SHOP_URL": facts["shop"]["url"],
        "TANDEM_SHOP_CONSUMER_KEY": facts["shop"]["consumer_key"],
        "TANDEM_SHOP_CONSUMER_SECRET": facts["shop"]["consumer_secret"],
        "TANDEM_SHOP_WEBHOOK_SECRET": facts["shop"]["webhook_secret"],
    }


@asynccontextmanager
async def _tandem(arguments: list[str], environment: Mapping[str, str]) -> AsyncIterator[Running]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "streams.cli",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},  # noqa: TID251 (what our own processes inherit)
    )
    try:
        yield Running(process, await _first_line(process, " ".join(arguments)))
    finally:
        await _stop(process)


async def _first_line(process: asyncio.subprocess.Process, what: str) -> dict[str, Any]:
    if process.stdout is None:
        raise RuntimeError("started with a pipe")
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
        facts: dict[str, Any] = json.loads(line)
    except (TimeoutError, ValueError) as error:
        raise Misconfigured(f"`tandem {what}` did not start; see its message above") from error
    return facts


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
