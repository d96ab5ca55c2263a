"""What all REST routes share: who may call, bodies, answers, errors (facts: 1)."""

import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, NoReturn

from aiohttp import web

from connectors.woocommerce.sandbox.bodies import Bodies
from connectors.woocommerce.sandbox.delivery import Courier
from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.oauth import Authenticator, Call
from connectors.woocommerce.sandbox.php_json import encode
from connectors.woocommerce.sandbox.shop import Shop

SHOP = web.AppKey("shop", Shop)
BODIES = web.AppKey("bodies", Bodies)
COURIER = web.AppKey("courier", Courier)
AUTHENTICATOR = web.AppKey("authenticator", Authenticator)
CALLS = web.AppKey("calls", dict[str, int])

API = "/wp-json/wc/v3"
ADMIN = "/_sandbox"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
View = dict[str, Any]
VERBS = {"GET": "view", "HEAD": "view", "DELETE": "delete"}
ANSWER_HEADERS = {
    "Content-Type": "application/json; charset=UTF-8",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Expose-Headers": "X-WP-Total, X-WP-TotalPages, Link",
    "Cache-Control": "no-cache, must-revalidate, max-age=0, no-store, private",
}


@web.middleware
async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Counts requests by method and route."""
    resource = request.match_info.route.resource
    path = resource.canonical if resource else "(no route)"
    calls, called = request.app[CALLS], f"{request.method} {path}"
    calls[called] = calls.get(called, 0) + 1
    return await handler(request)


@web.middleware
async def refusing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Words every refusal as WordPress does."""
    try:
        return await handler(request)
    except RestError as refusal:
        return answer(refusal.body(), refusal.status)


@web.middleware
async def signed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lets only the key's holder to the REST API; wrong credentials come before a wrong path."""
    if not request.path.startswith("/wp-json/"):
        return await handler(request)
    known = request.app[AUTHENTICATOR].authenticated(_call(request))
    if request.match_info.http_exception is not None:
        raise RestError(
            404, "rest_no_route", "No route was found matching the URL and request method."
        )
    if not known:
        raise _stranger(request)
    return await handler(request)


def _call(request: web.Request) -> Call:
    return Call(
        method=request.method,
        url=f"{request.scheme}://{request.host}{request.rel_url.raw_path}",
        query=list(request.query.items()),
        authorization=request.headers.get("Authorization", ""),
        secure=request.secure,
    )


def _stranger(request: web.Request) -> RestError:
    verb = VERBS.get(request.method, "edit")
    if request.path.endswith("/batch"):
        verb = "batch"
    elif request.method == "POST" and "id" not in request.match_info:
        verb = "create"
    return RestError(
        401, f"woocommerce_rest_cannot_{verb}", f"Sorry, you are not allowed to {verb} resources."
    )


def answer(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer with PHP's JSON."""
    return written(encode(data), status, headers)


def written(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer whose JSON is written already."""
    return web.Response(body=body, status=status, headers=ANSWER_HEADERS | (headers or {}))


def created(request: web.Request, path: str, data: View) -> web.Response:
    """201 with the address of what was made."""
    location = f"{request.app[SHOP].settings.api}/{path}"
    return answer(data, 201, {"Location": location})


async def body_of(request: web.Request) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object. Numbers are exact.

    Raises:
        RestError: 400 `rest_invalid_json`.
    """
    raw = await request.read()
    body = _parsed(raw) if raw else {}
    if not isinstance(body, dict):
        raise _not_json()
    return body


async def rows_of(request: web.Request) -> list[dict[str, Any]]:
    """The request's JSON list of objects.

    Raises:
        RestError: 400 `rest_invalid_json`.
    """
    rows = _parsed(await request.read())
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _not_json()
    return rows


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw, parse_float=Decimal, parse_constant=_no_number)
    except ValueError:
        raise _not_json() from None


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _not_json() -> RestError:
    return RestError(
        400,
        "rest_invalid_json",
        "Invalid JSON body passed.",
        json_error_code=4,
        json_error_message="Syntax error",
    )


def record_id(request: web.Request) -> int:
    """The `{id}` of the path."""
    return int(request.match_info["id"])
