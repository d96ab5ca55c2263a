"""What must hold of an order's money at every moment, and how the books must agree in the end.

A disagreement is allowed only where a person was told of it, by a case of a kind that names it.
"""

import re
from collections import Counter
from collections.abc import Iterator

from streams.flows.order.machine import TRANSITIONS
from streams.flows.order.state import Status
from streams.messages.heartland import Capture, Refund, Reverse
from streams.messages.m3 import CreateReturn, RecordPayment
from streams.messages.shop import CreateRefund
from tests.unit.streams.flows.systems import Systems

FINAL = (Status.CLOSED, Status.CANCELLED, Status.SOLD_OUT, Status.FAILED, Status.DECLINED)
ENDED = FINAL[1:]

REFUNDS = (
    "refund without goods",
    "refund without payment",
    "refund without price",
    "refund difference",
    "refund too large",
    "refund late",
    "captured too much",
    f"{Refund.type} ",
    f"{CreateReturn.type} ",
)
"""Money that went back is not credited in M3, or the other way round."""

NAMED_BY = {
    "money kept is not what M3 invoiced": (*REFUNDS, "changed order"),
    "open in M3's receivables": (*REFUNDS, "changed order", f"{RecordPayment.type} ", "undone"),
    "held at Heartland": (f"{Reverse.type} ",),
    "kept of an order that is none": (f"{Refund.type} ",),
    "open in M3 though the order has ended": ("undone",),
    "claimed": (),
    "the shop shows another amount": (
        *REFUNDS,
        "changed order",
        "changed too late",
        f"{CreateRefund.type} ",
    ),
    "the shop shows another status": ("changed order", "cancelled too late"),
}
"""What may disagree in the end: the kinds of cases that name it, each or by its beginning."""


def check_money(world: Systems) -> None:
    """Authorized >= captured >= refunded, there and here; no money is forgotten."""
    for each in world.heartland.transactions.values():
        assert each.authorized >= each.captured + each.let_go >= each.captured >= each.refunded
    if world.kept:
        payment = world.state.payment
        by_shop = sum(r.given for r in world.state.refunds.values() if not r.transaction_id)
        assert payment.authorized >= payment.captured >= world.state.refunded - by_shop >= 0
        check_former(world)


def check_former(world: Systems) -> None:
    """What another payment has taken the place of holds nothing, or is being let go, or told."""
    assert world.kept is not None
    waiting = [world.sent[id] for id in world.kept.outbox]
    let_go = {m.transaction_id for m in waiting if isinstance(m, Reverse | Refund)}
    for id in world.state.payment.past:
        each = world.heartland.transactions[id]
        assert id in let_go or _named(world, id) or not (each.held or each.kept), each


def check_way_out(world: Systems) -> None:
    """A status that is not final has a transition, and is waited in with a deadline, or told."""
    if world.kept is None or world.state.status in FINAL:
        return
    status = world.state.status
    assert any(t.source is status for t in TRANSITIONS), status
    assert world.kept.outbox or world.kept.wake_at or world.cases, status


def check_end(world: Systems) -> None:
    """The shop, M3 and Heartland agree, or a person was told of what does not."""
    if world.kept is None:
        return
    expired = any(each.expired for each in world.heartland.transactions.values())
    captures = any(case.kind.startswith(Capture.type) for case in world.cases)
    assert expired or not captures, "a capture was asked for that could not be"
    if world.state.status not in FINAL:
        assert world.cases, f"stays {world.state.status}, and nobody was told"
        return
    for what, amount in disagreements(world):
        named = [case for case in world.cases if case.kind.startswith(NAMED_BY[what])]
        told = sum(case.minor_units for case in named)
        wrong = f"{world.state.status}: {what}: {amount}, and a person was told of {told}"
        assert named, wrong
        assert not isinstance(amount, int) or told >= abs(amount), wrong
    for each in world.heartland.transactions.values():
        ours = each.id == world.state.payment.transaction_id
        told = ours or _named(world, each.id)
        assert told or not (each.held or each.kept), f"{each} is forgotten"


def disagreements(world: Systems) -> Iterator[tuple[str, object]]:
    """What does not agree of an order that is over, and by how much."""
    status, m3, shop = world.state.status, world.m3, world.shop
    payment = world.heartland.transactions.get(world.state.payment.transaction_id)
    kept, held = (payment.kept, payment.held) if payment else (0, 0)
    if held:
        yield "held at Heartland", held
    if any(world.claims.values()):
        yield "claimed", world.claims
    if m3.outstanding:
        yield "open in M3's receivables", m3.outstanding
    if status is Status.CLOSED:
        if kept != m3.billed:
            yield "money kept is not what M3 invoiced", kept - m3.billed
        if kept != shown(world):
            yield "the shop shows another amount", shown(world) - kept
    else:
        if kept:
            yield "kept of an order that is none", kept
        if m3.order and not m3.deleted:
            yield "open in M3 though the order has ended", m3.amount
    if shop.status not in SHOWN[status]:
        yield "the shop shows another status", shop.status


def _named(world: Systems, id: str) -> bool:
    """Whether a case is about a transaction."""
    return any(id == case.key or re.search(rf"\b{id}\b", case.reason) for case in world.cases)


SHOWN = {
    Status.CLOSED: ("completed", "refunded"),
    Status.CANCELLED: ("cancelled", "refunded"),
    Status.SOLD_OUT: ("failed", "refunded"),
    Status.FAILED: ("failed", "refunded"),
    Status.DECLINED: ("failed", "refunded"),
}
"""What the shop may show of an order that is over."""


def shown(world: Systems) -> int:
    """What the shop's customer has paid by the shop's own figures.

    The total less what was given back, less what M3 did not deliver and nobody gave back; what was
    given back of goods that M3 took back was delivered.
    """
    shop, m3 = world.shop, world.m3
    came_to_nothing = 0
    billed = {line.item: line.billed for line in m3.order.values()}
    returned = Counter[str]()
    for ponr, _, amount in (line for each in m3.returns for line in each.lines):
        returned[m3.order[ponr].item] += amount
    for line in shop.lines:
        missing = line.amount - billed.get(line.item, 0)
        back = sum(r.lines.get(line.line_id, (0, 0))[1] for r in shop.refunds.values())
        came_to_nothing += max(0, missing - max(0, back - returned[line.item]))
    return shop.total - shop.refunded - came_to_nothing
