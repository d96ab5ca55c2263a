"""Events of payments at Heartland. Key: the order."""

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
