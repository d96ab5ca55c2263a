"""What of M3 concerns Tandem: orders and warehouses of its codes; M3's own are many more."""

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.m3.client import MiClient
from connectors.m3.export import Row, quoted, rows, selects

ORDER = ("OAORNO", "OAORTP", "OADIVI", "OAORSL", "OAOBLC", "OALMTS", "OACUOR")


@dataclass(frozen=True)
class Ours:
    """The codes of the tenant's tables, and the division."""

    divi: str
    order_types: frozenset[str]
    warehouses: frozenset[str]

    def order(self, row: Row) -> bool:
        """Whether an order is one of a shop's."""
        of_type = row["OAORTP"] in self.order_types and row["OADIVI"] == self.divi
        return of_type and bool(row["OACUOR"])

    async def orders(self, client: MiClient, numbers: Iterable[str]) -> dict[str, Row]:
        """The orders of ours among these, by number; asked of OOHEAD.

        Raises:
            Transient, Unknown, Rejected, Misconfigured: as `rows`.
        """
        asked = list(selects(ORDER, "OOHEAD", "OAORNO", [quoted(each) for each in numbers]))
        found = await rows(client, ORDER, asked)
        return {row["OAORNO"]: row for row in found if self.order(row)}
