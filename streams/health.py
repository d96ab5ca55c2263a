"""What a process says about itself over HTTP: metrics, liveness, readiness."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from streams.core.metrics import Metrics

STUCK_SECONDS = 60.0
"""Records that wait so long without any progress mean that a restart is due."""


class Working(Protocol):
    """A worker, as its health is judged."""

    name: str
    ready: asyncio.Event

    def idle_seconds(self) -> float:
        """For how long records have waited without progress."""


def application(metrics: Metrics, workers: Sequence[Working]) -> web.Application:
    """`/metrics` for Prometheus, `/healthz` and `/readyz` for Kubernetes' probes.

    `/healthz` fails when a worker makes no progress although records wait: a process that is up
    proves nothing. `/readyz` fails while a worker has no state or its group is rebalancing.
    """

    async def serve_metrics(_: web.Request) -> web.Response:
        body = generate_latest(metrics.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def healthz(_: web.Request) -> web.Response:
        return _answer([w.name for w in workers if w.idle_seconds() > STUCK_SECONDS], "stuck")

    async def readyz(_: web.Request) -> web.Response:
        return _answer([w.name for w in workers if not w.ready.is_set()], "not ready")

    app = web.Application()
    app.router.add_get("/metrics", serve_metrics)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    return app


def _answer(failing: Sequence[str], how: str) -> web.Response:
    if failing:
        return web.Response(status=503, text=f"{how}: {', '.join(failing)}\n")
    return web.Response(text="ok\n")
