"""The latest requests to a sandbox and its answers: kept only when asked."""

from collections import deque
from dataclasses import dataclass
from time import perf_counter_ns

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from connectors.sandbox.face import body_of
from connectors.sandbox.masking import masked
from connectors.sandbox.meddling import FAULT
from streams.core.clock import Clock, iso

KEPT = 1_000
OWN = ("/_sandbox/",)


@dataclass(frozen=True)
class Entry:
    """A request and what came of it.

    Attributes:
        at: when it came, ISO 8601 UTC, by the sandbox's clock.
        path: with its query, masked.
        status: of the answer; None if the connection was closed without one.
        ms: how long the answer took, in real milliseconds.
        fault: what was injected, "" for nothing.
        request: the request's body, `answer` the answer's: excerpts, masked.
    """

    at: str
    method: str
    path: str
    status: int | None
    ms: int
    fault: str
    request: str
    answer: str


class RequestLog:
    """The latest 1,000 requests to the vendor's API; the sandbox's own routes are left out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    def latest(self, most: int = KEPT) -> list[Entry]:
        """So many entries, the newest first."""
        return list(self._entries)[::-1][:most]

    def clear(self) -> None:
        """Forgets all."""
        self._entries.clear()

    def middleware(self) -> Middleware:
        """Logs what passes; it must be the outermost."""

        @web.middleware
        async def logged(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path == "/" or request.path.startswith(OWN):
                return await handler(request)
            at, began = self._clock.now_ms(), perf_counter_ns()
            body = await body_of(request)
            try:
                answer = await handler(request)
            except web.HTTPException as refused:
                self._add(request, body, refused.status, refused.text or "", at, began)
                raise
            said = answer.body if isinstance(answer, web.Response) else b""
            text = bytes(said) if isinstance(said, bytes | bytearray) else b""
            lost = request.get(FAULT) in ("lost-reply", "reset")
            self._add(request, body, None if lost else answer.status, text, at, began)
            return answer

        return logged

    def _add(
        self,
        request: web.Request,
        body: bytes,
        status: int | None,
        answer: bytes | str,
        at: int,
        began: int,
    ) -> None:
        self._entries.append(
            Entry(
                at=iso(at),
                method=request.method,
                path=masked(request.path_qs),
                status=status,
                ms=(perf_counter_ns() - began) // 1_000_000,
                fault=request.get(FAULT, ""),
                request=masked(body),
                answer=masked(answer),
            )
        )
