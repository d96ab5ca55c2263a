"""What each delivery brings about: its money, its news for the shop, its invoice settled.

An account that allows several captures (`capture_mode` MULTIPLE) captures each delivery for what it
holds, freight with the first; else all is captured when the last has left. In the end the rest of
the authorization is let go. M3 hears of the payment as soon as it has invoiced exactly what has
left, and the money for it is captured.
"""

from collections.abc import Iterable, Iterator

from streams.core.evolve import evolve
from streams.core.message import Message
from streams.core.money import show
from streams.flows.order.goods import complete, due, expected, is_cut, never_left, outstanding
from streams.flows.order.records import Delivery, Invoice
from streams.flows.order.says import Said
from streams.flows.order.state import OrderState, Status
from streams.messages.heartland import Capture, Reverse
from streams.messages.m3 import RecordPayment

SHIPPING = (Status.PART_SHIPPED, Status.SHIPPED, Status.INVOICED)
"""Statuses in which goods have left and the books are not closed."""


def advanced(state: OrderState, said: Said) -> tuple[OrderState, list[Message]]:
    """Takes all steps that the facts allow; the state with them noted, and what they say."""
    if state.status not in SHIPPING:
        return state, []
    out: list[Message] = []
    for step in (_told, _captured, _released, _settled):
        state, says = step(state, said)
        out += says
    return state, out


def captured(state: OrderState) -> bool:
    """Whether the money for all that has left is captured."""
    return state.payment.captured >= due(state)


def invoiced(state: OrderState) -> bool:
    """Whether M3 has invoiced exactly what has left."""
    return bool(state.invoices) and state.invoiced == due(state)


def settled(state: OrderState) -> bool:
    """Whether M3 has taken the payment of every invoice that asks for one."""
    return all(invoice.settled or not invoice.amount for invoice in state.invoices.values())


def cases(before: OrderState, after: OrderState, said: Said) -> Iterator[Message]:
    """M3 has invoiced another amount than has left; or more was taken than will ever leave.

    The shop hears of a rest that the account may not let go: the bank does, in time.
    """
    if after.payment.lapses and not before.payment.lapses:
        rest = show(after.payment.authorized - after.payment.captured, after.order.currency)
        note = f"{rest} stays reserved on the card until the bank lets it go."
        yield said.tell("rest", note=note)
    yield from _taken_for_nothing(before, after, said)
    if not _differs(after) or (_differs(before) and before.invoiced == after.invoiced):
        return
    currency = after.order.currency
    billed, ordered = (show(a, currency) for a in (after.invoiced, expected(after)))
    reason = f"M3 invoiced {billed}, the order is {ordered}"
    yield said.case("difference", reason, step=str(after.invoiced))


def _taken_for_nothing(before: OrderState, after: OrderState, said: Said) -> Iterator[Message]:
    if not is_cut(after) and after.placed and after.payment.captured <= after.total:
        return
    over = _over(after)
    if over <= 0 or over == _over(before):
        return
    amount = show(over, after.order.currency)
    reason = f"{amount} was captured for what M3 does not deliver: give it back in the shop"
    yield said.case("captured too much", reason, step=str(over), amount=over)


def _over(state: OrderState) -> int:
    """What is captured for nothing, and nobody gives back."""
    if state.placed is None or not complete(state):
        return 0
    back = sum(x.amount for r in state.refunds.values() for x in never_left(state, r))
    return state.payment.captured - due(state) - back


def _differs(state: OrderState) -> bool:
    if state.placed is None or not len(state.invoices) >= len(state.deliveries) > 0:
        return False
    return complete(state) and state.invoiced != due(state)


def _told(state: OrderState, said: Said) -> tuple[OrderState, list[Message]]:
    untold = {number: each for number, each in state.deliveries.items() if not each.told}
    if not untold:
        return state, []
    out: list[Message] = []
    whole, left = state.status is not Status.PART_SHIPPED, outstanding(state)
    parcels = ", ".join(each.tracking for each in state.deliveries.values() if each.tracking)
    for number, delivery in untold.items():
        what = "Shipped" if whole else "Part shipped"
        out.append(
            said.tell(
                f"delivery {number}",
                note=f"{what} with {delivery.carrier}, parcel {delivery.tracking}.",
                carrier=delivery.carrier,
                tracking=parcels,
            )
        )
    items = left if any(not each.lines for each in untold.values()) else _items(untold.values())
    out += said.claims({item: left[item] for item in items if item in left}, "left", left=True)
    told = {number: evolve(each, told=True) for number, each in state.deliveries.items()}
    return evolve(state, deliveries=told), out


def _items(deliveries: Iterable[Delivery]) -> dict[str, None]:
    return {left.item: None for delivery in deliveries for left in delivery.lines}


def _captured(state: OrderState, said: Said) -> tuple[OrderState, list[Message]]:
    payment = state.payment
    known = max(payment.asked, payment.captured)
    if known >= state.total:
        return state, []
    last = complete(state)
    wanted = due(state) if last or payment.multiple else 0
    if wanted <= known:
        return state, []
    sequence = ""
    if payment.multiple:
        sequence = "LAST" if last else "SUBSEQUENT" if known else "FIRST"
    take = said.new(
        Capture,
        step=f"{payment.transaction_id} to {wanted}",
        transaction_id=payment.transaction_id,
        amount=wanted - known,
        currency=state.order.currency,
        captured=known,
        sequence=sequence,
    )
    let_go = state.let_go or last
    return evolve(state, payment=evolve(payment, asked=wanted), let_go=let_go), [take]


def _released(state: OrderState, said: Said) -> tuple[OrderState, list[Message]]:
    """The last capture lets the rest go; if it came before the rest was given up, Tandem does.

    So it does where nothing is captured, as what has left costs nothing.
    """
    payment = state.payment
    rest = payment.authorized - payment.captured
    if state.let_go or rest <= 0 or (payment.captured and not payment.multiple):
        return state, []
    if not complete(state) or not captured(state):
        return state, []
    release = said.new(
        Reverse,
        step=rest_step(state),
        transaction_id=payment.transaction_id,
        amount=rest,
        currency=state.order.currency,
        reason="the rest is not delivered",
    )
    return evolve(state, let_go=True), [release]


def _settled(state: OrderState, said: Said) -> tuple[OrderState, list[Message]]:
    payment = state.payment
    ready = [each for each in state.invoices.values() if each.amount and not each.settling]
    if not ready or not invoiced(state) or payment.captured < state.invoiced:
        return state, []
    out: list[Message] = [
        said.new(
            RecordPayment,
            step=invoice_step(each),
            invoice_number=each.number,
            invoice_year=each.year,
            customer_number=each.customer_number,
            amount=each.amount,
            currency=each.currency,
            transaction_id=payment.transaction_id,
            paid_at=payment.captured_at,
        )
        for each in ready
    ]
    settling = {each.number: evolve(each, settling=True) for each in ready}
    return evolve(state, invoices={**state.invoices, **settling}), out


def rest_step(state: OrderState) -> str:
    """The step by which the release of what is not delivered is known."""
    return f"rest {state.payment.transaction_id}"


def invoice_step(invoice: Invoice) -> str:
    """The step by which an invoice's payment is known."""
    return f"invoice {invoice.number}"
