"""Transactions that no notification told of: all that were created since (facts: 3.1).

Whether GP API notifies of a card's payment at all is not proven, so what it lists is the truth.
What becomes of them later is `changes`'.
"""

import json
from functools import partial

from connectors.heartland.client import GpApi
from connectors.heartland.events import payment_events
from connectors.heartland.settings import HeartlandSettings
from connectors.heartland.tokens import SignIn
from connectors.window import window
from streams.core.clock import Clock
from streams.core.connector import Page, Poller


def payment_poller(gp: GpApi, sign_in: SignIn, settings: HeartlandSettings, clock: Clock) -> Poller:
    """Fetches transactions by the time of their creation; each is read as a notification is.

    Those of the merchant's other accounts are left out: they are not for Tandem to book.
    """

    async def fetch(cursor: str) -> Page:
        this = window(cursor, clock.now_ms(), settings.overlap_seconds * 1000)
        account = await sign_in.account_name()
        rows = gp.created(this.start, this.end)
        ours = tuple([row async for row in rows if account_of(row) in ("", account)])
        return Page(ours, this.cursor, this.more)

    return Poller(
        "heartland/transactions",
        settings.poll_seconds,
        fetch,
        partial(payment_events, clock=clock),
    )


def account_of(row: bytes) -> str:
    """The account that a listed transaction names; empty if it names none."""
    transaction = json.loads(row)
    return str(transaction.get("account_name") or "") if isinstance(transaction, dict) else ""
