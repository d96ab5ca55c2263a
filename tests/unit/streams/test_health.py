"""What a process says about itself to Prometheus and to Kubernetes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from streams import health
from streams.core.metrics import Metrics


@dataclass
class AWorker:
    """A worker whose records have waited for `idle` seconds."""

    name: str
    idle: float = 0.0
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def idle_seconds(self) -> float:
        return self.idle


@dataclass
class Process:
    order: AWorker
    m3: AWorker
    metrics: Metrics
    http: TestClient[Any, Any]

    async def says(self, path: str) -> tuple[int, str]:
        async with self.http.get(path) as response:
            return response.status, await response.text()


@pytest.fixture
async def process() -> AsyncIterator[Process]:
    order, m3, metrics = AWorker("flow/order"), AWorker("sink/m3"), Metrics()
    app = health.application(metrics, (order, m3))
    async with TestClient(TestServer(app)) as http:
        yield Process(order, m3, metrics, http)


async def test_a_process_is_ready_when_every_worker_has_its_state(process: Process) -> None:
    assert await process.says("/readyz") == (503, "not ready: flow/order, sink/m3\n")
    process.order.ready.set()
    assert await process.says("/readyz") == (503, "not ready: sink/m3\n")
    process.m3.ready.set()
    assert await process.says("/readyz") == (200, "ok\n")
    process.order.ready.clear()  # a rebalance
    assert await process.says("/readyz") == (503, "not ready: flow/order\n")


async def test_a_process_is_ill_when_records_wait_without_progress(process: Process) -> None:
    assert await process.says("/healthz") == (200, "ok\n")
    process.m3.idle = health.STUCK_SECONDS
    assert await process.says("/healthz") == (200, "ok\n")
    process.m3.idle += 0.1
    assert await process.says("/healthz") == (503, "stuck: sink/m3\n")


async def test_a_process_without_workers_is_well_and_ready() -> None:
    async with TestClient(TestServer(health.application(Metrics(), ()))) as http:
        for path in ("/healthz", "/readyz"):
            async with http.get(path) as response:
                assert response.status == 200


async def test_prometheus_reads_the_metrics(process: Process) -> None:
    process.metrics.count("tandem_messages_total", "flow/order", by=3)
    status, text = await process.says("/metrics")
    assert status == 200
    assert 'tandem_messages_total{worker="flow/order"} 3.0' in text.splitlines()
    async with process.http.get("/metrics") as response:
        assert response.headers["Content-Type"].startswith("text/plain; version=")
