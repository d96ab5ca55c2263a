"""What every sandbox is started with, and serves, beside its system: faults, log, clock, state."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Middleware

from connectors.sandbox import own_tables
from connectors.sandbox.clock import SandboxClock
from connectors.sandbox.face import Face
from connectors.sandbox.faults import FAULTS
from connectors.sandbox.injector import Injector
from connectors.sandbox.keeping.kept import Kept
from connectors.sandbox.keeping.shelves import MEMORY, Shelves
from connectors.sandbox.log import RequestLog
from connectors.sandbox.meddling import meddling
from connectors.sandbox.page import Page, rendered
from connectors.sandbox.profiles import NONE, PROFILES, profile
from streams.core.clock import Clock, iso
from streams.core.errors import Misconfigured

_NOT_ARMED = "this sandbox was started without faults; start it with --faults none to set some"
_AHEAD = "ahead_ms"
_NO_LOG = "this sandbox keeps no log; start it with --log"

Handle = Callable[[web.Request], Awaitable[web.Response]]


@dataclass(frozen=True)
class Options:
    """How a sandbox behaves beyond its system.

    Attributes:
        faults: the name of a profile; None: no fault can happen, nor be set later, and requests
            pass no code of ours.
        seed: the same seed, profile and requests meet the same faults.
        log: whether the latest 1,000 requests are kept.
        speed: sandbox seconds in a real second.
        state: the directory of the file that the books are kept in, `m3.sqlite` and the like; None:
            they are in memory.
    """

    faults: str | None = None
    seed: int = 1
    log: bool = False
    speed: int = 1
    state: Path | None = None


PLAIN = Options()


class Harness:
    """The options of one sandbox at work.

    Args:
        face: the system.
        clock: real time.
        options: what is asked for.

    Attributes:
        shelves: where the sandbox's books stand.
        clock: business time, for everything in the sandbox; it goes on from where it was.
        injector: None if faults were not asked for.
        log: None if it was not asked for.

    Raises:
        Misconfigured: there is no such profile, or the state cannot be used.
    """

    def __init__(self, face: Face, clock: Clock, options: Options = PLAIN) -> None:
        self._face = face
        self.injector = (
            Injector(face.system, clock, profile(options.faults), options.seed)
            if options.faults is not None
            else None
        )
        self._kept = _kept(options.state, face.system)
        self.shelves: Shelves = self._kept or MEMORY
        self._ahead: dict[str, int] = self.shelves.shelf("clock", int)
        self.clock = SandboxClock(clock, options.speed, self._ahead.get(_AHEAD, 0))
        self.log = RequestLog(self.clock) if options.log else None
        if self._kept:
            self._kept.work.with_each(self._keep_time)

    def middlewares(self) -> list[Middleware]:
        """What goes around the sandbox's own; empty if nothing was asked for."""
        around = [self.log.middleware()] if self.log else []
        around += [meddling(self.injector, self._face)] if self.injector else []
        return around + ([self._kept.middleware()] if self._kept else [])

    async def open_state(self, _: web.Application) -> AsyncIterator[None]:
        """The first of an application's clean-up contexts: closes the file after all is over."""
        yield
        if self._kept:
            self._kept.close()

    def routes(self, books: Callable[[], Page]) -> list[web.RouteDef]:
        """`/`, `/_sandbox/faults`, `/_sandbox/requests`, `/_sandbox/clock`.

        Args:
            books: the page of the sandbox's books as they are now.
        """

        async def show_books(request: web.Request) -> web.Response:
            query = request.query
            page = self._with_own_tables(books())
            html = rendered(page, query.get("find", ""), refresh=query.get("refresh") != "off")
            return web.Response(text=html, content_type="text/html")

        return [
            web.get("/", show_books),
            web.get("/_sandbox/faults", self._show_faults),
            web.put("/_sandbox/faults", self._set_faults),
            web.get("/_sandbox/requests", self._requests),
            web.get("/_sandbox/clock", self._time),
            web.post("/_sandbox/clock", self._jump),
        ]

    async def _show_faults(self, _: web.Request) -> web.Response:
        """`{armed, profile, seed, injected: {fault: times}, profiles: {name: about}}`."""
        return web.json_response(self._faults())

    async def _set_faults(self, request: web.Request) -> web.Response:
        """Begins anew with `{profile, seed?}`; counts start at zero."""
        if self.injector is None:
            return _wrong(_NOT_ARMED, 409)
        try:
            body = json.loads(await request.text())
            seed = body.get("seed", self.injector.plan.seed)
            if type(seed) is not int:
                raise ValueError("seed is a whole number")
            self.injector.set(profile(body["profile"]), seed)
        except Misconfigured as unknown:
            return _wrong(str(unknown))
        except (ValueError, KeyError, TypeError, AttributeError):
            return _wrong('not {"profile": ..., "seed": ...}')
        return web.json_response(self._faults())

    def _with_own_tables(self, page: Page) -> Page:
        ours = (own_tables.injected(self.injector),) if self.injector else ()
        log = (own_tables.requests(self.log),) if self.log else ()
        about = f"{page.about}, {self._clock()['now']}"
        return replace(page, about=about, tables=(*page.tables, *ours, *log))

    def _faults(self) -> dict[str, object]:
        plan = self.injector.plan if self.injector else None
        ours = [each.name for each in FAULTS if self._face.system in each.systems]
        injected = self.injector.injected if self.injector else {}
        return {
            "armed": plan is not None,
            "profile": plan.profile.name if plan else NONE.name,
            "seed": plan.seed if plan else None,
            "injected": {name: injected.get(name, 0) for name in ours},
            "profiles": {each.name: each.about for each in PROFILES},
        }

    async def _requests(self, request: web.Request) -> web.Response:
        """The log, newest first; `?limit=` for fewer."""
        if self.log is None:
            return _wrong(_NO_LOG, 404)
        limit = request.query.get("limit", "1000")
        if not (limit.isascii() and limit.isdigit()):
            return _wrong(f"limit is no number: {limit}")
        latest = [asdict(entry) for entry in self.log.latest(int(limit))]
        return web.json_response({"requests": latest})

    async def _time(self, _: web.Request) -> web.Response:
        """`{now, now_ms, speed}`: business time."""
        return web.json_response(self._clock())

    async def _jump(self, request: web.Request) -> web.Response:
        """Jumps ahead by `{"ahead_ms": …}` of business time."""
        try:
            ahead = json.loads(await request.text())["ahead_ms"]
            if type(ahead) is not int:
                raise ValueError("ahead_ms is a whole number")
            self.clock.jump(ahead)
            self._keep_time()
        except (ValueError, KeyError, TypeError):
            return _wrong('not {"ahead_ms": milliseconds, 0 or more}')
        return web.json_response(self._clock())

    def _keep_time(self) -> None:
        self._ahead[_AHEAD] = self.clock.ahead_ms

    def _clock(self) -> dict[str, object]:
        now = self.clock.now_ms()
        return {"now": iso(now), "now_ms": now, "speed": self.clock.speed}


HARNESS = web.AppKey("harness", Harness)
"""A sandbox's harness, for whoever has the application at hand."""


def _kept(directory: Path | None, system: str) -> Kept | None:
    return Kept(directory / f"{system}.sqlite", system) if directory else None


def _wrong(why: str, status: int = 400) -> web.Response:
    return web.json_response({"error": why}, status=status)
