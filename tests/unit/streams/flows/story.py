"""An order's story by hand: what the systems say, and a world that applies it to the flow."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from streams.core.flow import Flow, Kept, Sent, Turn
from streams.core.message import Command, Message, message_id
from streams.flows.order.flow import order_flow
from streams.flows.order.state import OrderState, Status
from streams.flows.policy import Policy, ShopPolicy
from streams.messages.customer import CustomerKnown
from streams.messages.fulfilment import InvoiceIssued, SalesOrderSynced, ShipmentSent
from streams.messages.ops import Result, WakeUp
from streams.messages.order import OrderPlaced
from streams.messages.parts import Address, Line, OrderLine, Shipped
from streams.messages.payment import PaymentNotified
from streams.messages.shop import UpdateOrder

M = TypeVar("M", bound=Message)

KEY, TRN, TOTAL = "uk-536365", "TRN_1", 2040
POLICY = Policy(shops={"uk": ShopPolicy()})


def said(cls: type[Message], name: str, **fields: object) -> Message:
    envelope = {
        "id": message_id(cls.type, name),
        "key": KEY,
        "occurred_at": 1_000,
        "received_at": 1_000,
        "source": "test",
        "correlation_id": KEY,
    }
    return cls.model_validate(envelope | fields)


def given_up(order_line: str, item: str, shipped: int) -> OrderLine:
    """A line of which M3 delivers no more than has left."""
    return OrderLine(
        order_line=order_line, item=item, ordered=shipped + 1, shipped=shipped, final=True
    )


def placed(total: int = TOTAL, customer_id: str = "17850") -> Message:
    line = Line(line_id="1", item="22752", quantity=8, unit_price="2.55", amount=total)
    who = Address(first_name="Ada", last_name="Byron", country="GB")
    return said(
        OrderPlaced,
        "placed",
        shop="uk",
        order_id="536365",
        order_number="536365",
        customer_id=customer_id,
        currency="GBP",
        total=total,
        lines=(line,),
        bill_to=who,
        ship_to=who,
        payment_token="PMT_1",
    )


def result(
    command_type: str,
    outcome: str = "done",
    minor: int | None = None,
    step: str = "",
    **values: str,
) -> Message:
    return said(
        Result,
        f"{command_type} {outcome} {step}",
        command_id=message_id(command_type, KEY, step),
        command_type=command_type,
        outcome=outcome,
        values=values,
        minor_units=minor,
        reason="item does not exist" if outcome == "rejected" else "",
        field="ITNO" if outcome == "rejected" else "",
    )


AUTHORIZED = result("heartland.authorize", id=TRN, status="PREAUTHORIZED", minor=TOTAL)
DECLINED = result(
    "heartland.authorize",
    id=TRN,
    status="DECLINED",
    result="101",
    message="Not sufficient fund",
    minor=0,
)
NOTIFIED = said(
    PaymentNotified,
    "authorized",
    transaction_id=TRN,
    status="PREAUTHORIZED",
    amount=TOTAL,
    currency="GBP",
)
CUSTOMER = said(CustomerKnown, "known", customer_number="W17850")
ENTERED = result("m3.create_order", ORNO="0010000001", STAT="22")
SYNCED = said(SalesOrderSynced, "synced", m3_order="0010000001", status="Open")
SHIPPED = said(
    ShipmentSent,
    "shipped",
    m3_order="0010000001",
    delivery="7",
    carrier="DPD",
    tracking="T1",
    lines=(Shipped(item="22752", quantity=8),),
)
CAPTURED = result(
    "heartland.capture", id=TRN, status="CAPTURED", minor=TOTAL, step=f"{TRN} to {TOTAL}"
)
INVOICED = said(
    InvoiceIssued,
    "invoiced",
    m3_order="0010000001",
    invoice_number="900001",
    invoice_year=2026,
    customer_number="W17850",
    amount=TOTAL,
    currency="GBP",
)
SETTLED = result("m3.record_payment", step="invoice 900001")

STORY = [
    placed(),
    AUTHORIZED,
    NOTIFIED,
    CUSTOMER,
    ENTERED,
    SYNCED,
    SHIPPED,
    CAPTURED,
    INVOICED,
    SETTLED,
]


class World:
    """Applies messages to the flow as the engine does, and remembers what was sent."""

    def __init__(self, flow: Flow[OrderState] | None = None) -> None:
        self.flow = flow or order_flow(POLICY)
        self.kept: Kept[OrderState] | None = None
        self.sent: dict[str, Message] = {}
        self.times: list[str] = []

    def post(self, message: Message, cause: str) -> Sent:
        self.sent[message.id] = message
        self.times.append(message.id)
        return Sent(id=message.id, cause=cause, topic="t", key=message.key, value=b"")

    def tell(self, messages: Iterable[Message]) -> "World":
        for message in messages:
            turn = Turn(self.flow, self.kept, False, self.post)
            turn.apply(message, message.command_id if isinstance(message, Result) else "")
            self.kept = turn.kept
        return self

    def tell_in_turn(
        self,
        messages: Iterable[Message],
        may: Callable[[Message, "World"], bool] = lambda message, world: True,
    ) -> "World":
        """Tells them in their order, but a result not before its command, and what else may not."""
        left = [*messages]
        while came := next((m for m in left if self._may_come(m) and may(m, self)), None):
            left.remove(came)
            self.tell([came])
        assert not left, "what could never come"
        return self

    def _may_come(self, message: Message) -> bool:
        return not isinstance(message, Result) or message.command_id in self.sent

    def pause(self) -> "World":
        """The pause passes after which the shop is told."""
        assert self.kept is not None
        if self.state.tell_at is not None:
            self.wake(self.state.tell_at)
        return self

    def answer(self, kind: type[Command], minor: int | None = None, **values: str) -> Message:
        """What a system answers to the newest command of a kind: done, with its own amount."""
        command = self.of(kind)[-1]
        return said(
            Result,
            f"done {command.id}",
            command_id=command.id,
            command_type=kind.type,
            outcome="done",
            values=values,
            minor_units=getattr(command, "amount", None) if minor is None else minor,
        )

    def wake(self, at: int) -> "World":
        return self.tell([said(WakeUp, f"{at} {len(self.times)}", occurred_at=at, received_at=at)])

    def notes(self) -> list[tuple[str, str]]:
        return [(told.status, told.note) for told in self.of(UpdateOrder)]

    @property
    def state(self) -> OrderState:
        assert self.kept is not None
        assert self.kept.state is not None
        return self.kept.state

    def status(self) -> Status:
        return self.state.status

    def of(self, kind: type[M]) -> list[M]:
        return [m for m in self.sent.values() if isinstance(m, kind)]
