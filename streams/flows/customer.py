"""The customer's flow: a known customer is answered at once, an unknown one is asked for once."""

from pydantic import BaseModel, ConfigDict

from streams.core.evolve import evolve
from streams.core.flow import Decision, Flow
from streams.core.message import Message, following, message_id
from streams.flows.policy import Policy
from streams.messages.customer import (
    CustomerAcknowledged,
    CustomerKnown,
    CustomerNeeded,
    CustomerSynced,
)
from streams.messages.m3 import EnsureCustomer
from streams.messages.ops import Result
from streams.topics import CUSTOMER_RESULTS, CUSTOMERS

SOURCE = "flow/customer"


class CustomerState(BaseModel):
    """What is known of one customer.

    Attributes:
        customer_number: M3's CUNO, once known.
        asked: M3 has been asked.
        refused: why M3 does not take it, until that is repaired.
        waiting: orders that wait for the number.
    """

    model_config = ConfigDict(frozen=True)

    customer_number: str = ""
    name: str = ""
    asked: bool = False
    refused: str = ""
    waiting: tuple[str, ...] = ()


def customer_flow(policy: Policy) -> Flow[CustomerState]:
    """The flow of customers. Key: the shop's customer, `{shop}-{customer_id}`."""

    def decide(state: CustomerState | None, message: Message) -> Decision[CustomerState]:
        known = state or CustomerState()
        if isinstance(message, CustomerNeeded):
            return _needed(known, message)
        if isinstance(message, Result):
            return _answered(known, message)
        if isinstance(message, CustomerSynced):
            update = {"customer_number": message.customer_number, "name": message.name}
            return Decision(known.model_copy(update=update))
        if isinstance(message, CustomerAcknowledged):
            return _acknowledged(known, message)
        return Decision(known)

    return Flow("customer", (CUSTOMERS, CUSTOMER_RESULTS), CustomerState, decide)


def _needed(state: CustomerState, message: CustomerNeeded) -> Decision[CustomerState]:
    if state.customer_number:
        return Decision(state, (_known(message.order_key, state.customer_number, "", message),))
    waiting = (*state.waiting, message.order_key)
    after = state.model_copy(update={"waiting": waiting, "asked": True})
    if state.refused:
        return Decision(after, (_known(message.order_key, "", state.refused, message),))
    if state.asked:
        return Decision(after)
    ask = following(
        EnsureCustomer,
        message,
        SOURCE,
        message_id(EnsureCustomer.type, message.key),
        message.key,
        message.order_key,
        shop=message.shop,
        customer_id=message.customer_id,
        currency=message.currency,
        address=message.address,
    )
    return Decision(after, (ask,))


def _acknowledged(state: CustomerState, message: CustomerAcknowledged) -> Decision[CustomerState]:
    """M3's answer to a customer that was created by BOD: a refused one must be asked for anew."""
    if not message.reason:
        return Decision(evolve(state, customer_number=message.customer_number))
    reason = f"M3 refused the customer: {message.reason}"
    answers = tuple(_known(order, "", reason, message) for order in state.waiting)
    return Decision(evolve(state, customer_number="", asked=False), answers)


def _answered(state: CustomerState, message: Result) -> Decision[CustomerState]:
    number = message.values.get("CUNO", "")
    reason = "" if number else f"M3 refused the customer: {message.reason}"
    answers = tuple(_known(order, number, reason, message) for order in state.waiting)
    waiting = () if number else state.waiting
    update = {"customer_number": number, "refused": reason, "waiting": waiting}
    return Decision(state.model_copy(update=update), answers)


def _known(order_key: str, number: str, reason: str, cause: Message) -> CustomerKnown:
    id = message_id(CustomerKnown.type, order_key, number, reason)
    said = {"customer_number": number, "reason": reason}
    return following(CustomerKnown, cause, SOURCE, id, order_key, **said)
