"""What of a run did not end as it should: each by name and amount, and what it explains. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from streams.demo.agreement import TANDEM, Difference
from streams.demo.documents import CURRENCY, Order
from streams.demo.watch import CLOSED, DECLINED, Watch
from streams.flows.order.state import MEANING
from streams.messages.ops import DeadLetter

ENDED = "declined"
"""The kind of an order that ended without money or goods: Tandem makes no case of it."""

OPEN, REFUND_OPEN = "open", "refund open"
"""Kinds of what was on its way when the demo ended: an order; what goes back of a closed one."""

NEVER_NAMED = frozenset({"orders", "order", "payment", "currency"})
"""Fields whose difference no case explains: what is there twice, or belongs to nobody."""


@dataclass(frozen=True)
class Case:
    """What became of an order or a message, for people.

    Attributes:
        key: the order's; a dead letter's own, which may be empty.
        kind: `declined`, `open`, `refund open`, `dead letter of ...`; else what Tandem calls it.
        minor_units: None if nobody knows, as of bytes that cannot be read.
    """

    key: str
    kind: str
    reason: str
    minor_units: int | None
    currency: str


def cases(orders: Mapping[str, Order], given_back: Mapping[str, int], watch: Watch) -> list[Case]:
    """All of a run: Tandem's own cases of its orders, other dead letters, declined and open orders.

    Tandem makes a case of an order that waits too long when its state's deadline has passed. The
    demo ends sooner, so it names what is open itself, with the money that has not come to rest.

    Args:
        orders: all that were to be played, by key.
        given_back: what goes back of them, minor units by key.
        watch: what Tandem told.
    """
    own = [
        Case(each.key, each.kind, each.reason, each.minor_units, each.currency)
        for each in watch.exceptions.values()
        if each.key in orders
    ]
    known = {each.key for each in own}
    letters = (_letter(each) for each in watch.dead_letters.values() if each.key not in known)
    left = (
        case
        for key, order in orders.items()
        for case in _left(key, order, given_back.get(key, 0), watch)
    )
    return [*own, *left, *letters]


def unnamed(
    differences: Iterable[Difference], orders: Mapping[str, Order], found: Iterable[Case]
) -> list[Difference]:
    """The differences that no case names: none of the same order has as much money as differs."""
    most: dict[str, int] = {}
    for case in found:
        if case.minor_units is not None:
            most[case.key] = max(most.get(case.key, 0), case.minor_units)

    def is_named(each: Difference) -> bool:
        if each.field in NEVER_NAMED or each.key not in most:
            return False
        at_stake = orders[each.key].amount if each.system == TANDEM else each.amount
        return at_stake <= most[each.key]

    return [each for each in differences if not is_named(each)]


def _letter(letter: DeadLetter) -> Case:
    reason = f"{letter.field}: {letter.reason}" if letter.field else letter.reason
    kind = f"dead letter of {letter.origin}"
    return Case(letter.key, kind, reason, letter.minor_units, letter.currency)


def _left(key: str, order: Order, back: int, watch: Watch) -> Iterator[Case]:
    seen = watch.orders.get(key)
    if seen and seen.status in DECLINED:
        yield Case(key, ENDED, seen.declined, order.amount, CURRENCY)
    elif watch.settled(key, back) or watch.for_a_person(key):
        return
    elif seen is None:
        yield Case(key, OPEN, "Tandem has not heard of it", order.amount, CURRENCY)
    elif seen.status in CLOSED:
        reason, left = "goods or money are on their way back", back - seen.returned
        yield Case(key, REFUND_OPEN, reason, left, CURRENCY)
    else:
        yield Case(key, OPEN, f"{seen.status}: {MEANING[seen.status]}", order.amount, CURRENCY)
