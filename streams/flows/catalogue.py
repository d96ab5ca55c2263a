"""The catalogue of all flows."""

from collections.abc import Callable
from typing import Any

from streams.core.flow import Flow
from streams.flows.checkout import checkout_flow
from streams.flows.customer import customer_flow
from streams.flows.order.flow import order_flow
from streams.flows.policy import Policy
from streams.flows.stock.flow import stock_flow

FLOWS: tuple[Callable[[Policy], Flow[Any]], ...] = (
    order_flow,
    checkout_flow,
    customer_flow,
    stock_flow,
)
