"""What changed in M3 in a time: asked of its tables, put together, not yet understood.

Every table says when a row was changed last (LMTS, ms UTC). What is found is in M3's own words,
one record a fact; `fetched` makes events of them. Only what concerns Tandem is kept: orders of its
order types and division, with a reference of the shop's; balances of its warehouses. Conditions on
the company are left to the call's own `cono`: EXPORTMI may not take them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.m3.client import MiClient
from connectors.m3.errors import accepted
from connectors.m3.export import Row, quoted, rows, select, selects, within
from connectors.m3.ours import ORDER, Ours
from connectors.m3.wire import Transaction
from connectors.window import Window
from streams.core.errors import Unknown

Found = dict[str, Any]

LINE = ("OBORNO", "OBPONR", "OBORST", "OBORQT", "OBDLQT", "OBIVQT", "OBITNO")
DELIVERY = ("UADLIX", "UAORNO", "UAORST", "UALMTS")
DELIVERED = ("UBDLIX", "UBDLQT", "UBPONR", "UBITNO")
BALANCE = ("MBITNO", "MBWHLO", "MBSTQT", "MBLMTS")


@dataclass(frozen=True)
class Changes:
    """Asks M3 what changed.

    Attributes:
        client: runs reading transactions.
        ours: what of it is kept.
    """

    client: MiClient
    ours: Ours

    async def now(self) -> int:
        """M3's own time, ms UTC: what it stamps rows with, whatever our clock says.

        Raises:
            Transient, Unknown, Rejected, Misconfigured: as the client says.
        """
        (answer,) = await self.client.read([Transaction("EXPORTMI", "GetServerTime", {})])
        text = accepted(answer, "to tell its time").get("LMTS", "")
        if not text.isdecimal():
            raise Unknown(f"M3 tells its time as {text!r}, not in ms")
        return int(text)

    async def orders(self, this: Window) -> list[Found]:
        """Orders that changed, with their `lines`.

        What M3 has deleted, an order or a line, has no row: only a BOD tells.
        """
        found = await self._changed(ORDER, "OOHEAD", "OALMTS", this)
        ours = [row for row in found if self.ours.order(row)]
        numbers = [quoted(row["OAORNO"]) for row in ours]
        asked = list(selects(LINE, "OOLINE", "OBORNO", numbers))
        lines = await self._by("OBORNO", LINE, asked)
        return [{**row, "lines": lines[row["OAORNO"]]} for row in ours]

    async def balances(self, this: Window) -> list[Found]:
        """Balances that changed."""
        found = await self._changed(BALANCE, "MITBAL", "MBLMTS", this)
        return [dict(row) for row in found if row["MBWHLO"] in self.ours.warehouses]

    async def deliveries(self, this: Window) -> list[Found]:
        """Deliveries that left, with their order's reference and what they hold (`lines`)."""
        left = f"{within('UALMTS', this.start, this.end)} and UAORST >= '66'"
        found = await rows(self.client, DELIVERY, [select(DELIVERY, "ODHEAD", left)])
        orders = await self.ours.orders(self.client, [row["UAORNO"] for row in found])
        kept = [row for row in found if row["UAORNO"] in orders]
        numbers = [row["UADLIX"] for row in kept]
        asked = list(selects(DELIVERED, "ODLINE", "UBDLIX", numbers))
        lines = await self._by("UBDLIX", DELIVERED, asked)
        return [
            {**row, "OACUOR": orders[row["UAORNO"]]["OACUOR"], "lines": lines[row["UADLIX"]]}
            for row in kept
        ]

    async def _changed(
        self, columns: Sequence[str], table: str, stamp: str, this: Window
    ) -> list[Row]:
        """What changes again and again has its last time only: nothing is too young to be seen."""
        since = f"{stamp} >= {this.start}"
        where = within(stamp, this.start, this.end) if this.more else since
        return await rows(self.client, columns, [select(columns, table, where)])

    async def _by(
        self, column: str, columns: Sequence[str], asked: Sequence[Transaction]
    ) -> Mapping[str, list[Row]]:
        """Rows by what a column holds."""
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for row in await rows(self.client, columns, asked):
            found[row[column]].append(row)
        return found
