"""Telling the shop what became of an order: its status, what belongs to it, and a note, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.mapping.mapping import Mapping as Recipe
from connectors.woocommerce.client import BATCH, Record, WooCommerce
from connectors.woocommerce.company import Company
from connectors.woocommerce.errors import refusal
from streams.core.connector import Outcome
from streams.core.errors import Rejected
from streams.messages.shop import UpdateOrder


class ShopOrders:
    """One shop's orders: changes that come together are one call.

    Args:
        shop: the shop's client.
        patience: seconds that a change waits for others at the most.
    """

    def __init__(self, shop: WooCommerce, patience: float) -> None:
        self.shop = shop
        self._changes: Company[Record, Record] = Company(
            self._change, most=BATCH, patience=patience
        )

    async def change(self, order: int, body: Record) -> None:
        """Changes what the body names, in company.

        Raises:
            Rejected: the shop has no such order, or refuses a field.
            Transient, Unknown, Misconfigured: as the client says.
        """
        with self._changes.member():
            answer = await self._changes.travel({**body, "id": order})
        if "error" in answer:
            raise refusal(answer["error"], f"the shop refuses to change order {order}")

    async def _change(self, changes: Sequence[Record]) -> list[Record]:
        if len(changes) > 1:
            return await self.shop.change_orders(changes)
        (change,) = changes
        body = {name: value for name, value in change.items() if name != "id"}
        return [await self.shop.change_order(change["id"], body)]


@dataclass(frozen=True)
class Orders:
    """The executor of `shop.update_order`.

    WooCommerce has no idempotency key. A change of status or meta repeated changes nothing; a note
    carries a mark of its command, by which a doubt is settled.

    Args:
        shops: the shops by code.
        mappings: the connector's mapping files by name.
    """

    shops: Mapping[str, ShopOrders]
    mappings: Mapping[str, Recipe]

    async def update(self, command: UpdateOrder, *, unknown: bool) -> Outcome:
        """Changes the order, then adds the note; answers nothing.

        Tracking and status go in one request: the shop sets the status last, so that its mail to
        the customer shows the parcel.

        Raises:
            Rejected: the shop or the order is not known, or the shop refuses a field.
            Transient, Unknown, Misconfigured: as the client says.
        """
        orders, order = shop_of(self.shops, command.shop), order_id_of(command.order_id)
        shop, record = orders.shop, command.model_dump()
        change = self.mappings["order_update"](record)
        if change:
            await orders.change(order, change)
        for note in self.mappings["order_note"].many(record):
            mark = mark_of(command.id)
            if unknown and any(mark in each.get("note", "") for each in await shop.notes(order)):
                continue
            await shop.add_note(order, {**note, "note": note["note"] + mark})
        return Outcome()


def mark_of(command_id: str) -> str:
    """What ends a note's text, so that it is found again: ` [tandem 1a2b3c4d]`."""
    return f" [tandem {command_id[:8]}]"


def shop_of(shops: Mapping[str, ShopOrders], code: str) -> ShopOrders:
    """The shop of a code.

    Raises:
        Rejected: it is not one of ours.
    """
    if code not in shops:
        raise Rejected(f"no shop {code!r} is set up, only {', '.join(sorted(shops))}", "shop")
    return shops[code]


def order_id_of(text: str) -> int:
    """An order's id as WooCommerce has it.

    Raises:
        Rejected: the text is none.
    """
    if not (text.isascii() and text.isdigit()):
        raise Rejected(f"{text!r} is no order id of WooCommerce's", "order_id")
    return int(text)
