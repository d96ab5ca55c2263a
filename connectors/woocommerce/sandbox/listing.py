"""Query parameters, pages, sparse fields and batches of REST routes (facts: 1.3)."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from connectors.woocommerce.sandbox.errors import RestError, invalid_param
from connectors.woocommerce.sandbox.rest import SHOP, answer, body_of
from streams.core.clock import to_ms

View = dict[str, Any]
T = TypeVar("T")
BATCH_LIMIT = 100


def param(request: web.Request, name: str, default: str = "") -> str:
    """A query parameter; the last one of a repeated name wins, as in PHP."""
    texts: list[str] = request.query.getall(name, [default])
    return texts[-1]


def words(request: web.Request, name: str) -> list[str]:
    """A list parameter, separated by commas or repeated as `name[]`; empty when left out."""
    texts: list[str] = request.query.getall(f"{name}[]", [param(request, name)])
    return [word.strip() for text in texts for word in text.split(",") if word.strip()]


def forced(request: web.Request) -> bool:
    """Whether a delete is for good: `force=true`."""
    return param(request, "force").lower() in ("true", "1")


def number(
    request: web.Request, name: str, default: int, low: int = 0, high: int | None = None
) -> int:
    """An integer query parameter between its bounds.

    Raises:
        RestError: 400 `rest_invalid_param`.
    """
    text = param(request, name, str(default))
    if not text.removeprefix("-").isdecimal():
        raise invalid_param(name, f"{name} is not of type integer.")
    value = int(text)
    if value < low or (high is not None and value > high):
        bounds = f"between {low} (inclusive) and {high} (inclusive)" if high else f"at least {low}"
        raise invalid_param(name, f"{name} must be {bounds}", "rest_out_of_bounds")
    return value


def one_of(request: web.Request, name: str, allowed: Sequence[str], default: str) -> str:
    """A query parameter out of a list.

    Raises:
        RestError: 400 `rest_invalid_param`.
    """
    value = param(request, name, default)
    if value not in allowed:
        raise invalid_param(name, f"{name} is not one of {', '.join(allowed)}.", "rest_not_in_enum")
    return value


def moment(request: web.Request, name: str, zone: tzinfo) -> int | None:
    """A date as seconds since 1970 UTC, None when left out.

    Args:
        request: `dates_are_gmt=true` says that its dates are UTC.
        name: of the parameter.
        zone: the shop's, which dates are in otherwise.

    Raises:
        RestError: 400 `rest_invalid_param`.
    """
    text = param(request, name)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise invalid_param(name, f"Invalid date: {name}.", "rest_invalid_date") from None
    in_utc = param(request, "dates_are_gmt").lower() in ("true", "1")
    return to_ms(at if at.tzinfo else at.replace(tzinfo=UTC if in_utc else zone)) // 1000


def page(
    request: web.Request,
    records: Sequence[T],
    view: Callable[[T], View],
    *,
    empty_past_end: bool = False,
) -> web.Response:
    """One page of records, with its totals and links to the pages beside it.

    Args:
        request: names `page`, `per_page` (1 to 100), `offset`, `_fields`.
        records: all that match, in order.
        view: renders one.
        empty_past_end: past the last page the totals say 0 (orders under HPOS).
    """
    per_page = number(request, "per_page", 10, low=1, high=100)
    at = number(request, "page", 1, low=1)
    start = number(request, "offset", (at - 1) * per_page)
    shown = [sparse(request, view(record)) for record in records[start : start + per_page]]
    total = 0 if empty_past_end and not shown else len(records)
    pages = -(-total // per_page)
    headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
    links = []
    if at > 1:
        links.append(_link(request, min(at - 1, max(pages, 1)), "prev"))
    if at < pages:
        links.append(_link(request, at + 1, "next"))
    if links:
        headers["Link"] = ", ".join(links)
    return answer(shown, headers=headers)


def sparse(request: web.Request, record: View, keep: tuple[str, ...] = ()) -> View:
    """Only the members that `_fields` names, or all; `keep` stays in any case."""
    names = words(request, "_fields")
    if not names:
        return record
    return {name: value for name, value in record.items() if name in names or name in keep}


def _link(request: web.Request, at: int, relation: str) -> str:
    query = dict(request.query) | {"page": str(at)}
    base = f"{request.app[SHOP].settings.url}{request.path}"
    return f'<{base}?{urlencode(query)}>; rel="{relation}"'


async def batch(
    request: web.Request,
    create: Callable[[View], View],
    update: Callable[[View], View],
    delete: Callable[[int], View],
) -> web.Response:
    """Runs `{create: [], update: [], delete: [ids]}`; a failed item says so, the answer is 200.

    Deletes are for good.

    Raises:
        RestError: 413, more than 100 items; 400, they are not lists of objects, of ids to delete.
    """
    body = await body_of(request)
    for verb, kind in (("create", dict), ("update", dict), ("delete", int)):
        items = body.get(verb, [])
        if not isinstance(items, list) or not all(isinstance(item, kind) for item in items):
            raise invalid_param(verb, f"{verb} is not of type array.")
    if sum(len(body.get(verb, ())) for verb in ("create", "update", "delete")) > BATCH_LIMIT:
        raise RestError(
            413,
            "woocommerce_rest_request_entity_too_large",
            f"Unable to accept more than {BATCH_LIMIT} items for this request.",
        )
    acts: dict[str, Callable[[Any], View]] = {
        "create": create,
        "update": update,
        "delete": delete,
    }
    return answer(
        {
            verb: [_item(act, item) for item in body[verb]]
            for verb, act in acts.items()
            if verb in body
        }
    )


def _item(act: Callable[[Any], View], item: Any) -> View:
    try:
        return act(item)
    except RestError as refusal:
        record = item.get("id", 0) if isinstance(item, dict) else item
        return {"id": record, "error": refusal.body()}
