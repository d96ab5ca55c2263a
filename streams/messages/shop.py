"""Commands to a shop."""

from typing import ClassVar

from streams.core.message import Command


class UpdateOrder(Command):
    """Tell the shop what became of an order: a status, a note, what belongs to them. Once.

    Empty fields are left alone.

    Attributes:
        status: WooCommerce's: processing, completed, failed, on-hold.
        note: the order note's text; `customer_note` mails it to the customer.
    """

    type: ClassVar[str] = "shop.update_order"
    schema_file: ClassVar[str] = "commands/shop/update_order.v1.avsc"

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
    """Ask the shop which goods a refund is of.

    Answers `lines`, JSON: `[{"line_id", "item", "quantity", "amount"}]`, amounts in minor units.
    """

    type: ClassVar[str] = "shop.read_refund"
    schema_file: ClassVar[str] = "commands/shop/read_refund.v1.avsc"

    shop: str
    order_id: str
    refund_id: str
    currency: str
