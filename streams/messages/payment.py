"""Events of payments at Heartland. Keys: the order, or the transaction."""

from typing import ClassVar

from streams.core.message import Message


class PaymentNotified(Message):
    """GP API told of a transaction's state, by its signed notification or by a poll.

    Attributes:
        transaction_id: `TRN_...`.
        status: GP API's status: PREAUTHORIZED, CAPTURED, DECLINED, REVERSED, ...
        amount: minor units; 0 where GP API leaves it empty (a decline).
        currency: ISO 4217; empty where GP API leaves it empty.
        reference: the merchant's reference, which is the id of the command that led to it.
        result: the issuer's result code, "00" approved; `message` says it in plain words.
        brand: the card's brand; `last4` its last four digits; `authcode` the issuer's approval.
    """

    type: ClassVar[str] = "payment.notified"
    schema_file: ClassVar[str] = "events/payment/notified.v1.avsc"

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


class PaymentTaken(Message):
    """A payment at Heartland that Tandem did not ask for: a shop's checkout did. Key: `TRN_...`.

    Attributes:
        reference, order_reference: as the checkout's plugin fills them; the rest is as in
            `payment.notified`.
    """

    type: ClassVar[str] = "payment.taken"
    schema_file: ClassVar[str] = "events/payment/taken.v1.avsc"

    transaction_id: str
    status: str
    amount: int
    currency: str
    reference: str = ""
    order_reference: str = ""
    result: str = ""
    message: str = ""
    brand: str = ""
    last4: str = ""
    authcode: str = ""


class PaymentClaimed(Message):
    """An order says that a payment is its own. Key: `TRN_...`."""

    type: ClassVar[str] = "payment.claimed"
    schema_file: ClassVar[str] = "events/payment/claimed.v1.avsc"

    transaction_id: str
    order_key: str
