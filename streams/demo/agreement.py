"""Do the three books agree? Compared order by order, as each sandbox tells its own. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from streams.demo.documents import CURRENCY, Order
from streams.demo.sandboxes import Books
from streams.demo.watch import CANCELLED, CLOSED, DECLINED
from streams.flows.order.state import Status

Facts = dict[str, int | str]

TANDEM = "tandem"
"""The system of a difference that is in what Tandem knows: an order that has not ended."""


@dataclass(frozen=True)
class Difference:
    """One field of one order that is not as it must be; amounts in minor units."""

    key: str
    system: str
    field: str
    expected: int | str
    found: int | str

    def __str__(self) -> str:
        return f"{self.key}: {self.system} {self.field} {self.found}, expected {self.expected}"

    @property
    def amount(self) -> int:
        """How much money differs; 0 of a field that is not money."""
        if isinstance(self.expected, int) and isinstance(self.found, int):
            return abs(self.found - self.expected)
        return 0


def differences(
    orders: Mapping[str, Order],
    given_back: Mapping[str, int],
    statuses: Mapping[str, Status],
    books: Books,
) -> list[Difference]:
    """What differs, in the order of the orders; empty if the three books agree.

    A closed order must be completed in the shop, invoiced and paid in M3, captured at Heartland,
    each with its amount; and what goes back of it must be refunded in the shop, credited and repaid
    in M3, and not be kept by Heartland. What goes back before M3 has delivered it, M3 may take off
    the order instead: then it is neither invoiced nor credited. An undone order must have left
    nothing in M3 and no money taken or held. One that is still on its way, or refused, is a
    difference; so is what a book holds of it beyond once its amount, and whatever a book holds of
    no order. An entry that M3 never confirmed is no order; beside a confirmed one it is what a
    crash between the calls of one order leaves (no public transaction deletes it), and no
    difference.

    Args:
        orders: all that were to be played, by key.
        given_back: what goes back of them, minor units by key.
        statuses: of those that Tandem has seen.
        books: what the sandboxes say.
    """
    shop, m3, heartland = _shop(books.shop), _m3(books.m3), _heartland(books.heartland)
    found: list[Difference] = []
    for key, order in orders.items():
        status = statuses.get(key)
        told = {
            "shop": shop.get(order.number, {}),
            "m3": m3.get(key, {}),
            "heartland": heartland.get(key, {}),
        }
        back = given_back.get(key, 0)
        if status in CLOSED:
            off = _taken_off(order, back, told["m3"])
            found += _compared(key, _closed(order, back, off), told)
        elif status in DECLINED | CANCELLED:
            gone = status is Status.CANCELLED and back == order.amount
            found += _compared(key, _undone(order, back if gone else 0), told)
        else:
            seen = status.value if status else "never seen"
            found.append(Difference(key, TANDEM, "status", Status.CLOSED.value, seen))
            found += _beyond_all(key, _at_most(order, status), told)
    return found + _strangers(orders, books)


def _taken_off(order: Order, back: int, m3: Facts) -> int:
    """How much of what goes back M3 never delivered."""
    ordered = m3.get("ordered")
    off = order.amount - ordered if isinstance(ordered, int) else 0
    return off if 0 < off <= back else 0


def _closed(order: Order, back: int, off: int) -> dict[str, Facts]:
    amount = order.amount
    paid: Facts = {"currency": CURRENCY} if amount else {}
    return {
        "shop": {
            "total": amount,
            "currency": CURRENCY,
            "status": "refunded" if back and back == amount else "completed",
            "refunded": back,
        },
        "m3": {
            "orders": 1,
            "ordered": amount - off,
            "invoiced": amount - off,
            "credited": back - off,
            "outstanding": 0,
            "currency": CURRENCY,
        },
        "heartland": paid | {"authorized": amount, "kept": amount - back, "held": 0},
    }


def _undone(order: Order, back: int) -> dict[str, Facts]:
    """An order that went back whole before it left is refunded in the shop, and nothing else."""
    shop = {"status": "refunded" if back else "failed", "refunded": back}
    return {
        "shop": {"total": order.amount, "currency": CURRENCY, **shop},
        "m3": {"orders": 0, "invoiced": 0},
        "heartland": {"kept": 0, "held": 0},
    }


def _at_most(order: Order, status: Status | None) -> dict[str, dict[str, int]]:
    """What an order that has not ended may have come to; nothing of it may be there twice."""
    amount = order.amount
    kept = 0 if status is Status.REFUSED else amount
    return {
        "m3": {"orders": 1, "ordered": amount},
        "heartland": {"authorized": amount, "kept": kept},
    }


def _compared(
    key: str, wanted: Mapping[str, Facts], told: Mapping[str, Facts]
) -> Iterator[Difference]:
    for system, facts in wanted.items():
        for name, expected in facts.items():
            found = told[system].get(name, 0 if isinstance(expected, int) else "none")
            if found != expected:
                yield Difference(key, system, name, expected, found)


def _beyond_all(
    key: str, most: Mapping[str, Mapping[str, int]], told: Mapping[str, Facts]
) -> Iterator[Difference]:
    for system, limits in most.items():
        for name, limit in limits.items():
            found = told[system].get(name, 0)
            if isinstance(found, int) and found > limit:
                yield Difference(key, system, name, limit, found)


def _shop(book: Mapping[str, Any]) -> dict[str, Facts]:
    return {
        number: {name: entry[name] for name in ("total", "currency", "status", "refunded")}
        for number, entry in book["orders"].items()
    }


def _m3(book: Mapping[str, Any]) -> dict[str, Facts]:
    again = Counter(order["CUOR"] for order in book["duplicates"])
    credited: Counter[str] = Counter()
    open_credit: Counter[str] = Counter()
    for credit in book["credit_notes"]:
        credited[credit["CUOR"]] -= credit["gross"]
        open_credit[credit["CUOR"]] += credit["outstanding"]
    facts: dict[str, Facts] = {}
    for key, order in book["orders"].items():
        invoice = book["invoices"].get(key)
        facts[key] = {
            "orders": 1 + again[key],
            "ordered": order["total"],
            "invoiced": invoice["gross"] if invoice else "none",
            "credited": credited[key],
            "outstanding": invoice["outstanding"] + open_credit[key] if invoice else "none",
            "currency": order["currency"],
        }
    return facts


def _heartland(book: Mapping[str, Any]) -> dict[str, Facts]:
    """What Heartland keeps: a reversed sale is not among what it captured."""
    return {
        key: {
            "currency": entry["currency"],
            "authorized": entry["authorized"],
            "kept": entry["captured"] - entry["refunded"],
            "held": entry["held"],
        }
        for key, entry in book["orders"].items()
    }


def _strangers(orders: Mapping[str, Order], books: Books) -> list[Difference]:
    numbers = {order.number for order in orders.values()}
    entries = {entry["CUOR"] for entry in books.m3["unconfirmed"]}
    left_over = entries - books.m3["orders"].keys()
    return [
        *_beyond("shop", "order", books.shop["orders"], numbers),
        *_beyond("m3", "order", books.m3["orders"], orders),
        *(Difference(key, "m3", "unconfirmed order", "none", "one") for key in sorted(left_over)),
        *_beyond("heartland", "payment", books.heartland["orders"], orders),
    ]


def _beyond(
    system: str, field: str, told: Iterable[str], known: set[str] | Mapping[str, Order]
) -> Sequence[Difference]:
    return [Difference(key, system, field, "none", "one") for key in told if key not in known]
