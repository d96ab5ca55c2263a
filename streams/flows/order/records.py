"""What the systems said of an order: its lines, payments, deliveries, invoices and refunds."""

from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from streams.messages.parts import Charge, Line


class Ordered(NamedTuple):
    """A line as it was ordered; `line_id` is the shop's, `amount` in minor units."""

    line_id: str
    item: str
    quantity: int
    amount: int


class Left(NamedTuple):
    """A line of a delivery; `order_line` is M3's PONR, empty if it was not told."""

    item: str
    quantity: int
    order_line: str


class Short(NamedTuple):
    """A line of which M3 delivers no more than so many `pieces` in all."""

    item: str
    order_line: str
    pieces: int


class Surplus(NamedTuple):
    """A transaction that is left over, and what it holds."""

    transaction_id: str
    amount: int


class Payment(BaseModel):
    """What Heartland said of one attempt to pay; amounts in minor units, never going down.

    Attributes:
        attempt: how many were declined before; `past` their transactions, and renewed ones.
        sought: it has been asked for; `multiple` whether for several captures.
        checked: the payment that the checkout took is the order's; what is said of it counts.
        token: to renew the authorization with, until the money is captured.
        authorized_at: when, ms UTC; `captured_at` likewise.
        asked: what captures were asked for in all.
        lapses: the rest could not be let go; the bank does in time.
        returned: what was given back of an order that came to nothing.
        rests: increments that are not answered yet: by transaction, also of a former attempt, what
            was authorized of it before.
        unmet: why the issuer did not approve the rest.
        renewals: how often a renewal was asked for, `renewal_asked_at` when, ms UTC; `renewing` it
            is, or cannot be.
        surplus: what is left over, to be let go.
        expires: why the authorization could not be renewed.
    """

    model_config = ConfigDict(frozen=True)

    attempt: int = 0
    past: tuple[str, ...] = ()
    sought: bool = False
    multiple: bool = False
    checked: bool = False
    token: str = ""
    transaction_id: str = ""
    authorized: int = 0
    authorized_at: int = 0
    asked: int = 0
    captured: int = 0
    captured_at: int = 0
    reversed: bool = False
    declined: str = ""
    lapses: bool = False
    returned: int = 0
    rests: dict[str, int] = {}
    unmet: str = ""
    renewals: int = 0
    renewal_asked_at: int = 0
    renewing: bool = False
    surplus: Surplus | None = None
    expires: str = ""


class Delivery(BaseModel):
    """What M3 said of a delivery.

    Attributes:
        lines: what left; nothing if M3 did not tell, then it is all that was to come.
        told: the shop has heard of it, and its pieces are claimed no longer.
    """

    model_config = ConfigDict(frozen=True)

    carrier: str
    tracking: str
    lines: tuple[Left, ...] = ()
    told: bool = False


class Invoice(BaseModel):
    """What M3 said of an invoice or a credit note; `amount` gross, minor units, above zero.

    Attributes:
        return_number: of a credit note: M3's REPN; `reference` its YREF.
        settling: the payment of it has been reported to M3; `settled` M3 has taken it.
    """

    model_config = ConfigDict(frozen=True)

    number: str
    year: int
    customer_number: str
    amount: int
    currency: str
    return_number: str = ""
    reference: str = ""
    settling: bool = False
    settled: bool = False


RefundStep = Literal["read", "cancel", "money", "return", "settle", "closed", "late"]


class Edit(BaseModel):
    """The order as its shop has it after an edit, for M3 to take over.

    Attributes:
        id: of the `order.placed` that told it; `total` minor units.
        asked: M3 was asked for it; `refused` why it did not.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    lines: tuple[Line, ...]
    charges: tuple[Charge, ...]
    total: int
    asked: bool = False
    refused: str = ""


class RefundLine(BaseModel):
    """Goods that come back; `amount` is what is given back for them, minor units."""

    model_config = ConfigDict(frozen=True)

    line_id: str
    item: str
    quantity: int
    amount: int


class Refund(BaseModel):
    """Money and goods on their way back.

    Attributes:
        id: the shop's.
        amount: minor units; `asked` what Heartland was asked to give back of it, `given` what it
            has, and when.
        at: when Tandem learnt of it, ms UTC.
        in_m3: it began in M3, and the shop is to book it.
        lines: the goods, None until the shop has told them; `charges` freight and fees.
        cancelled: M3's numbers of lines that it took out for it; None until that is known.
        never: goods of it that M3 never delivers; None until it is decided what goes back.
        booked: the shop's id of what it booked, of a refund that began in M3.
        transaction_id: Heartland's, of what gave the money back.
        returning: M3 was asked to take the goods back; `return_number` its REPN.
        steps: what has been done.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    amount: int
    at: int
    in_m3: bool = False
    lines: tuple[RefundLine, ...] | None = None
    charges: tuple[Charge, ...] = ()
    cancelled: tuple[str, ...] | None = None
    never: tuple[RefundLine, ...] | None = None
    booked: str = ""
    asked: int = 0
    given: int = 0
    given_at: int = 0
    transaction_id: str = ""
    returning: bool = False
    return_number: str = ""
    steps: tuple[RefundStep, ...] = ()
