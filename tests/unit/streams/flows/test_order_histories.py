"""Generated histories of one order: money is conserved, nothing waits for ever, the books agree."""

import sys
from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streams.core.message import Command
from streams.flows.policy import Policy, ShopPolicy
from streams.messages.parts import Line
from tests.unit.streams.flows import books
from tests.unit.streams.flows.m3_model import M3
from tests.unit.streams.flows.shop_model import OPEN, Shop
from tests.unit.streams.flows.systems import Systems

PICK = st.integers(0, 11)
POLICIES = st.builds(
    ShopPolicy,
    capture=st.sampled_from(["shipment", "shipment", "order"]),
    multiple_captures=st.booleans(),
    oversell=st.sampled_from(["backorder", "refuse"]),
)
GOODS = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 300)), min_size=1, max_size=3)
ANSWERS = ["approve", "approve", "approve", "decline", "part", "refuse"]


def lines_of(goods: list[tuple[int, int]]) -> tuple[Line, ...]:
    """Lines of a number of pieces that cost an amount."""
    return tuple(
        Line(line_id=f"{n}", item=f"I{n}", quantity=pieces, unit_price="1", amount=amount)
        for n, (pieces, amount) in enumerate(goods, 1)
    )


Rule = Callable[..., None]


def at_hand(things: Callable[[Systems], object]) -> Callable[[Rule], Rule]:
    """A rule that needs something to be there."""
    return precondition(lambda machine: bool(things(machine.systems)))


class Histories(RuleBasedStateMachine):
    """What shops, customers, clerks, warehouses, banks and the mail may do, in any order."""

    systems: Systems
    calm: bool

    @initialize(
        policy=POLICIES,
        goods=GOODS,
        freight=st.sampled_from([0, 0, 99]),
        paid=st.sampled_from(["token", "token", "AUTO", "LATER", "nothing"]),
        customer=st.sampled_from(["", "17850", "stranger"]),
        tells=st.booleans(),
        gone=st.sampled_from([(), (), ("I1",), ("I2",)]),
        calm=st.booleans(),
    )
    def order(
        self,
        policy: ShopPolicy,
        goods: list[tuple[int, int]],
        freight: int,
        paid: str,
        customer: str,
        tells: bool,
        gone: tuple[str, ...],
        calm: bool,
    ) -> None:
        """A customer places an order; in a calm history nobody calls it off."""
        self.calm = calm
        shop = Shop(lines_of(goods), freight, customer)
        policies = Policy(shops={"uk": policy})
        self.systems = Systems(policies, shop, M3(tells), frozenset(() if calm else gone))
        self.systems.stranger = customer == "stranger"
        self._pay(paid)

    def _pay(self, how: str) -> None:
        world, shop = self.systems, self.systems.shop
        shop.token, shop.transaction_id = "", ""
        if how == "token":
            shop.token = f"PMT_{shop.attempt}"
        elif how != "nothing" and shop.total:
            shop.transaction_id = world.heartland.checkout(shop.total, how, world.now)
        shop.tell(world.now)
        world.collect()

    @rule(pick=PICK)
    @at_hand(lambda world: world.mail)
    def deliver(self, pick: int) -> None:
        """Some mail arrives."""
        mail = self.systems.mail
        self.systems.deliver(mail[pick % len(mail)])

    @rule(pick=PICK)
    @at_hand(lambda world: world.delivered)
    def deliver_again(self, pick: int) -> None:
        """Some mail arrives again."""
        delivered = self.systems.delivered
        self.systems.deliver(delivered[-1 - pick % len(delivered)])

    @rule(pick=PICK)
    @at_hand(lambda world: world.mail)
    def lose(self, pick: int) -> None:
        """A BOD does not arrive."""
        mail = self.systems.mail
        self.systems.lose(mail[pick % len(mail)])

    @rule()
    @at_hand(lambda world: world.lost)
    def poll(self) -> None:
        """What was lost is found."""
        self.systems.poll()

    @rule(pick=PICK, how=st.sampled_from(ANSWERS))
    @at_hand(lambda world: world.pending)
    def execute(self, pick: int, how: str) -> None:
        """A system does what it is asked for, or not."""
        pending = self.systems.pending
        command = pending[pick % len(pending)]
        self.systems.execute(command, answer_of(command, "approve" if self.calm else how))

    @rule(pick=PICK)
    @at_hand(lambda world: world.executed)
    def execute_again(self, pick: int) -> None:
        """A command comes again."""
        executed = self.systems.executed
        command = executed[-1 - pick % len(executed)]
        if command not in self.systems.refused:
            self.systems.execute(command)

    @rule(pick=PICK)
    @at_hand(lambda world: world.refused)
    def repair(self, pick: int) -> None:
        """A person has seen to it that what was refused can be done, and sends it again."""
        refused = self.systems.refused
        self.systems.execute(refused.pop(pick % len(refused)))

    @rule(pick=PICK)
    @at_hand(lambda world: world.wakes)
    def wait(self, pick: int) -> None:
        """Time passes."""
        wakes = sorted(self.systems.wakes)
        self.systems.wait(wakes[pick % len(wakes)])

    @rule()
    @at_hand(lambda world: world.kept)
    def wait_for_the_pause(self) -> None:
        """A moment passes."""
        self.systems.pause()

    @rule(steps=st.integers(1, 12))
    def go_on(self, steps: int) -> None:
        """For a while all happens as it should."""
        for _ in range(steps):
            if self.systems.mail or self.systems.pending:
                self.systems.goes_on()

    @rule(how=st.sampled_from(["token", "AUTO", "LATER"]))
    @at_hand(lambda world: world.shop.status == "failed")
    def pay_anew(self, how: str) -> None:
        """The customer pays an order that failed."""
        self.systems.shop.status = "processing"
        self._pay(how)

    @rule(how=st.sampled_from(["token", "AUTO", "LATER"]))
    @at_hand(lambda world: world.shop.status in OPEN)
    @precondition(lambda self: not (self.systems.shop.token or self.systems.shop.transaction_id))
    def pay(self, how: str) -> None:
        """The customer pays an order that came without a payment."""
        self._pay(how)

    @rule()
    @at_hand(lambda world: world.shop.status in OPEN)
    @precondition(lambda self: not self.calm)
    def cancel(self) -> None:
        """The shop cancels the order."""
        self.systems.shop.cancel()
        self.systems.collect()

    @rule(pick=PICK, pieces=st.integers(0, 3), dearer=st.integers(0, 1), item=st.booleans())
    @at_hand(lambda world: world.shop.status in OPEN and not world.shop.refunds)
    def change(self, pick: int, pieces: int, dearer: int, item: bool) -> None:
        """The shop takes a line out, or has another quantity or item, freight or street."""
        shop, at = self.systems.shop, pick % (len(self.systems.shop.lines) + 1)
        lines = list(shop.lines)
        if at == len(lines) and item:
            shop.freight = min(shop.freight, 10 * pieces)
        elif at == len(lines):
            shop.street = shop.street.removesuffix("I") if pieces else f"{shop.street}I"
        elif pieces:
            line = lines[at]
            amount = line.amount * pieces // line.quantity + dearer
            other = {"line_id": f"{line.line_id}0", "item": f"{line.item}0"} if item else {}
            lines[at] = line.model_copy(update={"quantity": pieces, "amount": amount, **other})
        elif len(lines) > 1:
            del lines[at]
        shop.lines = tuple(lines)
        shop.tell(self.systems.now)
        self.systems.collect()

    @rule(pick=PICK, pieces=st.integers(0, 3), freight=st.integers(0, 1), moved=st.booleans())
    @at_hand(lambda world: world.shop.status in ("processing", "on-hold", "completed"))
    def refund(self, pick: int, pieces: int, freight: int, moved: bool) -> None:
        """The shop gives back some pieces, or all, or money without goods."""
        shop, which = self.systems.shop, pick % (len(self.systems.shop.lines) + 1)
        lines = [line for n, line in enumerate(shop.lines) if which in (n, len(shop.lines))]
        back = {}
        for line in lines:
            left = line.quantity - sum(
                r.lines.get(line.line_id, (0, 0))[0] for r in shop.refunds.values()
            )
            taken = min(pieces or left, left)
            if taken:
                back[line.line_id] = taken, line.amount * taken // line.quantity
        freight = freight * (shop.freight - sum(r.freight for r in shop.refunds.values()))
        amount = sum(amount for _, amount in back.values()) + freight
        if not 0 < amount <= shop.total - shop.refunded:
            return
        pays = self.systems.heartland.plugin_refund
        moved = moved and pays(shop.transaction_id, amount)
        shop.refund(amount, back, "", moved, freight)
        self.systems.collect()

    @rule(wish=st.lists(st.integers(0, 3), min_size=3, max_size=3))
    @at_hand(lambda world: world.m3.open)
    def ship(self, wish: list[int]) -> None:
        """M3 delivers some of what is left."""
        self.systems.m3.deliver({f"{n}": pieces for n, pieces in enumerate(wish, 1)})
        self.systems.collect()

    @rule()
    @at_hand(lambda world: world.m3.unbilled)
    def invoice(self) -> None:
        """M3 invoices a delivery."""
        self.systems.m3.invoice()
        self.systems.collect()

    @rule()
    @at_hand(lambda world: world.m3.returns)
    def receive(self) -> None:
        """What was announced comes back, and is credited."""
        self.systems.m3.receive()
        self.systems.collect()

    @rule(pick=PICK, closes=st.booleans())
    @at_hand(lambda world: world.m3.open)
    def clerk_takes_line_out(self, pick: int, closes: bool) -> None:
        """A clerk deletes or closes a line in M3."""
        m3 = self.systems.m3
        ponr = f"{pick % len(m3.order) + 1}"
        m3.close(ponr) if closes else m3.delete_line(ponr)
        self.systems.collect()

    @rule(pick=PICK, pieces=st.integers(1, 2))
    @at_hand(lambda world: world.m3.open)
    def clerk_lowers_a_quantity(self, pick: int, pieces: int) -> None:
        """A clerk has fewer pieces of a line delivered."""
        m3 = self.systems.m3
        m3.lower(f"{pick % len(m3.order) + 1}", pieces)
        self.systems.collect()

    @rule()
    @at_hand(lambda world: world.m3.order)
    @precondition(lambda self: not self.calm)
    def clerk_deletes_order(self) -> None:
        """A clerk deletes the order in M3."""
        self.systems.m3.delete()
        self.systems.collect()

    @rule(pick=PICK, pieces=st.integers(1, 3))
    @at_hand(lambda world: world.m3.bills)
    def clerk_takes_goods_back(self, pick: int, pieces: int) -> None:
        """A clerk enters a return in M3."""
        m3 = self.systems.m3
        lines = [x for x in m3.order.values() if not x.service and x.delivered > x.returned]
        if lines:
            line = lines[pick % len(lines)]
            m3.take_back(line.ponr, min(pieces, line.delivered - line.returned))

    @invariant()
    def money_is_conserved(self) -> None:
        """At Heartland and in the flow's own books."""
        books.check_money(self.systems)

    @invariant()
    def there_is_a_way_out(self) -> None:
        """What is not final waits for something, and not for ever."""
        books.check_way_out(self.systems)

    def teardown(self) -> None:
        """In the end all is done, delivered and waited for."""
        if hasattr(self, "systems") and sys.exception() is None:
            self.systems.settle()
            books.check_end(self.systems)


def answer_of(command: Command, how: str) -> str:
    """What the system that a command is for can say."""
    can = {
        "heartland.authorize": ("approve", "decline", "part"),
        "m3.create_order": ("approve", "refuse"),
        "m3.cancel_order": ("approve", "refuse"),
    }
    return how if how in can.get(command.type, ()) else "approve"


TestHistories = Histories.TestCase
"""The same histories each time; without `derandomize` it searches on."""
TestHistories.settings = settings(
    max_examples=200,
    stateful_step_count=50,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
