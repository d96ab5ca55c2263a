"""Commands to Heartland (GP API). Amounts in minor units."""

from typing import ClassVar

from streams.core.message import Command


class Authorize(Command):
    """Ask for a payment with a stored token (POST /ucp/transactions).

    The command's id is GP API's `reference` and idempotency key. Answers `id`, `status`, `result`,
    `message`, `authcode`, `brand`, `last4`; a decline is an answer, not a failure.

    Attributes:
        token: `PMT_...`.
        capture_mode: LATER authorizes, MULTIPLE does so for several captures, AUTO takes the money
            at once.
        partial: the issuer may approve a part (`authorization_mode` PARTIAL).
    """

    type: ClassVar[str] = "heartland.authorize"
    schema_file: ClassVar[str] = "commands/heartland/authorize.v2.avsc"

    shop: str
    order_number: str
    amount: int
    currency: str
    token: str
    capture_mode: str
    country: str = ""
    payer_name: str = ""
    partial: bool = False


class Increment(Command):
    """Ask for the rest of what was authorized in part (POST /ucp/transactions/{id}/incremental).

    Answers `id`, `status`, `result`, `message` and what is authorized in all by now, minor units; a
    decline is an answer, not a failure.

    Attributes:
        amount: the rest, minor units.
        authorized: what of the transaction was authorized before this, minor units.
    """

    type: ClassVar[str] = "heartland.increment"
    schema_file: ClassVar[str] = "commands/heartland/increment.v1.avsc"

    transaction_id: str
    amount: int
    currency: str
    authorized: int


class CheckPayment(Command):
    """Look whether a checkout's payment is the order's (GET /ucp/transactions/{id}).

    Answers as `heartland.authorize` does, with what is authorized or captured. Refused if the
    payment is of another amount or currency, names another order, or holds no money.

    Attributes:
        transaction_id: `TRN_...`, as the shop's order names it.
        order_number: what the plugin gives GP API as `order.reference`, or `order_id`.
    """

    type: ClassVar[str] = "heartland.check_payment"
    schema_file: ClassVar[str] = "commands/heartland/check_payment.v1.avsc"

    shop: str
    order_id: str
    order_number: str
    transaction_id: str
    amount: int
    currency: str


class Capture(Command):
    """Take authorized money, or a part (POST /ucp/transactions/{id}/capture).

    Answers `id`, `status` and what is captured in all by now, minor units.

    Attributes:
        captured: what of the transaction was captured before this, minor units.
        sequence: of a MULTIPLE one: FIRST, SUBSEQUENT or LAST, which lets the rest go; else empty.
    """

    type: ClassVar[str] = "heartland.capture"
    schema_file: ClassVar[str] = "commands/heartland/capture.v2.avsc"

    transaction_id: str
    amount: int
    currency: str
    captured: int = 0
    sequence: str = ""


class Reverse(Command):
    """Let authorized money go (POST /ucp/transactions/{id}/reversal). Answers `id`, `status`."""

    type: ClassVar[str] = "heartland.reverse"
    schema_file: ClassVar[str] = "commands/heartland/reverse.v1.avsc"

    transaction_id: str
    amount: int
    currency: str
    reason: str


class Refund(Command):
    """Give captured money back: by reversal while its batch is open, else by refund.

    Only the whole of a transaction is reversed. Answers `id` and `status` of what gave it back.

    Attributes:
        captured: what of the transaction is captured and not given back before this, minor units.
    """

    type: ClassVar[str] = "heartland.refund"
    schema_file: ClassVar[str] = "commands/heartland/refund.v1.avsc"

    transaction_id: str
    amount: int
    currency: str
    captured: int
    reason: str = ""
