"""A shop's refunds: what its webhooks tell of them, and which goods they are of.

A webhook names a refund's id, reason and total; its lines are under `/orders/{id}/refunds/{id}`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.woocommerce.fields import Fields
from connectors.woocommerce.orders import ShopOrders, order_id_of, shop_of
from streams.core.connector import Outcome
from streams.core.message import message_id
from streams.core.money import to_minor
from streams.messages.order import OrderRefunded
from streams.messages.shop import ReadRefund

ITEM = "_refunded_item_id"
"""Key of the meta entry that names the order's line that a refund's line is of."""


def refunds(
    body: Mapping[str, Any], *, shop: str, currency: str, received_at: int
) -> Iterator[OrderRefunded]:
    """The refunds that an order of REST v3 names.

    Raises:
        Rejected: a field is missing or of no use, named.
    """
    order = Fields(body)
    order_id = str(order.integer("id"))
    key = f"{shop}-{order_id}"
    for refund in order.each("refunds"):
        refund_id = str(refund.integer("id"))
        yield OrderRefunded(
            id=message_id(OrderRefunded.type, key, refund_id),
            key=key,
            occurred_at=order.gmt("date_modified_gmt"),
            received_at=received_at,
            source=f"shop/{shop}",
            correlation_id=key,
            shop=shop,
            order_id=order_id,
            refund_id=refund_id,
            amount=-to_minor(refund.money("total"), currency),
            currency=currency,
            reason=refund.optional("reason"),
        )


@dataclass(frozen=True)
class Refunds:
    """The executor of `shop.read_refund`.

    Attributes:
        shops: the shops' orders by code.
    """

    shops: Mapping[str, ShopOrders]

    async def read(self, command: ReadRefund, *, unknown: bool) -> Outcome:
        """Answers the goods of a refund, as JSON; to ask again changes nothing.

        Raises:
            Rejected: the shop has no such order or refund, or it is not as it must be.
            Transient, Misconfigured: as the client says.
        """
        shop = shop_of(self.shops, command.shop).shop
        found = Fields(await shop.refund(order_id_of(command.order_id), command.refund_id))
        lines = [_line(line, command.currency) for line in found.each("line_items")]
        return Outcome({"lines": json.dumps([line for line in lines if line["quantity"]])})


def _line(line: Fields, currency: str) -> dict[str, str | int]:
    """A refund's quantities and amounts are below zero."""
    given = line.money("total") + line.money("total_tax")
    return {
        "line_id": line.meta(ITEM),
        "item": line.text("sku"),
        "quantity": -line.integer("quantity"),
        "amount": to_minor(-given if given else Decimal(0), currency),
    }
