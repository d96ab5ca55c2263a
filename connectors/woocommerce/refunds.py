"""A shop's refunds: what its webhooks tell of them, which goods they are of, and booking one.

A webhook names a refund's id, reason and total; its lines are under `/orders/{id}/refunds/{id}`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.mapping.mapping import Mapping as Recipe
from connectors.woocommerce.client import WooCommerce
from connectors.woocommerce.fields import Fields
from connectors.woocommerce.orders import ShopOrders, id_of, shop_of
from connectors.woocommerce.placed import charges_of, check_currency, gross
from streams.core.connector import Outcome
from streams.core.errors import Rejected
from streams.core.message import message_id
from streams.core.money import show, to_minor
from streams.messages.order import OrderRefunded
from streams.messages.parts import Charge
from streams.messages.shop import CreateRefund, ReadRefund

ITEM = "_refunded_item_id"
"""Key of the meta entry that names the order's line that a refund's line is of."""

TOO_MUCH = "woocommerce_rest_cannot_create_order_refund"
NO_ORDER = "woocommerce_rest_invalid_order_id"


def refunds(
    body: Mapping[str, Any], *, shop: str, currency: str, received_at: int
) -> Iterator[OrderRefunded]:
    """The refunds that an order of REST v3 names; one of nothing (free goods) is left out.

    Raises:
        Rejected: a field is missing or of no use, named; or a refund takes money.
    """
    order = Fields(body)
    order_id = str(order.integer("id"))
    key = f"{shop}-{order_id}"
    for refund in order.each("refunds"):
        check_currency(order, currency)
        total = to_minor(refund.money("total"), currency)
        if total > 0:
            raise refund.bad("total", "must not be above zero: it is what was given back")
        if total == 0:
            continue
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
            amount=-total,
            currency=currency,
            reason=refund.optional("reason"),
        )


@dataclass(frozen=True)
class Refunds:
    """The executors of `shop.read_refund` and `shop.create_refund`.

    Attributes:
        shops: the shops' orders by code.
        recipe: makes a refund's body of a command.
    """

    shops: Mapping[str, ShopOrders]
    recipe: Recipe

    async def read(self, command: ReadRefund, *, unknown: bool) -> Outcome:
        """Answers the goods and charges of a refund, as JSON; to ask again changes nothing.

        Raises:
            Rejected: the shop has no such order or refund, or it is not as it must be.
            Transient, Misconfigured: as the client says.
        """
        shop = shop_of(self.shops, command.shop).shop
        order, refund = id_of(command.order_id, "order_id"), id_of(command.refund_id, "refund_id")
        found = Fields(await shop.refund(order, refund))
        lines = [_line(line, command.currency) for line in found.each("line_items")]
        given = list(charges_of(found, command.currency))
        named = Fields(await shop.order(order)) if given else None
        ordered = charges_of(named, command.currency) if named else ()
        return Outcome(
            {
                "lines": json.dumps([line for line in lines if line["quantity"]]),
                "charges": json.dumps(list(_charges(given, ordered))),
                "refunded_payment": "true" if found.record.get("refunded_payment") else "false",
            }
        )

    async def create(self, command: CreateRefund, *, unknown: bool) -> Outcome:
        """Books a refund of an amount; answers `refund_id`.

        WooCommerce has no idempotency key, so a doubt is settled by the order's refund of this
        reason. No goods are named: the shop restocks none.

        Raises:
            Rejected: the shop has no such order, or less is left to refund.
            Transient, Unknown, Misconfigured: as the client says.
        """
        shop = shop_of(self.shops, command.shop).shop
        order, body = id_of(command.order_id, "order_id"), self.recipe(command.model_dump())
        found = await _known(shop, order, command.reason) if unknown else None
        if found is None:
            try:
                found = await shop.add_refund(order, body)
            except Rejected as why:
                raise _plain(why, command) from why
        return Outcome({"refund_id": str(found["id"])}, command.amount, command.currency)


async def _known(shop: WooCommerce, order: int, reason: str) -> Mapping[str, Any] | None:
    refunds = await shop.refunds(order)
    return next((each for each in refunds if each.get("reason") == reason), None)


def _plain(why: Rejected, command: CreateRefund) -> Rejected:
    """The refusal with its field, which the shop does not name."""
    if why.code == TOO_MUCH:
        amount = show(command.amount, command.currency)
        reason = f"the shop has less than {amount} of the order left to refund: {why.reason}"
        return Rejected(reason, "amount", why.code)
    return Rejected(why.reason, "order_id", why.code) if why.code == NO_ORDER else why


def _charges(
    given: Iterable[tuple[Fields, Charge]], ordered: Iterable[tuple[Fields, Charge]]
) -> Iterator[dict[str, Any]]:
    """What is given back of freight and fees, by the codes of the order's own lines.

    A refund's line has the amount, below zero, and not the meta entry that may name the code.
    """
    by_id = {str(line.integer("id")): charge for line, charge in ordered}
    for line, back in given:
        charge = by_id.get(line.meta(ITEM), back)
        if back.amount < 0:
            yield charge.model_copy(update={"amount": -back.amount}).model_dump()


def _line(line: Fields, currency: str) -> dict[str, str | int]:
    """A refund's quantities and amounts are below zero."""
    return {
        "line_id": line.meta(ITEM),
        "item": line.text("sku"),
        "quantity": -line.integer("quantity"),
        "amount": -gross(line, "total", currency),
    }
