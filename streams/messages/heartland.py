"""Commands to Heartland (GP API). Amounts in minor units."""

from typing import ClassVar

from streams.core.message import Command


class Authorize(Command):
    """Ask for a payment with a stored token (POST /ucp/transactions).

    The command's id is GP API's `reference` and idempotency key. Answers `id`, `status`, `result`,
    `message`, `authcode`, `brand`, `last4`; a decline is an answer, not a failure.

    Attributes:
        token: `PMT_...`.
        capture_mode: LATER authorizes, AUTO takes the money at once.
    """

    type: ClassVar[str] = "heartland.authorize"
    schema_file: ClassVar[str] = "commands/heartland/authorize.v1.avsc"

    shop: str
    order_number: str
    amount: int
    currency: str
    token: str
    capture_mode: str
    country: str = ""
    payer_name: str = ""


class Capture(Command):
    """Take authorized money (POST /ucp/transactions/{id}/capture). Answers `id`, `status`."""

    type: ClassVar[str] = "heartland.capture"
    schema_file: ClassVar[str] = "commands/heartland/capture.v1.avsc"

    transaction_id: str
    amount: int
    currency: str


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
