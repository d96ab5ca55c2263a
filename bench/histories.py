"""Stories of orders, in waves: what follows from a wave's outputs is in a later one."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain, zip_longest
from random import Random
from typing import NamedTuple

from streams.core.connector import Outcome
from streams.core.flow import Flow
from streams.core.message import Command, Message
from streams.core.money import line_amount
from streams.flows.order.state import OrderState
from streams.flows.policy import HOUR_MS
from streams.kafka.results import result_of
from streams.messages.customer import CustomerKnown, CustomerNeeded
from streams.messages.fulfilment import InvoiceIssued, SalesOrderSynced, ShipmentSent
from streams.messages.heartland import Authorize, Capture
from streams.messages.m3 import CreateOrder, RecordPayment
from streams.messages.ops import WakeUp
from streams.messages.order import OrderPlaced
from streams.messages.parts import Address, Line, OrderLine, Shipped
from streams.messages.payment import PaymentNotified

CURRENCY = "GBP"
LINES = (7, 8, 9, 9, 10, 11)
ITEMS = 2_000

Wave = tuple[Message, ...]


class Story(NamedTuple):
    """One order from placed to closed.

    Attributes:
        waves: the messages that come in; each wave follows from what the one before led to.
        states: what is known of the order after each wave.
    """

    waves: tuple[Wave, ...]
    states: tuple[OrderState, ...]


def order(number: int, at: int) -> OrderPlaced:
    """An order with 7 to 11 lines, the same for the same number; `at` in ms UTC."""
    random = Random(number)
    lines = tuple(_line(random, line) for line in range(random.choice(LINES)))
    address = Address(
        first_name="Ada",
        last_name=f"Lovelace {number}",
        address_1=f"{number % 300} St James's Square",
        city="London",
        postcode="SW1Y 4LB",
        country="GB",
        email=f"ada.{number}@example.com",
        phone="020 7946 0000",
    )
    key = f"uk-{number}"
    return OrderPlaced(
        id=f"placed-{number:024}",
        key=key,
        occurred_at=at,
        received_at=at,
        source="shop/uk",
        correlation_id=key,
        shop="uk",
        order_id=str(number),
        order_number=str(number),
        customer_id=str(10_000 + number % 4_000),
        currency=CURRENCY,
        total=sum(line.amount for line in lines),
        lines=lines,
        bill_to=address,
        ship_to=address,
        payment_method="globalpayments_gpapi",
        payment_token=f"PMT_{'abcdefgh' * 4}",
    )


def story(flow: Flow[OrderState], placed: OrderPlaced) -> Story:
    """What the systems say of an order that goes well, found by asking the flow itself."""
    waves: list[Wave] = []
    states: list[OrderState] = []
    state: OrderState | None = None
    coming: Wave = (placed,)
    while coming:
        waves.append(coming)
        out: list[Message] = []
        for message in coming:
            decision = flow.decide(state, message)
            state = decision.state
            out += decision.out
        states += [state] if state else []
        coming = tuple(answer for said in out for answer in _answers(said, placed))
    return Story(tuple(waves), tuple(states))


def told(placed: OrderPlaced) -> Wave:
    """The pause is over after which the shop hears of it; for a race without waiting."""
    at = placed.received_at + 2 * HOUR_MS
    wake = WakeUp(
        id=f"wake-{placed.order_id}",
        key=placed.key,
        occurred_at=at,
        received_at=at,
        source="flow/order",
        correlation_id=placed.key,
    )
    return (wake,)


def _line(random: Random, number: int) -> Line:
    item, quantity = 20_000 + random.randrange(ITEMS), random.choice((1, 1, 2, 6, 12))
    price = Decimal(random.randrange(29, 1_295)).scaleb(-2)
    return Line(
        line_id=str(number + 1),
        item=f"{item}A",
        name=f"White hanging heart T-light holder {item}",
        quantity=quantity,
        unit_price=str(price),
        amount=line_amount(quantity, price, CURRENCY),
    )


def _answers(said: Message, placed: OrderPlaced) -> Iterator[Message]:
    number = placed.order_id
    transaction, m3_order = f"TRN_{int(number):032}", f"00{number}"
    envelope = {
        "key": placed.key,
        "occurred_at": placed.occurred_at,
        "received_at": placed.received_at,
        "correlation_id": placed.key,
    }
    match said:
        case CustomerNeeded():
            yield CustomerKnown(
                **envelope,
                id=f"known-{number:>025}",
                source="flow/customer",
                causation_id=said.id,
                customer_number=f"UK{placed.customer_id}",
            )
        case Authorize():
            yield PaymentNotified(
                **envelope,
                id=f"notified-{number:>022}",
                source="heartland",
                transaction_id=transaction,
                status="PREAUTHORIZED",
                amount=placed.total,
                currency=CURRENCY,
                reference=said.id,
                result="00",
                message="APPROVAL",
                brand="VISA",
                last4="5262",
                authcode="12345",
            )
            yield _done(said, id=transaction, status="PREAUTHORIZED", result="00")
        case CreateOrder():
            yield _done(said, ORNO=m3_order, STAT="20")
            yield SalesOrderSynced(
                **envelope,
                id=f"synced-{number:>024}",
                source="m3",
                m3_order=m3_order,
                status="Open",
                amount=placed.total,
                currency=CURRENCY,
                lines=tuple(_entered(line) for line in placed.lines),
            )
            yield ShipmentSent(
                **envelope,
                id=f"shipment-{number:>022}",
                source="m3",
                m3_order=m3_order,
                delivery=number,
                carrier="DPD",
                tracking=f"{number:0>14}",
                lines=tuple(Shipped(item=x.item, quantity=x.quantity) for x in placed.lines),
            )
            yield InvoiceIssued(
                **envelope,
                id=f"invoice-{number:>023}",
                source="m3",
                m3_order=m3_order,
                invoice_number=number,
                invoice_year=2026,
                customer_number=f"UK{placed.customer_id}",
                amount=placed.total,
                currency=CURRENCY,
            )
        case Capture():
            yield _done(said, id=transaction, status="CAPTURED")
        case RecordPayment():
            yield _done(said)


def _entered(line: Line) -> OrderLine:
    quantity = line.quantity
    return OrderLine(order_line=line.line_id, item=line.item, ordered=quantity, shipped=0)


def _done(command: Command, **values: str) -> Message:
    units = getattr(command, "amount", None)
    outcome = Outcome(values, units, CURRENCY if units else "")
    return result_of(command, outcome, "sink", command.received_at)


def waves(stories: Sequence[Story]) -> list[list[Message]]:
    """The stories side by side: the first waves of all, then the second ones, and so on."""
    side_by_side = zip_longest(*(each.waves for each in stories), fillvalue=())
    return [list(chain.from_iterable(wave)) for wave in side_by_side]
