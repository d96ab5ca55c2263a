"""Which orders a list asks for, and in what order (facts: 1.3)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from aiohttp import web

from connectors.woocommerce.sandbox.errors import invalid_param
from connectors.woocommerce.sandbox.listing import moment, one_of, param, words
from connectors.woocommerce.sandbox.orders import STATUSES, TRASH, Order

SORTS: dict[str, Callable[[Order], Any]] = {
    "date": lambda order: (order.created_ms // 1000, order.id),
    "modified": lambda order: (order.modified_ms // 1000, order.id),
    "id": lambda order: order.id,
    "title": lambda order: order.id,
    "slug": lambda order: order.id,
}
"""By analogy: orders have neither a title nor a slug of their own, so these sort by id."""


@dataclass(frozen=True)
class OrderQuery:
    """What a list asks for; empty sets ask for all, ranges are seconds since 1970 UTC."""

    statuses: frozenset[str]
    customer: str
    product: str
    created_via: frozenset[str]
    search: str
    ids: tuple[str, ...]
    excluded: frozenset[str]
    created: range
    modified: range
    orderby: str
    descending: bool

    def of(self, orders: Iterable[Order]) -> list[Order]:
        """The orders that match, sorted."""
        found = [order for order in orders if self._matches(order)]
        if self.orderby == "include":
            return sorted(found, key=lambda order: self.ids.index(str(order.id)))
        return sorted(found, key=SORTS[self.orderby], reverse=self.descending)

    def _matches(self, order: Order) -> bool:
        return (
            order.modified_ms // 1000 in self.modified
            and order.created_ms // 1000 in self.created
            and (order.status in self.statuses if self.statuses else order.status != TRASH)
            and (not self.customer or str(order.customer_id) == self.customer)
            and (not self.ids or str(order.id) in self.ids)
            and str(order.id) not in self.excluded
            and (not self.created_via or order.created_via in self.created_via)
            and (not self.product or self._sells(order))
            and (not self.search or self._mentions(order))
        )

    def _sells(self, order: Order) -> bool:
        return any(
            self.product in (str(line.product_id), str(line.variation_id))
            for line in order.line_items
        )

    def _mentions(self, order: Order) -> bool:
        texts = (
            str(order.id),
            *order.billing.values(),
            *order.shipping.values(),
            *(line.name for line in order.line_items),
        )
        return any(self.search in text.lower() for text in texts)


def order_query(request: web.Request, zone: tzinfo) -> OrderQuery:
    """Reads the query parameters.

    Args:
        request: the list request.
        zone: what dates are in unless `dates_are_gmt` is true.

    Raises:
        RestError: 400 `rest_invalid_param`.
    """
    statuses = frozenset(words(request, "status"))
    if statuses - set(STATUSES) - {"any", TRASH}:
        why = f"status[0] is not one of any, trash, {', '.join(STATUSES)}."
        raise invalid_param("status", why, "rest_not_in_enum")
    ids = tuple(words(request, "include"))
    sorts = (*SORTS, "include") if ids else tuple(SORTS)
    return OrderQuery(
        statuses=frozenset() if "any" in statuses else statuses,
        customer=param(request, "customer"),
        product=param(request, "product"),
        created_via=frozenset(words(request, "created_via")),
        search=param(request, "search").lower(),
        ids=ids,
        excluded=frozenset(words(request, "exclude")),
        created=_between(request, "after", "before", zone),
        modified=_between(request, "modified_after", "modified_before", zone),
        orderby=one_of(request, "orderby", sorts, "date"),
        descending=one_of(request, "order", ("asc", "desc"), "desc") == "desc",
    )


def _between(request: web.Request, after: str, before: str, zone: tzinfo) -> range:
    start, end = moment(request, after, zone), moment(request, before, zone)
    return range(0 if start is None else start + 1, 1 << 62 if end is None else end)
