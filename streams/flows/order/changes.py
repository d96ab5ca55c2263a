"""An order that its shop tells anew: another payment, lines taken out, or a change for a person.

Before M3 is asked to enter it, the newest content is the order. After that a line that the shop
took out is taken out in M3 too, and other lines, quantities and prices are M3's to take over where
that can be (`edits`). The rest is a case that names the fields: M3 has no public transaction that
changes an address or a note of an order.
"""

from collections.abc import Iterator

from streams.core.evolve import evolve
from streams.core.message import Message, message_id
from streams.core.money import show
from streams.flows.order.edits import intended, obstacle, queued
from streams.flows.order.goods import shipped
from streams.flows.order.records import Ordered, Payment
from streams.flows.order.says import Said
from streams.flows.order.state import IN_M3, OrderState, Status
from streams.messages.heartland import Authorize, CheckPayment
from streams.messages.m3 import CancelLines
from streams.messages.order import OrderPlaced

_WRITTEN = ("bill_to", "ship_to", "customer_note")
_BY_PAYMENT = (Authorize.type, CheckPayment.type)
_CLAIMING = (Status.PLACED, Status.REFUSED)
"""Before M3 is asked, and with claims on stock."""

_OVER = (Status.SOLD_OUT, Status.FAILED)
"""What a customer may take for an order that is to be paid anew; nothing comes of it any more."""


def told(state: OrderState, message: OrderPlaced) -> OrderState:
    """The order as the shop tells it now; what is older or the same changes nothing."""
    known = state.placed
    if known is None:
        payment = Payment() if message.transaction_id else state.payment
        return _taken(evolve(state, accepted_at=message.received_at, payment=payment), message)
    if message.content == known.content or message.modified_at < known.modified_at:
        return state
    state = evolve(state, formerly=(known.content, *state.formerly))
    if _is_new_attempt(state, message):
        return _granted_on(state, _taken(_with_new_attempt(state, message), message))
    if state.status is Status.DECLINED:
        return _taken(state, message)
    if _is_not_acted_on(state, message):
        return _granted_on(state, _taken(state, message))
    seen = evolve(known, id=message.id, modified_at=message.modified_at)
    after = evolve(state, placed=seen, dropped=_dropped(state, message))
    if any(_otherwise_made(intended(after), message)):
        after = queued(after, message) or after
    return evolve(after, differs=any(_differences(intended(after), message)))


def cases(before: OrderState, after: OrderState, said: Said) -> Iterator[Message]:
    """What of a change nobody can carry but a person; the shop is told that it was seen."""
    message = said.cause
    if not isinstance(message, OrderPlaced) or before.placed is None or after.placed is None:
        return
    if after.placed is message and after.status in _CLAIMING and after.pieces != before.pieces:
        gone = dict.fromkeys(before.pieces.keys() - after.pieces.keys(), 0)
        yield from said.claims({**after.pieces, **gone}, message.id)
    if after.placed.id == before.placed.id:
        return
    if after.placed is message:
        yield said.tell(f"seen {message.id}")
        return
    taken_up = after.status is Status.CANCELLED and message.modified_at > after.unwanted_at
    if after.status in _OVER or taken_up:
        over = f"Paid anew, but it is over ({after.status}): the customer must order anew."
        yield said.case("paid anew", over, step=message.id)
        again = {"status": "cancelled" if taken_up else "failed", "attempt": message.id}
        yield said.tell(f"paid anew {message.id}", note=over, **again)
        return
    reason, note = "", ""
    if after.differs:
        what = "; ".join(_differences(intended(after), message))
        why = obstacle(before, message) if any(_otherwise_made(intended(after), message)) else ""
        why = f" (M3 is not asked: {why})" if why else ""
        reason = f"changed in the shop after it went on: {what}{why}. Change it in M3, or undo it"
        note = f"Changed, but it had gone on: {what}."
    elif before.differs and after.edits == before.edits:
        reason = "changed back in the shop: if M3 has been changed by hand, change it back, too"
        note = "Changed back."
    if reason:
        yield said.case("changed order", reason, step=message.id)
    yield said.tell(f"changed {message.id}", note=note)


def advanced(state: OrderState, said: Said) -> tuple[OrderState, list[Message]]:
    """Takes lines out of the M3 order that the shop took out; all of them cancel the order."""
    if not state.dropped:
        return state, []
    state, out = _overtaken(state, said)
    lines = [line for line in state.dropped if line not in state.dropping]
    if not lines or state.status not in IN_M3:
        return state, out
    after = evolve(state, dropping=(*state.dropping, *lines))
    if not state.deliveries and set(after.dropping) >= {line.line_id for line in state.lines}:
        return evolve(after, unwanted=True), out
    known = [line for line in lines if line in state.m3_lines]
    if known:
        numbers = tuple(state.m3_lines[line] for line in known)
        step = f"lines {','.join(known)}"
        out.append(said.new(CancelLines, step=step, m3_order=state.m3_order, lines=numbers))
    if len(known) < len(lines):
        reason = "the shop took lines out, and M3 has not told their numbers: delete them in M3"
        out.append(said.case("changed order", reason, step=",".join(lines)))
    return after, out


def _overtaken(state: OrderState, said: Said) -> tuple[OrderState, list[Message]]:
    """Lines that the shop took out and that have left all the same: a person must see to it."""
    left = shipped(state)
    gone = [
        line
        for line in state.lines
        if line.line_id in state.dropped
        and line.line_id not in state.overtaken
        and left.get(line.line_id)
    ]
    if not gone:
        return state, []
    names = ", ".join(line.item for line in gone)
    ids = [line.line_id for line in gone]
    reason = f"the shop took {names} out, but it has left: get it back, or put it on again"
    amount = sum(line.amount for line in gone)
    case = said.case("changed too late", reason, step=",".join(ids), amount=amount)
    told = said.tell(f"too late {','.join(ids)}", note=f"Taken out too late, it has left: {names}.")
    return evolve(state, overtaken=(*state.overtaken, *ids)), [case, told]


def _taken(state: OrderState, message: OrderPlaced) -> OrderState:
    lines = tuple(Ordered(x.line_id, x.item, x.quantity, x.amount) for x in message.lines)
    charges = sum(charge.amount for charge in message.charges)
    fresh = {"placed": message, "prints": _prints(message), "differs": False, "edits": ()}
    return evolve(state, lines=lines, charges=charges, **fresh)


def _is_new_attempt(state: OrderState, message: OrderPlaced) -> bool:
    """Declined, cancelled before M3 had it, or refused for its payment, it is paid anew.

    A token can be charged again, a transaction that came to nothing cannot; but one that was
    refused for its amount is looked at again once the order costs that.
    """
    spent = {*state.payment.past, state.payment.transaction_id}
    if state.status is Status.CANCELLED:
        spent.add(state.order.transaction_id)
    if message.transaction_id in spent - {""}:
        return False
    if state.status is Status.REFUSED and state.refusals.keys() & set(_BY_PAYMENT):
        return _due(message) != _due(state.order)
    if state.status is Status.CANCELLED:
        return not state.m3_order and message.modified_at > state.unwanted_at
    return state.status is Status.DECLINED


def _with_new_attempt(state: OrderState, message: OrderPlaced) -> OrderState:
    payment = state.payment
    spent = dict.fromkeys((payment.transaction_id, state.order.transaction_id))
    past = (*payment.past, *(each for each in spent if each not in ("", message.transaction_id)))
    refusals = {kind: why for kind, why in state.refusals.items() if kind not in _BY_PAYMENT}
    anew = Payment(attempt=payment.attempt + 1, past=past, rests=payment.rests)
    return evolve(state, payment=anew, refusals=refusals, unwanted=False, let_go=False)


def _granted_on(before: OrderState, after: OrderState) -> OrderState:
    """What was granted counts as long as its claims stand as they are; others have their answer."""
    stand = before.status in _CLAIMING and after.pieces == before.pieces
    return after if stand else evolve(after, granted={})


def _is_not_acted_on(state: OrderState, message: OrderPlaced) -> bool:
    """M3 was not asked yet, and no money for another amount or in another way."""
    if state.status is not Status.PLACED:
        return False
    return _due(message) == _due(state.order) or not state.payment.sought


def _due(order: OrderPlaced) -> tuple[int, str, str]:
    """What is to be paid, and with what."""
    return order.total, order.payment_token, order.transaction_id


def _dropped(state: OrderState, message: OrderPlaced) -> tuple[str, ...]:
    """The lines that are gone, if nothing else has changed and none of them has left.

    What M3 was asked to take out stays so, also if it is ordered again.
    """
    if state.waiting_edits:
        return state.dropped
    there = {line.line_id for line in message.lines}
    gone = [line for line in state.lines if line.line_id not in there]
    left = shipped(state)
    amount = state.total - sum(line.amount for line in gone)
    alike = message.total == amount and not any(_lines_differ(state, message))
    if not alike or any(left.get(line.line_id) for line in gone):
        return state.dropped
    return tuple(dict.fromkeys((*state.dropping, *(line.line_id for line in gone))))


def _differences(state: OrderState, message: OrderPlaced) -> Iterator[str]:
    """What the shop says that is not as it went on."""
    yield from _otherwise_made(state, message)
    prints = _prints(message)
    yield from (name for name in _WRITTEN if prints[name] != state.prints.get(name))


def _otherwise_made(state: OrderState, message: OrderPlaced) -> Iterator[str]:
    yield from _lines_differ(state, message)
    there = {line.line_id for line in message.lines}
    for line in state.lines:
        if line.line_id not in there and line.line_id not in state.dropped:
            yield f"{line.item} is taken out"
        if line.line_id in there and line.line_id in state.dropped:
            yield f"{line.item} was taken out, and is wanted again"
    charges = sum(charge.amount for charge in message.charges)
    if charges != state.charges:
        amounts = (show(amount, message.currency) for amount in (state.charges, charges))
        yield "freight and fees: {} to {}".format(*amounts)


def _lines_differ(before: OrderState, message: OrderPlaced) -> Iterator[str]:
    known = {line.line_id: line for line in before.lines}
    for line in message.lines:
        was = known.get(line.line_id)
        if was is None:
            yield f"{line.item} is new: {line.quantity} pieces"
        elif (was.item, was.quantity) != (line.item, line.quantity):
            yield f"{was.item} x {was.quantity} to {line.item} x {line.quantity}"
        elif was.amount != line.amount:
            amounts = (show(amount, message.currency) for amount in (was.amount, line.amount))
            yield f"{line.item}: {{}} to {{}}".format(*amounts)


def _prints(message: OrderPlaced) -> dict[str, str]:
    """By them a change is seen without keeping what a person wrote."""
    written = message.model_dump(include=set(_WRITTEN))
    return {name: message_id(message.key, str(written[name]))[:8] for name in _WRITTEN}
