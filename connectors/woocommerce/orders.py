"""Telling the shop what became of an order: its status, what belongs to it, and a note, once."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.mapping.mapping import Mapping as Recipe
from connectors.woocommerce.client import WooCommerce
from streams.core.connector import Outcome
from streams.core.errors import Rejected
from streams.messages.shop import UpdateOrder


@dataclass(frozen=True)
class Orders:
    """The executor of `shop.update_order`.

    WooCommerce has no idempotency key. A change of status or meta repeated changes nothing; a note
    carries a mark of its command, by which a doubt is settled.

    Args:
        shops: the shops by code.
        mappings: the connector's mapping files by name.
    """

    shops: Mapping[str, WooCommerce]
    mappings: Mapping[str, Recipe]

    async def update(self, command: UpdateOrder, *, unknown: bool) -> Outcome:
        """Changes the order, then adds the note; answers nothing.

        Tracking and status go in one request: the shop sets the status last, so that its mail to
        the customer shows the parcel.

        Raises:
            Rejected: the shop or the order is not known, or the shop refuses a field.
            Transient, Unknown, Misconfigured: as the client says.
        """
        shop, order = shop_of(self.shops, command.shop), _order_id(command)
        record = command.model_dump()
        change = self.mappings["order_update"](record)
        if change:
            await shop.change_order(order, change)
        for note in self.mappings["order_note"].many(record):
            mark = mark_of(command.id)
            if unknown and any(mark in each.get("note", "") for each in await shop.notes(order)):
                continue
            await shop.add_note(order, {**note, "note": note["note"] + mark})
        return Outcome()


def mark_of(command_id: str) -> str:
    """What ends a note's text, so that it is found again: ` [tandem 1a2b3c4d]`."""
    return f" [tandem {command_id[:8]}]"


def shop_of(shops: Mapping[str, WooCommerce], code: str) -> WooCommerce:
    """The shop of a code.

    Raises:
        Rejected: it is not one of ours.
    """
    if code not in shops:
        raise Rejected(f"no shop {code!r} is set up, only {', '.join(sorted(shops))}", "shop")
    return shops[code]


def _order_id(command: UpdateOrder) -> str:
    if not (command.order_id.isascii() and command.order_id.isdigit()):
        raise Rejected(f"{command.order_id!r} is no order id of WooCommerce's", "order_id")
    return command.order_id
