"""A connection that loses things: between a client and a sandbox, both as they are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

import aiohttp
from aiohttp import web

Loss = Literal["request", "reply"]


@dataclass
class Doubtful:
    """Passes requests on, but for those that it was told to lose or to answer itself.

    `asked` has every request that arrived, as "METHOD path".
    """

    url: str = ""
    asked: list[str] = field(default_factory=list)
    _losses: list[tuple[str, Loss]] = field(default_factory=list)
    _answers: list[tuple[str, web.Response]] = field(default_factory=list)

    def lose(self, what: Loss, call: str, times: int = 1) -> None:
        """The next requests whose "METHOD path" ends so are lost before or after their effect."""
        self._losses += [(call, what)] * times

    def answer(self, call: str, response: web.Response) -> None:
        """The next such request is answered so and does not arrive."""
        self._answers.append((call, response))

    def loss(self, call: str) -> Loss | None:
        for entry in self._losses:
            if call.endswith(entry[0]):
                self._losses.remove(entry)
                return entry[1]
        return None

    def answered(self, call: str) -> web.Response | None:
        for entry in self._answers:
            if call.endswith(entry[0]):
                self._answers.remove(entry)
                return entry[1]
        return None


@asynccontextmanager
async def doubtful(target: str) -> AsyncIterator[Doubtful]:
    """A proxy for `target` that serves on an address of its own."""
    state = Doubtful()

    async def pass_on(request: web.Request) -> web.StreamResponse:
        call = f"{request.method} {request.path}"
        state.asked.append(call)
        instead = state.answered(call)
        if instead is not None:
            return instead
        loss = state.loss(call)
        if loss == "request":
            return _cut(request)
        # The Host header stays, as signatures are made over it.
        async with session.request(
            request.method,
            target + request.path_qs,
            data=await request.read(),
            headers=request.headers,
        ) as reply:
            body = await reply.read()
            if loss == "reply":
                return _cut(request)
            return web.Response(status=reply.status, body=body, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", pass_on)
    runner = web.AppRunner(app, access_log=None)
    async with aiohttp.ClientSession(auto_decompress=True) as session:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        state.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield state
        await runner.cleanup()


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response()
