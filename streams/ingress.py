"""The HTTP host of all bridges: success is answered only after Kafka has acknowledged."""

import logging
import traceback
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter

from aiohttp import web

from streams.core.clock import Clock
from streams.core.connector import Bridge, Request
from streams.core.errors import Unauthenticated
from streams.core.message import Message
from streams.core.metrics import Metrics
from streams.kafka.durable import NotDurable
from streams.refused import letter_of, safe

LOG = logging.getLogger("tandem.ingress")
LARGEST = 5 * 1024 * 1024
"""Bytes of a request; ION sends no more (facts: 5 MB per message at the Essentials tier)."""

SECRET = frozenset(("authorization", "cookie", "proxy-authorization"))

Publish = Callable[[Sequence[Message]], Awaitable[None]]


class Ingress:
    """Receives for every bridge: authenticate, translate, publish, then answer.

    A sender that gets no 2xx must send again; what it then sends has the same ids, and so has the
    dead letter of what is refused. Answers: the bridge's own on success; 401 to who cannot prove
    themselves (nothing is kept); the bridge's `refused_status` for what became a dead letter; 413
    for what is too large; 422 for card data (kept masked); 503 while Kafka does not acknowledge.

    What a bug of ours stumbles over is kept as a dead letter too, and the sender hears of it as of
    any other: a shop never sends again, and stops sending after a few failures (facts:
    WooCommerce, webhooks).
    """

    def __init__(
        self, bridges: Sequence[Bridge], publish: Publish, clock: Clock, metrics: Metrics
    ) -> None:
        self._publish, self._clock, self._metrics = publish, clock, metrics
        self._bridges = bridges

    def application(self) -> web.Application:
        """The aiohttp application; serve it where the outside can reach it."""
        app = web.Application(client_max_size=LARGEST)
        for bridge in self._bridges:
            path = bridge.path + "{tail:.*}" if bridge.path.endswith("/") else bridge.path
            for method in bridge.methods:
                app.router.add_route(method, path, self._handler(bridge))
        return app

    def _handler(self, bridge: Bridge) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            try:
                response = await self._receive(bridge, await _read(request))
            except web.HTTPRequestEntityTooLarge:
                response = web.Response(status=413, text=f"larger than {LARGEST} bytes\n")
            self._metrics.count("tandem_received_total", bridge.source, str(response.status))
            return response

        return handle

    async def _receive(self, bridge: Bridge, request: Request) -> web.Response:
        try:
            return await self._accept(bridge, request)
        except Unauthenticated as failure:
            return web.Response(status=401, text=safe(f"{failure}\n"))
        except NotDurable as failure:
            return _not_kept(bridge, failure)
        except Exception as error:
            return await self._refuse(bridge, request, error)

    async def _accept(self, bridge: Bridge, request: Request) -> web.Response:
        started = perf_counter()
        received = bridge.receive(request)
        answer = web.Response(
            status=received.status, text=received.body, content_type=received.content_type
        )
        if received.messages:
            await self._publish(received.messages)
        seconds = perf_counter() - started
        self._metrics.observe("tandem_batch_seconds", _origin(bridge), seconds=seconds)
        return answer

    async def _refuse(self, bridge: Bridge, request: Request, error: Exception) -> web.Response:
        letter = letter_of(
            _origin(bridge), request.body, _kept_headers(request), error, self._clock.now_ms()
        )
        try:
            await self._publish((letter,))
        except Exception as failure:  # whatever it is, the sender must send again
            return _not_kept(bridge, failure)
        self._metrics.count("tandem_dead_letters_total", letter.origin, letter.kind)
        LOG.warning("%s: dead letter %s: %s", letter.origin, letter.id, letter.reason)
        if letter.kind == "bug":
            self._metrics.count("tandem_errors_total", letter.origin, "Bug")
            LOG.error(safe("".join(traceback.format_exception(error))))
        status = 422 if letter.kind == "card_data" else bridge.refused_status
        text = f"kept as dead letter {letter.id}: {letter.reason}\n"
        return web.Response(status=status, text=text)


def _kept_headers(request: Request) -> dict[str, str]:
    """What the bridge needs to read the letter again: the request's line and what is no secret."""
    line = {":method": request.method, ":path": request.path}
    return line | {
        name: safe(value) for name, value in request.headers.items() if name not in SECRET
    }


def _origin(bridge: Bridge) -> str:
    return f"bridge/{bridge.source}"


def _not_kept(bridge: Bridge, failure: Exception) -> web.Response:
    LOG.error("%s: Kafka did not acknowledge: %s", bridge.source, failure)
    return web.Response(status=503, text="not kept: Kafka does not answer; send again\n")


async def _read(request: web.Request) -> Request:
    return Request(
        method=request.method,
        path=request.path,
        headers={name.lower(): value for name, value in request.headers.items()},
        query=dict(request.query),
        body=await request.read(),
    )
