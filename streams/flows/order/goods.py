"""What has left of an order, and what it costs. Pure arithmetic over an order's state.

A line costs what was ordered. What a part of it costs is the line's amount x pieces that have left
so far / pieces ordered, rounded half up, less what was due before: so the parts of a line add up to
the line, to the minor unit, in whatever parts it goes. Freight and fees are due with the first
delivery. M3 prices its part deliveries by the same rule.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

from streams.flows.order.records import Ordered, Refund, RefundLine
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
    if not is_cut(state):
        return wanted
    place, gone = place_of(state), _named(state)
    for short in (*state.short, *state.lowered):
        line_id = place(short.order_line, short.item)
        if line_id and line_id in wanted:
            wanted[line_id] = min(wanted[line_id], max(short.pieces, gone[line_id]))
    return wanted


def is_cut(state: OrderState) -> bool:
    """Whether M3 has told of lines that it delivers fewer pieces of than were ordered."""
    return bool(state.short or state.lowered)


def place_of(state: OrderState) -> Callable[[str, str], str | None]:
    """Finds the shop's line id by M3's PONR, or else by the item, if that has one line only.

    Empty if it is not known which line it is, None if it is none of the shop's.
    """
    by_ponr = {number: line for line, number in state.m3_lines.items()}
    by_item: dict[str, str] = {}
    for line in state.lines:
        by_item[line.item] = "" if line.item in by_item else line.line_id
    all_known = 0 < len(by_ponr) == len(state.lines)

    def place(order_line: str, item: str) -> str | None:
        if order_line and (all_known or order_line in by_ponr):
            return by_ponr.get(order_line)
        return by_item.get(item, None if by_item else "")

    return place


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
    """The goods of a refund that M3 will never deliver.

    Of a line that comes in fewer pieces, those that do not come are given back first: the shop's
    order still has them, and nothing is captured for them. Each counts for one refund only.
    """
    if refund.never is not None:
        return list(refund.never)
    coming = deliverable(state)
    free = Counter({x.line_id: x.quantity - coming[x.line_id] for x in state.lines})
    for other in state.refunds.values():
        free.subtract({line.line_id: line.quantity for line in other.never or ()})
    for each in state.refunds.values():
        if each.never is None and not each.in_m3:
            least = ((x, max(0, min(x.quantity, free[x.line_id]))) for x in each.lines or ())
            goods = [_pieces(line, pieces) for line, pieces in least if pieces]
            if each.id == refund.id:
                return goods
            free.subtract({line.line_id: line.quantity for line in goods})
    return []


def delivered_of(state: OrderState, refund: Refund) -> list[RefundLine]:
    """The other goods of a refund: M3 is to take them back."""
    never = {line.line_id: line for line in never_left(state, refund)}
    goods = []
    for line in refund.lines or ():
        gone = never.get(line.line_id)
        left = (gone.quantity, gone.amount) if gone else (0, 0)
        rest = {"quantity": line.quantity - left[0], "amount": line.amount - left[1]}
        goods.append(line.model_copy(update=rest))
    return [line for line in goods if line.quantity or line.amount]


def _pieces(line: RefundLine, pieces: int) -> RefundLine:
    return line.model_copy(update={"quantity": pieces, "amount": _part(line, pieces)})


def to_credit(state: OrderState, refund: Refund) -> int:
    """What M3 is to credit of what was given back: it never invoiced the goods that never left."""
    paid = refund.given if taken_at_once(state) else 0
    return refund.given - min(paid, sum(line.amount for line in never_left(state, refund)))


def _part(line: Ordered | RefundLine, pieces: int) -> int:
    if pieces >= line.quantity:
        return line.amount
    return (2 * line.amount * pieces + line.quantity) // (2 * line.quantity)
