"""Orders that no webhook told of: what was modified since, in the shop's own order (facts: 4.4).

WooCommerce sends a webhook once, without a retry, and dates have a grain of a second. So a round
goes on from the last second that it has seen, leaving out the orders of it that it has, and never
by page number: orders move while a list is paged through. The next round goes back by an overlap,
for orders that were saved but could not be seen yet.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from connectors.woocommerce.bridge import TOPIC_HEADER, order_events, source
from connectors.woocommerce.client import BATCH, WooCommerce
from connectors.woocommerce.fields import Fields
from connectors.woocommerce.settings import Shop
from streams.core.clock import Clock
from streams.core.connector import Page, Poller
from streams.core.errors import Rejected


@dataclass(frozen=True)
class Place:
    """How far the shop's orders are known; times in seconds since 1970 UTC.

    Attributes:
        newest: when the newest known order was modified.
        reached: within a round that is not over, the second that it has come to; else None.
        seen: the orders of that second that it has.
    """

    newest: int
    reached: int | None = None
    seen: tuple[int, ...] = ()

    @classmethod
    def of(cls, cursor: str, now: int) -> "Place":
        """A cursor's place; the first ever is now: what was before Tandem is not its to do."""
        if not cursor:
            return cls(now)
        known = json.loads(cursor)
        return cls(known["newest"], known.get("reached"), tuple(known.get("seen", ())))

    @property
    def cursor(self) -> str:
        """The place as a poller's cursor."""
        here = {"newest": self.newest, "reached": self.reached, "seen": self.seen}
        return json.dumps(
            {name: value for name, value in here.items() if value or name == "newest"}
        )

    def asked(self, overlap: int) -> dict[str, str]:
        """The query for the next page; `modified_after` is strict."""
        after = self.newest - overlap if self.reached is None else self.reached - 1
        query = {
            "modified_after": datetime.fromtimestamp(after, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "dates_are_gmt": "true",
            "orderby": "modified",
            "order": "asc",
            "per_page": str(BATCH),
        }
        return query | ({"exclude": ",".join(map(str, self.seen))} if self.seen else {})

    def after(self, found: Sequence[tuple[int, int]], full: bool) -> "Place":
        """The place behind a page.

        Args:
            found: when each of its orders was modified, and the order's id.
            full: there may be more behind it.

        Raises:
            Rejected: nothing in a full page says where to go on.
        """
        newest = max([self.newest, *(modified for modified, _ in found)])
        if not full:
            return Place(newest)
        if not found:
            raise Rejected("the shop lists orders without id and date_modified_gmt")
        reached = found[-1][0]
        seen = self.seen if reached == self.reached else ()
        return Place(newest, reached, seen + tuple(id for at, id in found if at == reached))


def order_poller(shop: WooCommerce, settings: Shop, clock: Clock) -> Poller:
    """Fetches what was modified; each order is read as a webhook's body is."""

    async def fetch(cursor: str) -> Page:
        place = Place.of(cursor, clock.now_ms() // 1000)
        items = await shop.orders(place.asked(settings.overlap_seconds))
        dated = filter(None, map(_modified, items))
        after = place.after(list(dated), full=len(items) == BATCH)
        return Page(tuple(items), after.cursor, more=after.reached is not None)

    return Poller(
        f"{source(settings)}/orders",
        settings.poll_seconds,
        fetch,
        partial(order_events, settings=settings, clock=clock),
        bridge=source(settings),
        headers={":method": "GET", ":path": "/orders", TOPIC_HEADER: "order.updated"},
    )


def _modified(item: bytes) -> tuple[int, int] | None:
    """When an order was modified, and its id; None if it does not say (it is no order then)."""
    order = json.loads(item)
    try:
        fields = Fields(order)
        return fields.gmt("date_modified_gmt") // 1000, fields.integer("id")
    except (Rejected, TypeError):
        return None
