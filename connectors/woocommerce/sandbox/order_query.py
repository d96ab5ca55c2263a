"""Which orders a list asks for, and in what order (facts: 1.3)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from aiohttp import web

from connectors.woocommerce.sandbox.errors import invalid_param
from connectors.woocommerce.sandbox.listing import one_of, param, words
from connectors.woocommerce.sandbox.orders import STATUSES, Order
from streams.core.clock import to_ms

SORTS: dict[str, Callable[[Order], Any]] = {
    "date": lambda order: (order.created_ms // 1000, order.id),
    "modified": lambda order: (order.modified_ms // 1000, order.id),
    "id": lambda order: order.id,
}


@dataclass(frozen=True)
class OrderQuery:
    """What a list asks for; empty sets ask for all, ranges are seconds since 1970 UTC."""

    statuses: frozenset[str]
    customer: str
    ids: frozenset[str]
    created: range
    modified: range
    orderby: str
    descending: bool

    def of(self, orders: Iterable[Order]) -> list[Order]:
        """The orders that match, sorted."""
        found = [order for order in orders if self._matches(order)]
        return sorted(found, key=SORTS[self.orderby], reverse=self.descending)

    def _matches(self, order: Order) -> bool:
        return (
            (not self.statuses or order.status in self.statuses)
            and (not self.customer or str(order.customer_id) == self.customer)
            and (not self.ids or str(order.id) in self.ids)
            and order.created_ms // 1000 in self.created
            and order.modified_ms // 1000 in self.modified
        )


def order_query(request: web.Request, zone: tzinfo) -> OrderQuery:
    """Reads the query parameters.

    Args:
        request: the list request.
        zone: what dates are in unless `dates_are_gmt` is true.

    Raises:
        RestError: 400 `rest_invalid_param`.
    """
    statuses = frozenset(words(request, "status"))
    if statuses - set(STATUSES) - {"any", "trash"}:
        why = f"status[0] is not one of any, trash, {', '.join(STATUSES)}."
        raise invalid_param("status", why, "rest_not_in_enum")
    if param(request, "dates_are_gmt").lower() in ("true", "1"):
        zone = UTC
    return OrderQuery(
        statuses=frozenset() if "any" in statuses else statuses,
        customer=param(request, "customer"),
        ids=frozenset(words(request, "include")),
        created=_between(request, "after", "before", zone),
        modified=_between(request, "modified_after", "modified_before", zone),
        orderby=one_of(request, "orderby", tuple(SORTS), "date"),
        descending=one_of(request, "order", ("asc", "desc"), "desc") == "desc",
    )


def _between(request: web.Request, after: str, before: str, zone: tzinfo) -> range:
    return range(_second(request, after, zone, -1) + 1, _second(request, before, zone, 1 << 62))


def _second(request: web.Request, name: str, zone: tzinfo, default: int) -> int:
    text = param(request, name)
    if not text:
        return default
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid_param(name, f"Invalid date: {name}.", "rest_invalid_date") from None
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=zone)) // 1000
