"""The flow of payments that shops' checkouts take: each belongs to an order, which says so.

Heartland tells of such a payment before or after the shop tells of its order. What it tells goes on
to the order that claims the payment; one that nobody claims in time is a case with its money.
"""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from streams.core.evolve import evolve
from streams.core.flow import Decision, Flow
from streams.core.message import Message, following, message_id
from streams.flows.policy import Policy
from streams.messages.ops import Exceptional
from streams.messages.payment import PaymentClaimed, PaymentNotified, PaymentTaken, Transaction
from streams.topics import CHECKOUTS

SOURCE = "flow/checkout"
HOLDS_MONEY = ("PREAUTHORIZED", "CAPTURED", "FUNDED")


class CheckoutState(BaseModel):
    """What is known of one payment.

    Attributes:
        order_key: the order that claims it.
        told: what Heartland told of it that no order has heard, in the order it came.
        due: when it is a case that no order claims it, ms UTC.
    """

    model_config = ConfigDict(frozen=True)

    order_key: str = ""
    told: tuple[PaymentTaken, ...] = ()
    due: int | None = None


def checkout_flow(policy: Policy) -> Flow[CheckoutState]:
    """The flow of checkouts' payments. Key: the transaction, `TRN_...`."""

    def decide(state: CheckoutState | None, message: Message) -> Decision[CheckoutState]:
        known = state or CheckoutState()
        if isinstance(message, PaymentTaken):
            due = known.due or message.received_at + policy.unclaimed_ms
            known = evolve(known, told=(*known.told, message), due=due)
        elif isinstance(message, PaymentClaimed):
            known = evolve(known, order_key=message.order_key)
        elif known.due and message.received_at >= known.due:
            return Decision(evolve(known, due=None), tuple(_unclaimed(known, message)))
        if not known.order_key:
            return Decision(known, wake_at=known.due)
        out = tuple(_notified(each, known.order_key, message) for each in known.told)
        return Decision(evolve(known, told=(), due=None), out)

    return Flow("checkout", (CHECKOUTS,), CheckoutState, decide)


def _notified(taken: PaymentTaken, order_key: str, cause: Message) -> PaymentNotified:
    """What Heartland told, with the times at which it did."""
    told = taken.model_dump(include=set(Transaction.model_fields) - {"causation_id"})
    envelope = {"key": order_key, "source": SOURCE, "correlation_id": order_key}
    id = message_id(PaymentNotified.type, taken.id, order_key)
    return PaymentNotified(**{**told, **envelope, "id": id}, causation_id=cause.id)


def _unclaimed(state: CheckoutState, cause: Message) -> Iterator[Message]:
    last = max(state.told, key=lambda each: each.occurred_at)
    if last.status not in HOLDS_MONEY:
        return
    names = last.order_reference or last.reference or "nothing"
    yield following(
        Exceptional,
        cause,
        SOURCE,
        message_id(Exceptional.type, "payment without order", cause.key),
        cause.key,
        kind="payment without order",
        reason=f"{cause.key} is {last.status} and names {names}, but no order of a shop names it:"
        " find the order, or give the money back",
        minor_units=last.amount,
        currency=last.currency,
    )
