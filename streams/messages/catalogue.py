"""The catalogue of all messages."""

from streams.core.message import Message
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
from streams.messages.ops import DeadLetter, Exceptional, Result, WakeUp
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

MESSAGES: tuple[type[Message], ...] = (
    OrderPlaced,
    OrderCancelled,
    OrderRefunded,
    PaymentNotified,
    PaymentTaken,
    PaymentClaimed,
    SalesOrderSynced,
    SalesOrderAcknowledged,
    ShipmentSent,
    InvoiceIssued,
    CreditNoteIssued,
    CustomerNeeded,
    CustomerKnown,
    CustomerSynced,
    CustomerAcknowledged,
    StockReported,
    StockReserved,
    StockAnswered,
    StockCounted,
    StockUnsure,
    CreateOrder,
    EnsureCustomer,
    RecordPayment,
    CreateReturn,
    CancelOrder,
    CancelLines,
    ChangeOrder,
    Authorize,
    Increment,
    CheckPayment,
    Capture,
    Reverse,
    Refund,
    UpdateOrder,
    ReadRefund,
    CreateRefund,
    UpdateStock,
    Result,
    WakeUp,
    DeadLetter,
    Exceptional,
)
