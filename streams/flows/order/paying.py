"""Asking for an order's money: authorize or check the checkout's payment, and keep it good.

An order is paid by Tandem with a token, or by its shop's checkout before Tandem sees it. One that
names neither waits for the customer. An authorization of less than the order is completed or let
go by the shop's rule. One that is about to expire is renewed with the token while nothing of it is
captured; where that can't be, it is a case in time.
"""

from collections.abc import Iterator

from streams.core.evolve import evolve
from streams.core.message import Message
from streams.core.money import show
from streams.flows.order.records import Payment, Surplus
from streams.flows.order.says import Said
from streams.flows.order.state import OrderState, Status
from streams.flows.policy import DAY_MS
from streams.messages.heartland import Authorize, CheckPayment, Reverse
from streams.messages.payment import PaymentClaimed

HOLDING = (Status.AUTHORIZED, Status.CONFIRMED, Status.PART_SHIPPED, Status.REFUSED)
"""Statuses in which an authorization waits for its goods."""


def advanced(state: OrderState, said: Said) -> tuple[OrderState, list[Message]]:
    """What is to be asked of Heartland now for the order to be paid."""
    if state.status is Status.PLACED and not state.payment.sought and state.total:
        return _sought(state, said)
    if state.payment.surplus:
        return _surplus_let_go(state, state.payment.surplus, said)
    at = renewal_at(state, said.policy.authorization_days)
    if at is not None and said.cause.received_at >= at:
        return _renewed(state, said)
    return state, []


def renewal_at(state: OrderState, days: int) -> int | None:
    """When an authorization that waits is a day from its end, ms UTC; None once it was seen to."""
    payment = state.payment
    waits = payment.authorized > payment.captured and not payment.reversed
    if not waits or payment.renewing or state.status not in HOLDING or not days:
        return None
    return payment.authorized_at + (days - 1) * DAY_MS


def attempt_step(payment: Payment) -> str:
    """The step by which an attempt's command is known; the first has none."""
    return f"attempt {payment.attempt}" if payment.attempt else ""


def renewal_step(payment: Payment) -> str:
    """The step by which a renewal's command is known."""
    return f"renewal {payment.renewals}"


def _sought(state: OrderState, said: Said) -> tuple[OrderState, list[Message]]:
    order, payment = state.order, state.payment
    if order.transaction_id:
        named = {"transaction_id": order.transaction_id}
        check = said.new(
            CheckPayment,
            step=attempt_step(payment),
            shop=order.shop,
            order_id=order.order_id,
            order_number=order.order_number,
            amount=order.total,
            currency=order.currency,
            **named,
        )
        claim = said.new(
            PaymentClaimed,
            key=order.transaction_id,
            step=f"{order.transaction_id} {attempt_step(payment)}".strip(),
            order_key=state.key,
            **named,
        )
        return evolve(state, payment=evolve(payment, sought=True)), [check, claim]
    if not order.payment_token:
        return state, []
    shop = said.policy.shop(order.shop)
    multiple = shop.capture == "shipment" and shop.multiple_captures
    later = "MULTIPLE" if multiple else "LATER"
    mode = "AUTO" if shop.capture == "order" else later
    sought = evolve(payment, sought=True, multiple=multiple, token=order.payment_token)
    partial = shop.partial_approval == "complete" and mode != "AUTO"
    step = attempt_step(payment)
    ask = _authorize(state, said, step, order.payment_token, mode, partial=partial)
    return evolve(state, payment=sought), [ask]


def _authorize(
    state: OrderState, said: Said, step: str, token: str, mode: str, *, partial: bool = False
) -> Authorize:
    order = state.order
    return said.new(
        Authorize,
        step=step,
        shop=order.shop,
        order_number=order.order_number,
        amount=order.total,
        currency=order.currency,
        token=token,
        capture_mode=mode,
        country=said.policy.shop(order.shop).country,
        payer_name=f"{order.bill_to.first_name} {order.bill_to.last_name}".strip(),
        partial=partial,
    )


def _renewed(state: OrderState, said: Said) -> tuple[OrderState, list[Message]]:
    payment = evolve(state.payment, renewing=True)
    if not payment.token or payment.captured or payment.asked:
        why = (
            "a part of it is captured" if payment.asked else "Tandem has no token to renew it with"
        )
        state = evolve(state, payment=evolve(payment, expires=why))
        return state, [_expiring(state, said)]
    now = said.cause.received_at
    payment = evolve(payment, renewals=payment.renewals + 1, renewal_asked_at=now)
    mode = "MULTIPLE" if payment.multiple else "LATER"
    ask = _authorize(state, said, renewal_step(payment), payment.token, mode)
    return evolve(state, payment=payment), [ask]


def _surplus_let_go(
    state: OrderState, surplus: Surplus, said: Said
) -> tuple[OrderState, list[Message]]:
    gone = said.new(
        Reverse,
        step=f"surplus {surplus.transaction_id}",
        transaction_id=surplus.transaction_id,
        amount=surplus.amount,
        currency=state.order.currency,
        reason="another payment has taken its place",
    )
    return evolve(state, payment=evolve(state.payment, surplus=None)), [gone]


def cases(before: OrderState, after: OrderState, said: Said) -> Iterator[Message]:
    """A renewal was refused."""
    if after.payment.expires and after.payment.expires != before.payment.expires:
        yield _expiring(after, said)


def _expiring(state: OrderState, said: Said) -> Message:
    """The money that waits will be gone before the goods have left."""
    payment = state.payment
    waits = show(payment.authorized - payment.captured, state.order.currency)
    return said.case(
        "authorization expires",
        f"the authorization of {waits} ({payment.transaction_id}) is about to expire:"
        f" {payment.expires}. Deliver today, or ask the customer to pay anew",
        step=payment.transaction_id,
    )
