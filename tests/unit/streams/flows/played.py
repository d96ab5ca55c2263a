"""Flows by hand: messages in, decisions out, and what the stock's world says."""

from typing import Any

from streams.core.flow import Flow
from streams.core.message import Message, message_id
from streams.messages.ops import WakeUp
from streams.messages.shop import UpdateStock
from streams.messages.stock import StockAnswered, StockReported, StockReserved


def said(cls: type[Message], name: str, key: str, **fields: object) -> Message:
    at = fields.pop("at", 1_000)
    return cls.model_validate(
        {
            "id": message_id(cls.type, name),
            "key": key,
            "occurred_at": at,
            "received_at": at,
            "source": "test",
            "correlation_id": key,
        }
        | fields
    )


def play(flow: Flow[Any], *messages: Message) -> list[tuple[Message, ...]]:
    state, out = None, []
    for message in messages:
        decision = flow.decide(state, message)
        state = decision.state
        out.append(decision.out)
    return out


KEY = "22752@001"


def reported(on_hand: int, variation: int, **fields: object) -> Message:
    return said(
        StockReported,
        f"{on_hand} {variation}",
        KEY,
        item="22752",
        warehouse="001",
        on_hand=on_hand,
        variation=variation,
        **fields,
    )


def reserved(order: str, quantity: int, **fields: object) -> Message:
    return said(
        StockReserved,
        f"{order} {quantity}",
        KEY,
        item="22752",
        warehouse="001",
        order_key=order,
        quantity=quantity,
        **fields,
    )


def woken(at: int = 2_000) -> Message:
    return said(WakeUp, str(at), KEY, at=at)


def told(out: tuple[Message, ...]) -> dict[str, int]:
    return {m.shop: m.quantity for m in out if isinstance(m, UpdateStock)}


def answers(out: tuple[Message, ...]) -> dict[str, int]:
    return {m.key: m.quantity for m in out if isinstance(m, StockAnswered)}
