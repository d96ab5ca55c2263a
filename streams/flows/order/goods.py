"""What has left of an order, and what it costs. Pure arithmetic over an order's state.

A line costs what was ordered. What a part of it costs is the line's amount x pieces that have left
so far / pieces ordered, rounded half up, less what was due before: so the parts of a line add up to
the line, to the minor unit, in whatever parts it goes. Freight and fees are due with the first
delivery. M3 prices its part deliveries by the same rule.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping

from streams.flows.order.records import Ordered, Refund, RefundLine, Short
from streams.flows.order.state import OrderState, Status

_ALL_LEFT = (Status.SHIPPED, Status.INVOICED, Status.CLOSED)


def due(state: OrderState) -> int:
    """What is owed for all that has left, minor units; nothing before the first delivery."""
    if not state.deliveries:
        return 0
    gone = deliverable(state) if state.status in _ALL_LEFT else shipped(state)
    return state.charges + sum(_part(line, gone[line.line_id]) for line in state.lines)


def complete(state: OrderState) -> bool:
    """Whether all has left that M3 will ever deliver; not while its lines are being changed."""
    if not state.deliveries or state.status in _ALL_LEFT:
        return bool(state.deliveries)
    if state.being_edited:
        return False
    gone, wanted = shipped(state), deliverable(state)
    return all(gone[line] >= pieces for line, pieces in wanted.items())


def expected(state: OrderState) -> int:
    """What the order comes to as M3 will deliver it: what is short costs nothing, minor units."""
    wanted = deliverable(state)
    goods = sum(_part(line, wanted[line.line_id]) for line in state.lines)
    return state.charges + goods


def outstanding(state: OrderState) -> dict[str, int]:
    """Pieces that are still to leave, by item."""
    if state.status in _ALL_LEFT:
        return dict.fromkeys(state.pieces, 0)
    gone, left = shipped(state), Counter[str]()
    wanted = deliverable(state)
    for line in state.lines:
        left[line.item] += max(0, wanted[line.line_id] - gone[line.line_id])
    return left


def shipped(state: OrderState) -> Mapping[str, int]:
    """Pieces that have left, by the shop's line id, never more than were ordered.

    A delivery that names M3's line is of that line; else its pieces fill the item's lines in order.
    One that names no goods is of all that was to come.
    """
    if all(delivery.lines for delivery in state.deliveries.values()):
        return _named(state)
    return deliverable(state)


def deliverable(state: OrderState) -> dict[str, int]:
    """Pieces that M3 has delivered or will, by the shop's line id; never fewer than have left."""
    wanted = {line.line_id: line.quantity for line in state.lines}
    cuts = cut_short(state)
    if not cuts:
        return wanted
    gone = _named(state)
    by_ponr = {number: line for line, number in state.m3_lines.items()}
    for short in cuts:
        line_id = by_ponr.get(short.order_line) or _only_line_of(state, short.item)
        if line_id in wanted:
            wanted[line_id] = min(wanted[line_id], max(short.shipped, gone[line_id]))
    return wanted


def cut_short(state: OrderState) -> list[Short]:
    """What M3 told of the order's lines; not of those whose place others have taken since."""
    if not state.short:
        return []
    ours = set(state.m3_lines.values())
    known = len(ours) == len(state.lines)
    return [x for x in state.short if not (known and x.order_line) or x.order_line in ours]


def _named(state: OrderState) -> Counter[str]:
    gone: Counter[str] = Counter()
    by_ponr = {number: line for line, number in state.m3_lines.items()}
    lines, items = {}, defaultdict(list)
    for line in state.lines:
        lines[line.line_id] = [line]
        items[line.item].append(line)
    for delivery in state.deliveries.values():
        for left in delivery.lines:
            named, quantity = by_ponr.get(left.order_line, ""), left.quantity
            for line in lines.get(named) or items[left.item]:
                taken = min(quantity, line.quantity - gone[line.line_id])
                gone[line.line_id] += taken
                quantity -= taken
    return gone


def taken_at_once(state: OrderState) -> bool:
    """Whether money is captured for goods that have not left."""
    return state.payment.captured > due(state)


def never_left(state: OrderState, refund: Refund) -> list[RefundLine]:
    """The goods of a refund that M3 will never deliver."""
    gone = set(refund.cancelled or ())
    return [x for x in refund.lines or () if state.m3_lines.get(x.line_id, "") in gone - {""}]


def to_credit(state: OrderState, refund: Refund) -> int:
    """What M3 is to credit of what was given back: it never invoiced the goods that never left."""
    paid = refund.given if taken_at_once(state) else 0
    return refund.given - min(paid, sum(line.amount for line in never_left(state, refund)))


def _only_line_of(state: OrderState, item: str) -> str:
    lines = [line.line_id for line in state.lines if line.item == item]
    return lines[0] if len(lines) == 1 else ""


def _part(line: Ordered, pieces: int) -> int:
    if pieces >= line.quantity:
        return line.amount
    return (2 * line.amount * pieces + line.quantity) // (2 * line.quantity)
