"""`tandem order`: one order's story."""

import asyncio
import json as jsonlib
from typing import Any

import click
from rich.table import Table

from streams.commands.reading import Read, cluster, decoded
from streams.commands.tables import say
from streams.core.clock import iso
from streams.core.errors import Misconfigured
from streams.core.flow import Kept
from streams.core.message import Command, Message
from streams.core.money import show
from streams.core.topic import Topic
from streams.flows.order.state import OrderState
from streams.kafka.context import Context
from streams.kafka.reader import Found, read_topic
from streams.settings import Settings, read
from streams.topics import TOPICS, table, within

STORY = tuple(topic for topic in TOPICS if topic.messages)
TABLE = table("order")


@click.command(short_help="Tell an order's story.")
@click.argument("order")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def order(order: str, as_json: bool) -> None:
    """Tell the story of ORDER: its state, its money, every message in and out.

    ORDER is the order's key (`uk-536365`), or its number in the only shop. The original of a dead
    letter is shown by `tandem dlq show`.

    \b
    Examples:
      tandem order uk-536365
      tandem order 536365 --json
    """
    key = _key(order)
    state, story = asyncio.run(_story(key))
    if state is None and not story:
        raise Misconfigured(f"nothing is known of order {key}")
    if as_json:
        document = {
            "key": key,
            "state": state.model_dump(mode="json") if state else None,
            "messages": [
                {"topic": read.record.topic, "type": read.message.type}
                | read.message.model_dump(mode="json", exclude={"original"})
                for read in story
            ],
        }
        click.echo(jsonlib.dumps(document, ensure_ascii=False))
        return
    say(_headline(key, state), _timeline(story))


def _key(order: str) -> str:
    shops = list(read(Settings).shops)
    if any(order.startswith(f"{shop}-") for shop in shops) or len(shops) != 1:
        return order
    return f"{shops[0]}-{order}"


async def _story(key: str) -> tuple[OrderState | None, list[Read]]:
    async with cluster() as context:
        reading = [asyncio.to_thread(_records, context, topic, key) for topic in (TABLE, *STORY)]
        kept, *story = await asyncio.gather(*reading)
        reads = await decoded(context, [record for records in story for record in records])
    last = kept[-1].value if kept else None
    state = Kept[OrderState].model_validate_json(last).state if last else None
    return state, sorted(_once(reads), key=lambda r: (r.record.timestamp, r.record.offset))


def _records(context: Context, topic: Topic, key: str) -> list[Found]:
    return list(read_topic(context.settings, within(topic, context.namespace).name, key=key))


def _once(reads: list[Read]) -> list[Read]:
    return list({read.message.id: read for read in reversed(reads)}.values())


def _headline(key: str, state: OrderState | None) -> str:
    if state is None or state.placed is None:
        return f"[bold]{key}[/bold]: the shop has not told of it yet"
    currency, payment = state.placed.currency, state.payment
    money = {
        "ordered": state.total,
        "authorized": payment.authorized,
        "captured": payment.captured,
        **({"refunded": state.refunded} if state.refunds else {}),
        "invoiced": state.invoiced,
    }
    amounts = ", ".join(f"{what} {show(minor, currency)}" for what, minor in money.items())
    links = {
        "M3 order": state.m3_order,
        "M3 invoice": ", ".join(state.invoices),
        "Heartland": payment.transaction_id,
    }
    known = ", ".join(f"{name} {number}" for name, number in links.items() if number)
    waits = "".join(f"\nwaits: {reason}" for reason in state.refusals.values())
    return f"[bold]{key}: {state.status}[/bold]\n{amounts}\n{known}{waits}"


def _timeline(story: list[Read]) -> Table:
    lines = Table("when (UTC)", "", "message", "from", "what")
    for read_ in story:
        message = read_.message
        way = "out" if isinstance(message, Command) else "in"
        when = iso(read_.record.timestamp)
        lines.add_row(when, way, message.type, message.source, _gist(message))
    return lines


def _gist(message: Message) -> str:
    fields: dict[str, Any] = message.model_dump(exclude=set(Message.model_fields))
    amounts = [
        show(fields[name], fields["currency"])
        for name in ("total", "amount", "minor_units")
        if fields.get(name) and fields.get("currency")
    ]
    said = [
        str(fields[name])
        for name in ("outcome", "status", "m3_order", "invoice_number", "note", "reason")
        if fields.get(name)
    ]
    values = [f"{k}={v}" for k, v in (fields.get("values") or {}).items()]
    return "; ".join([*amounts, *said, *values])[:160]
