"""What others do to older transactions: a clerk captures or voids one, an authorization lapses.

GP API lists by the time of creation, and only lately created ones are looked at each minute. So
once an hour all payments are looked through that are as old as an authorization can live, by the
statuses that can follow, and what has changed since the look before is told.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from connectors.heartland.client import GpApi
from connectors.heartland.events import payment_events
from connectors.heartland.poller import account_of
from connectors.heartland.settings import HeartlandSettings
from connectors.heartland.tokens import SignIn
from connectors.heartland.transactions import moment_of
from streams.core.clock import Clock
from streams.core.connector import Page, Poller

DAY_MS = 86_400_000

WAITING = ("PREAUTHORIZED", "CAPTURED", "REVERSED")
"""What becomes of an authorization at first, in its order; few rows, as the bank funds the rest."""

ALL = (*WAITING, "FUNDED")

UNFUNDED_MS = 6 * 3_600_000
"""So long after a capture no bank has its money: its batch is to be closed and paid."""


@dataclass(frozen=True)
class Look:
    """A look through the payments of the last days, a day of creation at a time; ms UTC.

    Attributes:
        first: what was created before is not Tandem's to tell.
        since: when the look before began: what changed earlier is told.
        began: when this one began; None between two looks.
        at: the time of creation that it has come to.
    """

    first: int
    since: int
    began: int | None = None
    at: int = 0

    @classmethod
    def of(cls, cursor: str, now: int, lives: int, overlap: int) -> "Look":
        """A cursor's look, begun if none is under way.

        Args:
            cursor: empty for the first ever, which begins where all before now is known.
            now: the present.
            lives: how old a payment can be that still changes.
            overlap: how far it goes back behind what is known.
        """
        look = cls(**json.loads(cursor)) if cursor else cls(now - overlap, now)
        if look.began is not None:
            return look
        return replace(look, began=now, at=max(look.first, now - lives))

    @property
    def cursor(self) -> str:
        """The look as a poller's cursor."""
        return json.dumps(vars(self))

    @property
    def end(self) -> int:
        """Where the day of creation ends that is looked at."""
        return min(self.at + DAY_MS, self.began or 0)

    @property
    def statuses(self) -> tuple[str, ...]:
        """What to ask for; after a standstill the bank may have funded what nobody saw captured."""
        return WAITING if (self.began or 0) - self.since < UNFUNDED_MS else ALL

    @property
    def after(self) -> "Look":
        """What comes behind this day: the next one, or nothing."""
        if self.began is None or self.end < self.began:
            return replace(self, at=self.end)
        return Look(self.first, since=self.began)


def change_poller(gp: GpApi, sign_in: SignIn, settings: HeartlandSettings, clock: Clock) -> Poller:
    """Fetches payments that changed since the look before; each is read as a notification is."""
    overlap = settings.overlap_seconds * 1000
    lives = settings.authorization_days * DAY_MS

    async def fetch(cursor: str) -> Page:
        look = Look.of(cursor, clock.now_ms(), lives, overlap)
        account = await sign_in.account_name()
        found = [
            row
            for status in look.statuses
            async for row in gp.created(look.at, look.end, type="SALE", status=status)
            if account_of(row) in ("", account) and _changed(row, look.since - overlap)
        ]
        return Page(tuple(found), look.after.cursor, more=look.after.began is not None)

    return Poller(
        "heartland/changes",
        settings.changes_poll_seconds,
        fetch,
        partial(payment_events, clock=clock),
    )


def _changed(row: bytes, since: int) -> bool:
    """Whether a transaction has changed since; also if it does not say when it did."""
    transaction: Mapping[str, Any] | Any = json.loads(row)
    if not isinstance(transaction, Mapping):
        return True
    at = moment_of(transaction, "time_last_updated")
    return at is None or at >= since
