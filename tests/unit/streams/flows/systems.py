"""The flow of one order amid the systems that it keeps in step, and all that is on its way.

Commands wait until somebody executes them, one after another in each system; what the systems tell
waits as mail until somebody delivers it, in any order.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from streams.core.connector import Outcome
from streams.core.errors import Rejected
from streams.core.flow import Kept, Sent, Turn
from streams.core.message import Command, Message, message_id
from streams.flows.checkout import CheckoutState, checkout_flow
from streams.flows.order.flow import order_flow
from streams.flows.policy import Policy
from streams.kafka.results import result_of
from streams.messages.customer import CustomerKnown, CustomerNeeded
from streams.messages.fulfilment import (
    CreditNoteIssued,
    InvoiceIssued,
    SalesOrderSynced,
    ShipmentSent,
)
from streams.messages.ops import Exceptional, WakeUp
from streams.messages.payment import PaymentClaimed, PaymentTaken
from streams.messages.stock import StockAnswered, StockReserved, StockUnsure
from tests.unit.streams.flows.heartland_model import Heartland
from tests.unit.streams.flows.m3_model import M3
from tests.unit.streams.flows.shop_model import Shop
from tests.unit.streams.flows.story import KEY, World, said

_BODS = (SalesOrderSynced, ShipmentSent, InvoiceIssued, CreditNoteIssued)
KNOWN = said(CustomerKnown, "known", customer_number="W17850")


@dataclass
class Checkouts:
    """The flow of the checkouts' payments, by transaction."""

    policy: Policy
    kept: dict[str, Kept[CheckoutState]] = field(default_factory=dict)

    def tell(self, message: Message) -> list[Message]:
        """Applies a message; what the flow says."""
        out: list[Message] = []

        def post(said: Message, cause: str) -> Sent:
            out.append(said)
            return Sent(id=said.id, cause=cause, topic="t", key=said.key, value=b"")

        turn = Turn(checkout_flow(self.policy), self.kept.get(message.key), False, post)
        turn.apply(message)
        self.kept[message.key] = turn.kept
        return out


class Systems(World):
    """The order's flow, Heartland, M3, the shop, stock and customers.

    Attributes:
        now: ms UTC.
        waiting: commands to be executed, by system; `refused` those that were, to be repaired.
        mail: what is told and not delivered yet; `delivered` what is, `lost` what a poller finds.
        claims: what of each item is claimed; `gone` items of which nothing is left.
        cases: what a person was told.
        stranger: M3 refuses the customer, until somebody has repaired that.
    """

    def __init__(self, policy: Policy, shop: Shop, m3: M3, gone: frozenset[str]) -> None:
        super().__init__(order_flow(policy))
        self.now, self.stranger = 1_000_000, False
        self.shop, self.m3, self.heartland, self.gone = shop, m3, Heartland(), gone
        self.checkouts = Checkouts(policy)
        self.waiting: dict[str, list[Command]] = defaultdict(list)
        self.executed: list[Command] = []
        self.refused: list[Command] = []
        self.mail: list[Message] = []
        self.delivered: list[Message] = []
        self.lost: list[Message] = []
        self.claims: dict[str, int] = {}
        self.cases: list[Exceptional] = []
        self._woken: dict[str, int] = {}

    def post(self, message: Message, cause: str) -> Sent:
        """What the flow says is on its way; nothing is said twice."""
        assert message.id not in self.sent, f"said twice: {message!r}"
        self._take(message)
        return super().post(message, cause)

    def _take(self, message: Message) -> None:
        if isinstance(message, Command):
            self.waiting[message.type.partition(".")[0]].append(message)
        elif isinstance(message, Exceptional):
            self.cases.append(message)
        elif isinstance(message, StockReserved):
            self._claim(message)
        elif isinstance(message, CustomerNeeded):
            refused = {"customer_number": "", "reason": "M3 refused the customer"}
            self.send([said(CustomerKnown, "refused", **refused) if self.stranger else KNOWN])
        elif isinstance(message, PaymentClaimed):
            self._by_checkout(message)
        elif isinstance(message, StockUnsure):
            return  # it is the stock's flow to hear it
        else:
            self.send([message])

    def _claim(self, claim: StockReserved) -> None:
        granted = 0 if claim.asks and claim.item in self.gone else claim.quantity
        self.claims[claim.item] = granted
        if claim.asks:
            of = {"item": claim.item, "warehouse": claim.warehouse, "asked": claim.quantity}
            self.send([said(StockAnswered, claim.id, quantity=granted, **of)])

    def _by_checkout(self, message: Message) -> None:
        for each in self.checkouts.tell(message):
            self._take(each)

    def send(self, messages: Iterable[Message]) -> None:
        """Mail that happens now; what M3 tells of its order, one after the other."""
        for each in messages:
            after = each.variation if isinstance(each, SalesOrderSynced) else 0
            self.mail.append(each.model_copy(update={"occurred_at": self.now + after}))

    def collect(self) -> None:
        """What the systems have told becomes mail."""
        for system in (self.heartland, self.m3, self.shop):
            self.send(system.told)
            system.told.clear()

    def deliver(self, message: Message) -> None:
        """Delivers mail, or delivers it again."""
        if message in self.mail:
            self.mail.remove(message)
            self.delivered.append(message)
        came = message.model_copy(update={"received_at": self.now})
        if isinstance(came, PaymentTaken):
            self._by_checkout(came)
        else:
            self.tell([came])
        if isinstance(came, CustomerKnown) and came.reason and self.stranger:
            self.stranger = False
            self.send([KNOWN])

    def lose(self, message: Message) -> None:
        """A BOD is lost; nothing but a BOD tells that an order was deleted."""
        deletes = isinstance(message, SalesOrderSynced) and message.status == "Canceled"
        if isinstance(message, _BODS) and not deletes:
            self.mail.remove(message)
            self.lost.append(message)

    def poll(self) -> None:
        """What was lost is found in M3's tables, as it is there now."""
        kept = [each for each in self.lost if not isinstance(each, SalesOrderSynced)]
        if len(kept) < len(self.lost):
            self.m3.look()
        self.lost.clear()
        self.send(kept)
        self.collect()

    def execute(self, command: Command, how: str = "approve") -> None:
        """Executes the command, or does so again; its result is mail."""
        name = command.type.partition(".")[0]
        if command in self.waiting[name]:
            self.waiting[name].remove(command)
            self.executed.append(command)
        system: Heartland | M3 | Shop = getattr(self, name)
        outcome: Outcome | Rejected
        try:
            outcome = system.execute(command, how, self.now)
        except Rejected as why:
            outcome = why
            self.refused.append(command)
        self.collect()
        result = result_of(command, outcome, f"sink/{name}", self.now)
        if all(each.id != result.id for each in (*self.mail, *self.delivered)):
            self.mail.append(result)

    @property
    def wakes(self) -> dict[str, int]:
        """When which key wants to be woken: the order, or a transaction of a checkout."""
        kept = {KEY: self.kept, **self.checkouts.kept}
        wishes = {key: each.wake_at for key, each in kept.items() if each}
        return {key: at for key, at in wishes.items() if at and self._woken.get(key) != at}

    def wait(self, key: str) -> None:
        """Time passes until a key's wish comes true."""
        at = self._woken[key] = self.wakes[key]
        self.now = max(self.now, at)
        self.heartland.expire(self.now)
        self.collect()
        wake = said(WakeUp, "", id=message_id("wake", key, at), key=key, occurred_at=at)
        came = wake.model_copy(update={"received_at": self.now})
        if key == KEY:
            self.tell([came])
        else:
            self._by_checkout(came)

    def pause(self) -> "Systems":
        """The moment passes after which the shop is told."""
        if self.kept and self.state.tell_at and KEY in self.wakes:
            self.wait(KEY)
        return self

    @property
    def pending(self) -> list[Command]:
        """The commands that may be executed next: the first of each system."""
        return [queue[0] for queue in self.waiting.values() if queue]

    def goes_on(self) -> bool:
        """The next thing happens that was to happen anyway, at once; False if nothing was."""
        if self.mail:
            self.deliver(self.mail[0])
        elif self.pending:
            self.execute(self.pending[0])
        elif self.kept and self.state.tell_at:
            self.pause()
        elif self.m3.unbilled:
            self.m3.invoice()
        elif self.m3.open:
            self.m3.deliver({ponr: line.left for ponr, line in self.m3.order.items()})
        elif any(not each.credited for each in self.m3.returns):
            self.m3.receive()
            for each in self.m3.returns:
                each.credited = True
        elif self.lost:
            self.poll()
        else:
            return False
        self.collect()
        return True

    def settle(self) -> None:
        """Everything that is on its way arrives, M3 ends the order, and time passes."""
        for _ in range(300):
            if not self.goes_on():
                if not self.wakes:
                    return
                self.wait(min(self.wakes, key=lambda key: self.wakes[key]))
        raise AssertionError("it never comes to rest")
