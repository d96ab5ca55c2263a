"""Commands to a shop."""

from typing import ClassVar

from streams.core.message import Command


class UpdateOrder(Command):
    """Tell the shop what became of an order: a status, a note, what belongs to them. Once.

    Empty fields are left alone.

    Attributes:
        status: WooCommerce's: processing, completed, failed, on-hold.
        seen: the contents of the order that are known, newest first, parted by blanks; the bridge
            does not tell the first again.
        attempt: how many payments were declined; an order that comes back after it is another.
        note: the order note's text; `customer_note` mails it to the customer.
    """

    type: ClassVar[str] = "shop.update_order"
    schema_file: ClassVar[str] = "commands/shop/update_order.v2.avsc"

    shop: str
    order_id: str
    status: str = ""
    note: str = ""
    customer_note: bool = False
    transaction_id: str = ""
    m3_order: str = ""
    m3_invoice: str = ""
    carrier: str = ""
    tracking: str = ""
    seen: str = ""
    attempt: str = ""


class UpdateStock(Command):
    """Set what the shop may sell of an item. Key: `{item}@{warehouse}`; the newest wins.

    Nobody waits for its result: the figure is absolute, and the next one replaces it.
    """

    answered: ClassVar[bool] = False

    type: ClassVar[str] = "shop.update_stock"
    schema_file: ClassVar[str] = "commands/shop/update_stock.v1.avsc"

    shop: str
    item: str
    quantity: int


class ReadRefund(Command):
    """Ask the shop what a refund is of.

    Answers `lines`, JSON: `[{"line_id", "item", "quantity", "amount"}]`, amounts in minor units;
    `charges`, JSON: `[{"kind", "code", "name", "amount"}]`, freight and fees by the order's codes;
    and `refunded_payment`: `true` if the shop's own payment plugin has moved the money already.
    """

    type: ClassVar[str] = "shop.read_refund"
    schema_file: ClassVar[str] = "commands/shop/read_refund.v1.avsc"

    shop: str
    order_id: str
    refund_id: str
    currency: str


class CreateRefund(Command):
    """Book a refund in the shop whose money goes back elsewhere (POST /orders/{id}/refunds).

    `api_refund` is false: the shop's plugin moves no money. Answers `refund_id`.

    Attributes:
        reason: what the refund is known by, once an order: a doubt is settled by it.
    """

    type: ClassVar[str] = "shop.create_refund"
    schema_file: ClassVar[str] = "commands/shop/create_refund.v1.avsc"

    shop: str
    order_id: str
    amount: int
    currency: str
    reason: str
