"""The catalogue of all messages."""

from streams.core.message import Message
from streams.messages.customer import (
    CustomerAcknowledged,
    CustomerKnown,
    CustomerNeeded,
    CustomerSynced,
)
from streams.messages.fulfilment import (
    InvoiceIssued,
    SalesOrderAcknowledged,
    SalesOrderSynced,
    ShipmentSent,
)
from streams.messages.heartland import Authorize, Capture, Reverse
from streams.messages.m3 import CreateOrder, EnsureCustomer, RecordPayment
from streams.messages.ops import DeadLetter, Exceptional, Result, WakeUp
from streams.messages.order import OrderPlaced
from streams.messages.payment import PaymentNotified
from streams.messages.shop import UpdateOrder, UpdateStock
from streams.messages.stock import StockReported, StockReserved

MESSAGES: tuple[type[Message], ...] = (
    OrderPlaced,
    PaymentNotified,
    SalesOrderSynced,
    SalesOrderAcknowledged,
    ShipmentSent,
    InvoiceIssued,
    CustomerNeeded,
    CustomerKnown,
    CustomerSynced,
    CustomerAcknowledged,
    StockReported,
    StockReserved,
    CreateOrder,
    EnsureCustomer,
    RecordPayment,
    Authorize,
    Capture,
    Reverse,
    UpdateOrder,
    UpdateStock,
    Result,
    WakeUp,
    DeadLetter,
    Exceptional,
)
