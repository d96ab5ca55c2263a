"""The faults of requests, as a middleware: the outermost of a sandbox, but for its log."""

import asyncio
import socket
import struct

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from connectors.sandbox.face import Face, body_of
from connectors.sandbox.injector import Injector
from connectors.sandbox.plan import Hit

FAULT = web.RequestKey("fault", str)
"""The fault that befell a request, for the log."""

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def meddling(injector: Injector, face: Face) -> Middleware:
    """A middleware that does to requests what the injector says."""

    @web.middleware
    async def meddled(request: web.Request, handler: Handler) -> web.StreamResponse:
        if injector.calm or not request.path.startswith(face.paths):
            return await handler(request)
        if outage := injector.down():
            request[FAULT] = outage
            if outage == "outage-reset":
                return _hung_up(request, reset=True)
            return face.unavailable.response()
        token = request.headers.get("Authorization", "")
        if face.expired and token.startswith("Bearer ") and injector.expired(token):
            request[FAULT] = "expired-token"
            return face.expired.response()
        hit = injector.request(face.subject(request, await body_of(request)))
        if hit is None:
            return await handler(request)
        request[FAULT] = hit.fault
        return await _befallen(request, handler, hit, face)

    return meddled


async def _befallen(
    request: web.Request, handler: Handler, hit: Hit, face: Face
) -> web.StreamResponse:
    match hit.fault:
        case "429-retry-after":
            seconds = str(-(-hit.ms // 1000))
            return face.throttled.response(**{"Retry-After": seconds})
        case "429":
            return face.throttled.response()
        case "5xx-before":
            return face.failed.response()
        case "5xx-after":
            await handler(request)
            return face.failed.response()
        case "lost-reply":
            await handler(request)
            return _hung_up(request)
        case "reset":
            return _hung_up(request, reset=True)
        case "slow":
            await asyncio.sleep(hit.ms / 1000)
            return await handler(request)
        case other:
            raise LookupError(f"{other} is no fault of a request")


def _hung_up(request: web.Request, *, reset: bool = False) -> web.Response:
    """Closes the connection at once; nobody hears the answer."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        if reset and connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
    return web.Response()
