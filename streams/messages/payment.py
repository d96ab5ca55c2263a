"""Events of payments at Heartland. Keys: the order, or the transaction."""

from typing import ClassVar

from streams.core.message import Message


class Transaction(Message):
    """What GP API says of a transaction.

    Attributes:
        transaction_id: `TRN_...`.
        status: GP API's status: PREAUTHORIZED, CAPTURED, DECLINED, REVERSED, ...
        amount: minor units; 0 where GP API leaves it empty (a decline).
        currency: ISO 4217; empty where GP API leaves it empty.
        reference: the merchant's reference, which is the id of the command that led to it.
        result: the issuer's result code, "00" approved; `message` says it in plain words.
        brand: the card's brand; `last4` its last four digits; `authcode` the issuer's approval.
    """

    transaction_id: str
    status: str
    amount: int
    currency: str
    reference: str = ""
    result: str = ""
    message: str = ""
    brand: str = ""
    last4: str = ""
    authcode: str = ""


class PaymentNotified(Transaction):
    """GP API told of a transaction's state, notified or polled. Key: the order."""

    type: ClassVar[str] = "payment.notified"
    schema_file: ClassVar[str] = "events/payment/notified.v1.avsc"


class PaymentTaken(Transaction):
    """A payment at Heartland that Tandem did not ask for: a shop's checkout did. Key: `TRN_...`.

    Attributes:
        order_reference: GP API's `order.reference`, as the checkout's plugin fills it.
    """

    type: ClassVar[str] = "payment.taken"
    schema_file: ClassVar[str] = "events/payment/taken.v1.avsc"

    order_reference: str = ""


class PaymentClaimed(Message):
    """An order says that a payment is its own. Key: `TRN_...`."""

    type: ClassVar[str] = "payment.claimed"
    schema_file: ClassVar[str] = "events/payment/claimed.v1.avsc"

    transaction_id: str
    order_key: str
