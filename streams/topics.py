"""The catalogue of all topics, and which topic takes a message."""

from dataclasses import replace

from streams.core.message import Message
from streams.core.topic import DAY_MS, Topic
from streams.messages.customer import (
    CustomerAcknowledged,
    CustomerKnown,
    CustomerNeeded,
    CustomerSynced,
)
from streams.messages.fulfilment import (
    CreditNoteIssued,
    InvoiceIssued,
    SalesOrderAcknowledged,
    SalesOrderSynced,
    ShipmentSent,
)
from streams.messages.heartland import (
    Authorize,
    Capture,
    CheckPayment,
    Increment,
    Refund,
    Reverse,
)
from streams.messages.m3 import (
    CancelLines,
    CancelOrder,
    ChangeOrder,
    CreateOrder,
    CreateReturn,
    EnsureCustomer,
    RecordPayment,
)
from streams.messages.ops import DeadLetter, Exceptional, Result
from streams.messages.order import OrderCancelled, OrderPlaced, OrderRefunded
from streams.messages.payment import PaymentClaimed, PaymentNotified, PaymentTaken
from streams.messages.shop import CreateRefund, ReadRefund, UpdateOrder, UpdateStock
from streams.messages.stock import (
    StockAnswered,
    StockCounted,
    StockReported,
    StockReserved,
    StockUnsure,
)

FOR_EVER = -1

ORDERS = Topic(
    "tandem.events.order",
    (OrderPlaced, OrderCancelled, OrderRefunded),
    "What happens to orders in the shops.",
)
PAYMENTS = Topic("tandem.events.payment", (PaymentNotified,), "What Heartland says of payments.")
CHECKOUTS = Topic(
    "tandem.events.checkout",
    (PaymentTaken, PaymentClaimed),
    "Payments that shops' checkouts took, and the orders that claim them.",
)
FULFILMENT = Topic(
    "tandem.events.fulfilment",
    (SalesOrderSynced, ShipmentSent, InvoiceIssued, CreditNoteIssued),
    "What M3 says of its orders, deliveries and invoices.",
)
ACKNOWLEDGEMENTS = Topic(
    "tandem.events.acknowledgement",
    (SalesOrderAcknowledged,),
    "M3's answers to orders that were sent as BODs.",
)
KNOWN_CUSTOMERS = Topic(
    "tandem.events.known-customer", (CustomerKnown,), "Customer numbers that orders waited for."
)
CUSTOMERS = Topic(
    "tandem.events.customer",
    (CustomerNeeded, CustomerSynced, CustomerAcknowledged),
    "Customers, asked for and told.",
)
STOCK = Topic(
    "tandem.events.stock",
    (StockReported, StockReserved, StockUnsure, StockCounted),
    "Balances, reservations, and what shops show.",
)
STOCK_ANSWERS = Topic(
    "tandem.events.stock-answer", (StockAnswered,), "What orders get of the stock that they claim."
)

M3_COMMANDS = Topic(
    "tandem.commands.m3",
    (
        CreateOrder,
        EnsureCustomer,
        RecordPayment,
        CreateReturn,
        CancelOrder,
        CancelLines,
        ChangeOrder,
    ),
    "What M3 is asked to do.",
)
HEARTLAND_COMMANDS = Topic(
    "tandem.commands.heartland",
    (Authorize, Increment, CheckPayment, Capture, Reverse, Refund),
    "What Heartland is asked to do.",
)
SHOP_COMMANDS = Topic(
    "tandem.commands.shop",
    (UpdateOrder, ReadRefund, CreateRefund, UpdateStock),
    "What the shops are told.",
)

ORDER_RESULTS = Topic("tandem.results.order", (Result,), "Results for the order flow.")
CUSTOMER_RESULTS = Topic("tandem.results.customer", (Result,), "Results for the customer flow.")
STOCK_RESULTS = Topic("tandem.results.stock", (Result,), "Results for the stock flow.")

DEAD_LETTERS = Topic(
    "tandem.dead-letters",
    (DeadLetter,),
    "What could not be processed, with its original bytes.",
    retention_ms=FOR_EVER,
)
EXCEPTIONS = Topic(
    "tandem.exceptions", (Exceptional,), "Cases for a person.", retention_ms=FOR_EVER
)

CURSORS = Topic(
    "tandem.cursors",
    (),
    "How far the pollers have come, by source.",
    retention_ms=FOR_EVER,
    cleanup="compact",
)


def table(flow: str) -> Topic:
    """The changelog of a flow's table: JSON of `streams.core.flow.Kept` by key."""
    return Topic(
        f"tandem.table.{flow}",
        (),
        f"The {flow} flow's table.",
        retention_ms=FOR_EVER,
        cleanup="compact",
    )


def journal(system: str) -> Topic:
    """A sink's journal: by command id, what was started and what came of it."""
    return Topic(
        f"tandem.journal.{system}",
        (),
        f"What was started at {system}, and what came of it.",
        retention_ms=7 * DAY_MS,
        cleanup="compact,delete",
    )


TOPICS: tuple[Topic, ...] = (
    ORDERS,
    PAYMENTS,
    CHECKOUTS,
    FULFILMENT,
    ACKNOWLEDGEMENTS,
    KNOWN_CUSTOMERS,
    CUSTOMERS,
    STOCK,
    STOCK_ANSWERS,
    M3_COMMANDS,
    HEARTLAND_COMMANDS,
    SHOP_COMMANDS,
    ORDER_RESULTS,
    CUSTOMER_RESULTS,
    STOCK_RESULTS,
    DEAD_LETTERS,
    EXCEPTIONS,
    CURSORS,
    *(table(flow) for flow in ("order", "checkout", "customer", "stock")),
    *(journal(system) for system in ("m3", "heartland", "shop")),
)

_TOPIC_OF: dict[type[Message], Topic] = {
    message: topic for topic in TOPICS for message in topic.messages if message is not Result
}
_RESULTS_OF = {
    "flow/order": ORDER_RESULTS,
    "flow/customer": CUSTOMER_RESULTS,
    "flow/stock": STOCK_RESULTS,
}


def within(topic: Topic, namespace: str) -> Topic:
    """The topic as a namespace has it: `tandem.events.order` is `demo.events.order` in `demo`."""
    return replace(topic, name=f"{namespace}.{topic.name.removeprefix('tandem.')}")


def topic_of(message: type[Message]) -> Topic:
    """The topic that takes an event or a command.

    Raises:
        KeyError: for `Result`, whose topic is that of the flow that asked (`results_of`).
    """
    return _TOPIC_OF[message]


def results_of(source: str) -> Topic:
    """Where the result of a command goes, by the command's `source`, e.g. `flow/order`."""
    return _RESULTS_OF[source]
