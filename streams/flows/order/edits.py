"""An order that its shop edits after M3 has it: M3 is asked to make its lines those of the shop.

It is asked for what money and stock are there for, one edit after the other: the order does not
cost more than is authorized, nothing of the lines has left, and a shop that takes no backorders
wants no more pieces. All else is for a person (`changes`). The flow goes by the new lines once M3
has answered.
"""

from collections.abc import Iterator

from streams.core.evolve import evolve
from streams.core.message import Message, message_id
from streams.core.money import show
from streams.flows.order.goods import is_cut, outstanding, shipped, taken_at_once
from streams.flows.order.records import Edit, Ordered
from streams.flows.order.says import Said
from streams.flows.order.state import IN_M3, OrderState, Status
from streams.flows.policy import MINUTE_MS
from streams.messages.m3 import ChangeOrder
from streams.messages.ops import Result
from streams.messages.order import OrderPlaced
from streams.messages.parts import Charge, Line

_BEFORE_M3 = (Status.PLACED, Status.REFUSED, Status.AUTHORIZED)
_OVER = (Status.SHIPPED, Status.INVOICED, Status.CLOSED)


def intended(state: OrderState) -> OrderState:
    """The state as it will be when M3 has taken over all edits that it can."""
    return _with(state, state.waiting_edits[-1]) if state.waiting_edits else state


def queued(state: OrderState, message: OrderPlaced) -> OrderState | None:
    """The state with the order's new lines for M3; None if they are for a person.

    Of edits that M3 was not asked for yet the newest counts; nothing is to be asked if it undoes
    them.
    """
    if not message.lines or obstacle(state, message):
        return None
    asked, edit = tuple(each for each in state.waiting_edits if each.asked), _edit(message)
    after = _with(state, edit)
    undone = not asked and (after.lines, after.charges) == (state.lines, state.charges)
    return evolve(state, edits=() if undone else (*asked, edit))


def advanced(state: OrderState, said: Said) -> tuple[OrderState, list[Message]]:
    """Asks M3 for the oldest edit, one at a time; after the last delivery it is too late."""
    waiting = state.waiting_edits
    if not waiting or waiting[0].asked:
        return state, []
    if state.status in _OVER:
        late = evolve(waiting[-1], refused="all has left")
        return evolve(state, edits=(late,), differs=True), [_case(state, late, said)]
    if state.status not in IN_M3:
        return state, []
    edit = evolve(waiting[0], asked=True)
    change = said.new(
        ChangeOrder,
        step=_step(edit),
        shop=state.order.shop,
        m3_order=state.m3_order,
        currency=state.order.currency,
        lines=edit.lines,
        charges=edit.charges,
    )
    return evolve(state, edits=(edit, *waiting[1:])), [change]


def answered(state: OrderState, message: Result) -> OrderState:
    """The order is as M3 has it now; or M3 refused, and a person may send the command again."""
    ids = {message_id(ChangeOrder.type, state.key, _step(each)): each for each in state.edits}
    edit = ids.get(message.command_id)
    if edit is None:
        return state
    if message.outcome == "rejected":
        refused = evolve(edit, refused=message.reason)
        edits = tuple(refused if each is edit else each for each in state.edits)
        return evolve(state, edits=edits, differs=True, cut_at=message.occurred_at + MINUTE_MS)
    numbers = message.values.get("PONR", "").split(",")
    told = zip(edit.lines, numbers, strict=True) if len(edit.lines) == len(numbers) else ()
    lines = {line.line_id: number for line, number in told if number}
    left = tuple(each for each in state.edits if each is not edit)
    since = int(message.values.get("LMTS") or message.occurred_at + MINUTE_MS)
    taken = evolve(state, edits=left, m3_lines=lines, edited_at=since)
    return evolve(_with(taken, edit), short=(), lowered=())


def cases(before: OrderState, after: OrderState, said: Said) -> Iterator[Message]:
    """M3 refused an edit; or it took one over, so stock is claimed anew and the shop hears."""
    known = {edit.id: edit for edit in before.edits}
    for edit in after.edits:
        if edit.refused and edit.id in known and not known[edit.id].refused:
            yield _case(after, edit, said)
    if len(after.edits) >= len(before.edits) or not isinstance(said.cause, Result):
        return
    was, now, left = before.pieces, after.pieces, outstanding(after)
    items = [item for item in {**was, **now} if was.get(item) != now.get(item)]
    if after.status not in IN_M3:
        items = [item for item in was if item not in now]
    yield from said.claims({item: left.get(item, 0) for item in items}, said.cause.id)
    cost = show(after.total, after.order.currency)
    yield said.tell(f"edited {said.cause.id}", note=f"M3 has the change: {cost}.")


def _case(state: OrderState, edit: Edit, said: Said) -> Message:
    reason = (
        f"changed in the shop, and M3 did not take it over: {edit.refused}. Change it in M3, or"
        " undo it in the shop"
    )
    return said.case("changed order", reason, step=f"{edit.id} {said.cause.id}")


def obstacle(state: OrderState, message: OrderPlaced) -> str:
    """Why M3 is not asked to take over the order's lines, in plain words; empty if it is."""
    base, left = intended(state), shipped(state)
    there = {line.line_id: _ordered(line) for line in message.lines}
    gone = [x.item for x in base.lines if left.get(x.line_id) and there.get(x.line_id) != x]
    more = _with(state, _edit(message)).pieces
    lacking = [x for x in more if state.asks and more[x] > state.pieces.get(x, 0)]
    held = state.payment.authorized or state.total
    if state.status not in (*_BEFORE_M3, *IN_M3) or state.unwanted:
        return f"it is {state.status}"
    if state.refunds or state.dropped or (is_cut(state) and not state.waiting_edits):
        return "lines of it were taken out or given back"
    if taken_at_once(state):
        return "its money is taken already"
    if message.total > held:
        return f"only {show(held, message.currency)} is authorized"
    if base.charges != _sum(message.charges) and state.deliveries:
        return "freight and fees have gone with the first delivery"
    if gone:
        return f"{', '.join(gone)} has left"
    return f"of {', '.join(lacking)} there may be no more" if lacking else ""


def _edit(message: OrderPlaced) -> Edit:
    lines, charges = message.lines, message.charges
    return Edit(id=message.id, lines=lines, charges=charges, total=message.total)


def _with(state: OrderState, edit: Edit) -> OrderState:
    placed = evolve(state.order, total=edit.total)
    lines = tuple(map(_ordered, edit.lines))
    return evolve(state, placed=placed, lines=lines, charges=_sum(edit.charges))


def _ordered(line: Line) -> Ordered:
    return Ordered(line.line_id, line.item, line.quantity, line.amount)


def _sum(charges: tuple[Charge, ...]) -> int:
    return sum(charge.amount for charge in charges)


def _step(edit: Edit) -> str:
    return f"edit {edit.id}"
