"""Events of the shop's orders. Key: the order, `{shop}-{order_id}`."""

from typing import ClassVar

from streams.core.message import Message
from streams.messages.parts import Address, Charge, Line

OF_CONTENT = 16
"""How many digits of the id of an `order.placed` are of its content; the others of how often."""


class OrderPlaced(Message):
    """A customer placed an order in a shop, or changed it, or pays for it anew.

    Told again, the same order has the same id; with another content it has another, and also with
    an earlier one after that.

    Attributes:
        shop: the shop's code.
        order_id: the shop's own id of the order; `order_number` is what people see.
        customer_id: the shop's id of the customer; empty for a guest.
        total: minor units of `currency`, VAT included: the sum of lines and charges.
        payment_token: GP API's `PMT_` token to authorize with; empty if there is nothing to pay.
        transaction_id: GP API's `TRN_` of a payment that the shop's checkout made itself, if any.
        modified_at: when the shop changed it last, ms UTC; of two contents the newer holds.
        ship_to: the delivery address; the same as `bill_to` if the shop gave none.
    """

    type: ClassVar[str] = "order.placed"
    schema_file: ClassVar[str] = "events/order/placed.v2.avsc"

    shop: str
    order_id: str
    order_number: str
    customer_id: str = ""
    currency: str
    total: int
    lines: tuple[Line, ...]
    charges: tuple[Charge, ...] = ()
    bill_to: Address
    ship_to: Address
    payment_method: str = ""
    payment_token: str = ""
    transaction_id: str = ""
    customer_note: str = ""
    modified_at: int = 0

    @property
    def content(self) -> str:
        """What tells the contents of one order apart."""
        return self.id[:OF_CONTENT]


class OrderRefunded(Message):
    """The shop has given money back on its books; Heartland and M3 are still to.

    Attributes:
        refund_id: the shop's id of the refund.
        amount: minor units of `currency`, above zero.
    """

    type: ClassVar[str] = "order.refunded"
    schema_file: ClassVar[str] = "events/order/refunded.v1.avsc"

    shop: str
    order_id: str
    refund_id: str
    amount: int
    currency: str
    reason: str = ""


class OrderCancelled(Message):
    """The customer or the shop does not want an order any more; `occurred_at` is since when."""

    type: ClassVar[str] = "order.cancelled"
    schema_file: ClassVar[str] = "events/order/cancelled.v1.avsc"

    shop: str
    order_id: str
