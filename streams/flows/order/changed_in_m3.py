"""What M3 changes of an order's lines: deleted, closed, of a lower ORQT, or of a higher one.

With fewer pieces the order goes on: it costs less, they are for sale again, and the shop hears of
it. More pieces than were ordered, or another price, are for a person: no money is held for them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from streams.core.evolve import evolve
from streams.core.message import Message
from streams.core.money import show
from streams.flows.order.goods import deliverable, expected, outstanding, place_of
from streams.flows.order.records import Short
from streams.flows.order.says import Said
from streams.flows.order.state import IN_M3, OrderState, Status
from streams.messages.fulfilment import SalesOrderSynced
from streams.messages.parts import OrderLine

_OVER = ("Shipped", "Closed")
"""Statuses of M3's SalesOrder BOD: all that is left of the order is delivered, or invoiced too."""

_HAS_LINES = (*IN_M3, Status.SHIPPED)


def told(state: OrderState, message: SalesOrderSynced) -> OrderState:
    """What M3 delivers no more of only grows; of an open line the newest quantity counts.

    A number of a line can be given again: what was told of lines until others came counts no more.
    A deleted line is told once, and that may be missed: so of an order that is over, what M3 tells
    of is all that there is.
    """
    if not message.lines or message.occurred_at <= state.edited_at:
        return state
    fewer = list(_fewer(state, message.lines))
    final = [short for line, short in fewer if line.final]
    lowered = state.lowered
    if message.variation > state.variation:
        lowered = tuple(short for line, short in fewer if not line.final)
        final += _missed(state, message) if message.status in _OVER else ()
    short = tuple(dict.fromkeys((*state.short, *final)))
    if (short, lowered) == (state.short, state.lowered):
        return state
    return evolve(state, short=short, lowered=lowered)


def cases(before: OrderState, after: OrderState, said: Said) -> Iterator[Message]:
    """Fewer pieces are carried; an order that costs anything else in M3 is a case.

    Pieces that will not come are claimed no longer, and the shop hears what M3 has taken out.
    """
    message = said.cause
    cut = (before.short, before.lowered) != (after.short, after.lowered)
    if cut and after.status in IN_M3 and not after.being_edited and before.lines is after.lines:
        was, now = outstanding(before), outstanding(after)
        changed = {item: now[item] for item in now if now[item] != was[item]}
        yield from said.claims(changed, message.id)
        if isinstance(message, SalesOrderSynced) and (gone := _taken_out(before, after)):
            pieces = ", ".join(f"{item} x {count}" for item, count in gone.items())
            yield said.tell(f"cut {message.id}", note=f"Taken out in M3: {pieces}.")
    if after.m3_amount != before.m3_amount and _costs_otherwise(after, message.occurred_at):
        amounts = (show(x, after.order.currency) for x in (after.m3_amount, expected(after)))
        lines = message.lines if isinstance(message, SalesOrderSynced) else ()
        what = "; ".join(_raised(after, lines))
        what = what or "a price (SAPR) was changed, or a line was added"
        reason = "M3's order is {} now, not {}: {}".format(*amounts, what)
        yield said.case("changed in M3", reason, step=str(after.m3_amount))


def _costs_otherwise(state: OrderState, told_at: int) -> bool:
    """What it cost before lines were cut short, or while they were changed, may be told late."""
    early = told_at <= max(state.edited_at, state.cut_at)
    if early or state.being_edited or state.m3_amount < 0:
        return False
    known = (expected(state), state.total)
    return state.status in _HAS_LINES and state.m3_amount not in known


def _raised(state: OrderState, lines: Iterable[OrderLine]) -> Iterator[str]:
    """Which lines M3 is to deliver more pieces of than were ordered."""
    place, ordered = place_of(state), {x.line_id: x.quantity for x in state.lines}
    for line in lines:
        wanted = ordered.get(place(line.order_line, line.item) or "", 0)
        if line.ordered > wanted > 0:
            yield f"{line.item} has ORQT {line.ordered}, ordered were {wanted}"


def _fewer(state: OrderState, lines: Iterable[OrderLine]) -> Iterator[tuple[OrderLine, Short]]:
    """The lines that come to fewer pieces than were ordered, or may: which one is not known."""
    place, ordered = place_of(state), {x.line_id: x.quantity for x in state.lines}
    for line in lines:
        pieces = line.shipped if line.final else line.ordered
        line_id = place(line.order_line, line.item)
        wanted = ordered.get(line_id or "", line.ordered)
        told = line.final or line.ordered
        if told and line_id is not None and (not wanted or pieces < wanted):
            yield line, Short(line.item, line.order_line, pieces)


def _missed(state: OrderState, message: SalesOrderSynced) -> Iterator[Short]:
    """Our lines that M3 has no more: it deletes none of which something has left.

    None if it is not known which lines M3 tells of.
    """
    place = place_of(state)
    there = {place(line.order_line, line.item) for line in message.lines}
    if "" not in there:
        missed = (line for line in state.lines if line.line_id not in there)
        yield from (Short(x.item, state.m3_lines.get(x.line_id, ""), 0) for x in missed)


def _taken_out(before: OrderState, after: OrderState) -> Counter[str]:
    """Pieces by item; what the shop has taken out itself, or given back, it knows."""
    was, now = deliverable(before), deliverable(after)
    refunded = (x.line_id for refund in after.refunds.values() for x in refund.lines or ())
    by_shop = {*after.dropped, *refunded}
    gone = Counter[str]()
    for line in after.lines:
        if line.line_id not in by_shop:
            gone[line.item] += was[line.line_id] - now[line.line_id]
    return +gone
