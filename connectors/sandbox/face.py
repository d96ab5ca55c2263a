"""What a sandbox tells the harness of its system: where faults may happen, and in which words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from connectors.sandbox.injector import Subject


@dataclass(frozen=True)
class Answer:
    """An HTTP answer in a system's own words."""

    status: int
    text: str
    content_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, **headers: str) -> web.Response:
        """The answer as aiohttp sends it."""
        return web.Response(
            status=self.status,
            text=self.text,
            content_type=self.content_type,
            headers={**self.headers, **headers},
        )


def gateway(status: int, reason: str) -> Answer:
    """What a gateway in front of a system answers: a page, and nothing of the system's own."""
    page = (
        f"<html><head><title>{status} {reason}</title></head><body><h1>{reason}</h1></body></html>"
    )
    return Answer(status, page, "text/html")


THROTTLED = gateway(429, "Too Many Requests")
UNAVAILABLE = gateway(503, "Service Unavailable")
FAILED = gateway(504, "Gateway Time-out")


@dataclass(frozen=True)
class Face:
    """A system as the harness sees it.

    Attributes:
        system: `m3`, `heartland` or `shop`.
        paths: what the vendor's API begins with; faults happen there and nowhere else.
        subject: what a request is about, from it and its body.
        expired: what a dead token is answered; None: the system has no tokens.
        throttled, failed, unavailable: 429, a 5xx that leaves the effect open, 503.
    """

    system: str
    paths: tuple[str, ...]
    subject: Callable[[web.Request, bytes], Subject]
    expired: Answer | None = None
    throttled: Answer = THROTTLED
    failed: Answer = FAILED
    unavailable: Answer = UNAVAILABLE


def route_of(request: web.Request) -> str:
    """Method and route, without ids: `GET /ucp/transactions/{id}`."""
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else '(no route)'}"


async def body_of(request: web.Request) -> bytes:
    """A request's body, which its handler can read again; b"" of parts, which are read but once."""
    if request.content_type.startswith("multipart/"):
        return b""
    return await request.read()
