"""What no BOD told of: orders, deliveries, invoices, credit notes and balances, since changed.

Deliveries and invoices do not change again, and their BODs tell more: they are looked for when
they have settled. Orders and balances may change all the time, so they are looked for at once.
"""

import json
from collections.abc import Awaitable, Callable

from connectors.m3 import fetched
from connectors.m3.bills import Bills
from connectors.m3.changes import Changes, Found
from connectors.m3.fetched import Translate, translated
from connectors.m3.settings import M3Settings
from connectors.window import Window, window
from streams.core.clock import Clock
from streams.core.connector import Page, Poller
from streams.core.message import Message

Ask = Callable[[Window], Awaitable[list[Found]]]


def change_pollers(changes: Changes, settings: M3Settings, clock: Clock) -> tuple[Poller, ...]:
    """One poller a kind of fact, with a cursor of its own: ms by M3's clock."""

    def poller(what: str, ask: Ask, translate: Translate, settle_seconds: int = 0) -> Poller:
        overlap, settle = settings.overlap_seconds * 1000, settle_seconds * 1000

        async def fetch(cursor: str) -> Page:
            this = window(cursor, await changes.now(), overlap, settle)
            found = await ask(this)
            return Page(tuple(map(_item, found)), this.cursor, this.more)

        def translation(item: bytes) -> tuple[Message, ...]:
            return translated(translate, item, clock.now_ms())

        return Poller(f"m3/{what}", settings.poll_seconds, fetch, translation)

    settle = settings.settle_seconds
    bills = Bills(changes.client, changes.ours)
    return (
        poller("orders", changes.orders, fetched.order),
        poller("deliveries", changes.deliveries, fetched.delivery, settle),
        poller("invoices", bills.written, fetched.bill, settle),
        poller("balances", changes.balances, fetched.balance),
    )


def _item(found: Found) -> bytes:
    return json.dumps(found, separators=(",", ":"), sort_keys=True).encode()
