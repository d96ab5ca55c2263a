"""An authorization of less than the order: completed, or let go.

By the shop's rule the issuer is asked for the rest, once, on the same transaction. What is still
less than the order then, and what is captured already, goes back and counts as declined, so that
the customer can pay in another way. While the rest is asked for nothing is let go: nobody knows how
much it is.
"""

from streams.core.evolve import evolve
from streams.core.message import Message, message_id
from streams.core.money import show
from streams.flows.order.known import paid
from streams.flows.order.records import Surplus
from streams.flows.order.says import Said
from streams.flows.order.state import OrderState, Status
from streams.messages.heartland import Increment
from streams.messages.ops import Result


def settled(state: OrderState, said: Said) -> tuple[OrderState, list[Message]]:
    """Asks for the rest of what is authorized in part, or lets that go."""
    payment = state.payment
    if state.status is not Status.PLACED or payment.declined or is_asked(state):
        return state, []
    if not 0 < payment.authorized < state.total:
        return state, []
    completes = said.policy.shop(state.order.shop).partial_approval == "complete"
    if completes and payment.token and not payment.captured and not payment.unmet:
        return _rest_asked(state, said)
    return _let_go(state, said)


def is_asked(state: OrderState) -> bool:
    """Whether the rest of the payment is asked for, and not answered yet."""
    return state.payment.transaction_id in state.payment.rests


def answered(state: OrderState, message: Result) -> OrderState:
    """The state with the answer to an increment; one that is known already changes nothing.

    What a former attempt holds by now is left over, to be let go.
    """
    id = _answers(state, message)
    if id is None:
        return state
    payment, values = state.payment, message.values
    amount = max(payment.rests[id], message.minor_units or 0)
    rests = {other: part for other, part in payment.rests.items() if other != id}
    payment = evolve(payment, rests=rests)
    if id != payment.transaction_id:
        return evolve(state, payment=evolve(payment, surplus=Surplus(id, amount)))
    status = values.get("status", "")
    state = paid(evolve(state, payment=payment), id, status, amount, "", message.occurred_at)
    if state.payment.authorized >= state.total:
        return state
    why = message.reason or f"{values.get('message', '')} ({values.get('result', '')})"
    return evolve(state, payment=evolve(state.payment, unmet=why))


def _rest_asked(state: OrderState, said: Said) -> tuple[OrderState, list[Message]]:
    payment = state.payment
    ask = said.new(
        Increment,
        step=payment.transaction_id,
        transaction_id=payment.transaction_id,
        amount=state.total - payment.authorized,
        currency=state.order.currency,
        authorized=payment.authorized,
    )
    rests = {**payment.rests, payment.transaction_id: payment.authorized}
    return evolve(state, payment=evolve(payment, rests=rests)), [ask]


def _let_go(state: OrderState, said: Said) -> tuple[OrderState, list[Message]]:
    payment, currency = state.payment, state.order.currency
    part, whole = (show(amount, currency) for amount in (payment.authorized, state.total))
    gone = "given back" if payment.captured else "let go"
    declined = f"only {part} of {whole} was approved, and is {gone}"
    if payment.unmet:
        declined = f"{declined}; the rest was asked for: {payment.unmet}"
    out = list(said.money_back("approved in part only", step=payment.transaction_id))
    return evolve(state, payment=evolve(payment, declined=declined), let_go=True), out


def _answers(state: OrderState, message: Result) -> str | None:
    """The transaction whose awaited increment a result answers."""
    for id in state.payment.rests:
        if message.command_id == message_id(Increment.type, state.key, id):
            return id
    return None
