"""What of an order goes into its next delivery. Pure but for the plans it uses up.

An order waits whole until everything is on hand, unless back orders are allowed (by its type, its
customer or for all): then what is there goes, the rest when stock comes. A plan splits an order
whether or not stock is short. Services (freight, charges) go with the first delivery.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

from connectors.m3.sandbox.settings import SandboxSettings
from connectors.m3.sandbox.state.books import Books
from connectors.m3.sandbox.state.orders import Line, Order
from connectors.sandbox.keeping.shelves import MEMORY, Shelves

Wish = Mapping[str, Decimal]
Pick = list[tuple[Line, Decimal]]


@dataclass
class Rules:
    """How the warehouse puts deliveries together.

    Attributes:
        back_orders: back orders are allowed for every order.
        split_percent: share of the orders that are split in two, chosen by `seed` and CUOR.
    """

    back_orders: bool
    split_percent: int
    seed: int


class Picking:
    """The rules of the warehouse, and the plans of single orders.

    Attributes:
        plans: by CUOR, the items and quantities of the deliveries to come; after the last one
            everything that is left is one more.
    """

    def __init__(self, settings: SandboxSettings, shelves: Shelves = MEMORY) -> None:
        self._settings = settings
        self._rules: dict[str, Rules] = shelves.shelf("picking_rules", Rules)
        self.plans: dict[str, deque[Wish]] = shelves.shelf("picking_plans", deque[Wish])

    @property
    def rules(self) -> Rules:
        """The rules as they are; at first those of the settings."""
        told = self._settings
        return self._rules.setdefault("", Rules(told.back_orders, told.split_percent, told.seed))

    def clear(self) -> None:
        """Forgets the plans; the rules are as at the start."""
        self.plans.clear()
        self._rules.clear()

    def plan(self, order: Order) -> None:
        """Splits a new order if it is one of those to be split and has no plan of its own."""
        if self.rules.split_percent and order.CUOR not in self.plans and self._chosen(order.CUOR):
            half = _half(order)
            if half:
                self.plans[order.CUOR] = deque([half])

    def pick(self, order: Order, books: Books) -> Pick:
        """Lines and quantities of the next delivery; nothing if the order must wait."""
        plan = self.plans.get(order.CUOR)
        while plan and not _wanted(order, plan[0]):
            plan.popleft()
        picked = _goods(
            order, books, plan[0] if plan else None, partial=self._partial(order, books)
        )
        if picked is None:
            return []
        if plan:
            plan.popleft()
        return [*picked, *((line, line.left) for line in order.lines if _service(line))]

    def _partial(self, order: Order, books: Books) -> bool:
        customer = books.customers.by_cuno[order.CUNO]
        return self.rules.back_orders or order.back_orders or customer.record.get("BCKO") == "1"

    def _chosen(self, cuor: str) -> bool:
        digest = sha256(f"{self.rules.seed}/{cuor}".encode()).digest()
        return int.from_bytes(digest[:4]) % 100 < self.rules.split_percent


def _wanted(order: Order, wish: Wish) -> bool:
    return any(wish.get(line.ITNO) and line.left for line in order.lines if line.stocked)


def _service(line: Line) -> bool:
    return not line.stocked and line.left > 0


def _goods(order: Order, books: Books, wish: Wish | None, *, partial: bool) -> Pick | None:
    """Stocked lines and quantities; None if the order must wait."""
    goods = [line for line in order.lines if line.stocked and line.left > 0]
    wished = None if wish is None else dict(wish)
    there: dict[str, Decimal] = {}
    picked: Pick = []
    for line in goods:
        wanted = line.left
        if wished is not None:
            wanted = min(wanted, wished.get(line.ITNO, Decimal(0)))
            wished[line.ITNO] = wished.get(line.ITNO, Decimal(0)) - wanted
        if not wanted:
            continue
        available = there.get(line.ITNO)
        if available is None:
            available = books.items.get(line.ITNO).available
        taken = min(wanted, available)
        if taken < wanted and not partial:
            return None
        there[line.ITNO] = available - taken
        if taken > 0:
            picked.append((line, taken))
    return picked if picked or not goods else None


def _half(order: Order) -> dict[str, Decimal]:
    """The first half of an order: of its lines, or of its only line's pieces."""
    goods = [line for line in order.lines if line.stocked]
    half: dict[str, Decimal] = {}
    if len(goods) == 1:
        pieces = goods[0].ORQT // 2
        return {goods[0].ITNO: pieces} if pieces else {}
    for line in goods[: (len(goods) + 1) // 2]:
        half[line.ITNO] = half.get(line.ITNO, Decimal(0)) + line.ORQT
    return half
