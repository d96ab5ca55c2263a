"""One wrapper around every endpoint of the API: authentication, version, key, `action`, errors."""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

from aiohttp import web

from connectors.heartland.sandbox.actions import Action, Actions
from connectors.heartland.sandbox.errors import (
    NO_PERMISSION,
    GpApiError,
    missing,
    unexpected,
)
from connectors.heartland.sandbox.idempotency import SeenKeys
from connectors.heartland.sandbox.ids import new_id
from connectors.heartland.sandbox.settings import API_VERSION, SandboxSettings
from connectors.heartland.sandbox.tokens import AccessToken, AccessTokens
from connectors.heartland.sandbox.views import Json
from connectors.sandbox.keeping.shelves import MEMORY, Shelves
from streams.core.clock import Clock, iso

_COMPRESSED_FROM_BYTES = 4096

FACADE_PREFIX = "/v1/"
FACADE_HEADER = "X-Sandbox-Facade"


@dataclass(frozen=True)
class Call:
    """A request that may be answered: the body is read, the bearer may do it."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, object]
    token: AccessToken
    now_ms: int


@dataclass(frozen=True)
class Reply:
    """An endpoint's answer; `action` is still to be added.

    Args:
        body: the resource or the list.
        resource_id: what it is about, "" for a list.
        status: the resource's status; it also decides the action's `result_code`.
        action: the action's type, where it is not its endpoint's.
        declined: the issuer declined what was asked for, and the resource stays as it was.
    """

    body: Json
    resource_id: str = ""
    status: str = ""
    action: str = ""
    declined: bool = False


@dataclass(frozen=True)
class Endpoint:
    """An operation: its action's type (by analogy), permission and handler."""

    action: str
    permission: str
    handler: Callable[[Call], Reply]


def _nothing(_: int) -> None:
    """Nothing happens by itself."""


@dataclass
class Desk:
    """What every endpoint needs, and keeps of each call."""

    settings: SandboxSettings
    clock: Clock
    shelves: Shelves = MEMORY
    catch_up: Callable[[int], None] = _nothing
    """Called with the time before each call is answered: makes what was due happen."""

    def __post_init__(self) -> None:
        self.tokens = AccessTokens(self.settings, self.shelves)
        self.keys = SeenKeys(self.shelves)
        self.actions = Actions(self.shelves)
        self.calls: dict[str, int] = self.shelves.shelf("calls", int)

    def reset(self) -> None:
        """Forgets keys, log and counts; the access tokens stay."""
        self.keys.clear()
        self.actions.clear()
        self.calls.clear()

    def serve(self, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.Response]]:
        """The aiohttp handler of an endpoint."""

        async def handle(request: web.Request) -> web.Response:
            raw = await request.read()
            return self.answer(
                request, lambda: self._reply(request, raw, endpoint), endpoint.action
            )

        return handle

    async def sign_in(self, request: web.Request) -> web.Response:
        """`POST /accesstoken`: the one call without a bearer; it has no `action` (facts: UCP)."""
        raw = await request.read()
        now_ms = self.clock.now_ms()

        def reply() -> Json:
            check_version(request)
            return self.tokens.issue(read_json(raw), now_ms)

        return self.answer(request, reply, "ACCESS_TOKEN")

    def answer(self, request: web.Request, reply: Callable[[], Json], action: str) -> web.Response:
        """Counts the call, answers 200 with what `reply` gives, or the refusal it raises."""
        resource = request.match_info.route.resource
        path = resource.canonical if resource else request.path
        called = f"{request.method} {path}"
        self.calls[called] = self.calls.get(called, 0) + 1
        try:
            response = json_response(reply())
        except GpApiError as error:
            refusal = error.refusal
            self._log(request, action, "", refusal.http_status, refusal.error_code)
            response = json_response(error.body(), refusal.http_status)
        if request.path.startswith(FACADE_PREFIX):
            response.headers[FACADE_HEADER] = "no such Heartland endpoint is public; see /ucp"
        return response

    def _reply(self, request: web.Request, raw: bytes, endpoint: Endpoint) -> Json:
        """The body of a successful call. Nothing is awaited between its checks and its effect."""
        now_ms = self.clock.now_ms()
        token = self.tokens.check(request.headers.get("Authorization", ""), now_ms)
        check_version(request)
        if not token.may(endpoint.permission):
            raise GpApiError(NO_PERMISSION, "Permission not enabled to execute action")
        writes = request.method in ("POST", "PATCH")
        key = request.headers.get("X-GP-Idempotency", "") if writes else ""
        if key:
            self.keys.check(key, now_ms)
        self.catch_up(now_ms)
        body = read_json(raw) if writes else {}
        reply = endpoint.handler(Call(request.match_info, request.query, body, token, now_ms))
        if key:
            self.keys.use(key, reply.resource_id, reply.status, now_ms)
        declined = reply.declined or reply.status == "DECLINED"
        result_code = "DECLINED" if declined else "SUCCESS"
        type = reply.action or endpoint.action
        logged = self._log(request, type, reply.resource_id, 200, result_code, reply.status)
        reply.body["action"] = {
            "id": logged.id,
            "type": type,
            "time_created": iso(logged.time_ms),
            "result_code": result_code,
            "app_id": self.settings.app_id,
            "app_name": self.settings.app_name,
        }
        return reply.body

    def _log(
        self,
        request: web.Request,
        type: str,
        resource_id: str,
        http_status: int,
        code: str,
        resource_status: str = "",
    ) -> Action:
        resource = request.path.split("/")[2].upper()
        action = Action(
            id=new_id("ACT"),
            type=type,
            time_ms=self.clock.now_ms(),
            resource=resource,
            resource_id=resource_id,
            resource_status=resource_status,
            http_status=http_status,
            response_code=code,
            version=API_VERSION,
        )
        self.actions.add(action)
        return action


def check_version(request: web.Request) -> None:
    """Refuses a request without `X-GP-Version: 2021-03-22`.

    Raises:
        GpApiError: 40005 it is missing; 40213 it is another (both by analogy).
    """
    version = request.headers.get("X-GP-Version", "")
    if not version:
        raise missing(["X-GP-Version"])
    if version != API_VERSION:
        raise unexpected("X-GP-Version")


def read_json(raw: bytes) -> Mapping[str, object]:
    """A request's JSON object; an empty body is an empty object.

    Raises:
        GpApiError: 40213 it is not JSON, or no object (by analogy).
    """
    try:
        body = json.loads(raw) if raw else {}
    except (ValueError, RecursionError):
        raise unexpected("request body") from None
    if not isinstance(body, dict):
        raise unexpected("request body")
    return body


def filters_of(query: Mapping[str, str], known: Collection[str]) -> dict[str, str]:
    """The filters that are set; `order_reference` is read as `order.reference`."""
    named = {name.replace("order_reference", "order.reference"): v for name, v in query.items()}
    return {name: named[name] for name in known if named.get(name)}


def json_response(body: object, status: int = 200) -> web.Response:
    """A JSON response, compressed if it is long and the client takes it."""
    text = json.dumps(body).encode()
    response = web.Response(
        body=text,
        status=status,
        content_type="application/json",
        zlib_executor_size=_COMPRESSED_FROM_BYTES * 8,
    )
    if len(text) >= _COMPRESSED_FROM_BYTES:
        response.enable_compression()
    return response
