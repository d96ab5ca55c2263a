"""Batches: transactions whose funding starts together (facts: UCP, Batches).

A batch has one currency. It opens with the first transaction that is captured in it. Once it is
closed nothing is added to it or taken from it: its transactions can only be refunded.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.heartland.sandbox.errors import BATCH_FAILED, NOT_HERE, GpApiError
from connectors.heartland.sandbox.ids import new_id
from connectors.sandbox.keeping.shelves import MEMORY, Shelves

OPEN, CLOSED = "OPEN", "CLOSED"


@dataclass
class Batch:
    """What is funded together.

    Args:
        closed_ms: when it was closed, 0 while it is open.
        deposit_id: the deposit that paid it, "" until then.

    Attributes:
        amounts: of each transaction what is in this batch, minor units: sales positive, refunds
            negative. `Batches` keeps them, each by itself.
    """

    id: str
    currency: str
    opened_ms: int
    closed_ms: int = 0
    deposit_id: str = ""

    def __post_init__(self) -> None:
        self.amounts: dict[str, int] = {}

    @property
    def status(self) -> str:
        """OPEN or CLOSED."""
        return CLOSED if self.closed_ms else OPEN

    @property
    def net(self) -> int:
        """Sales less refunds."""
        return sum(self.amounts.values())


class Batches:
    """The batches of one sandbox; of each currency one at most is open."""

    def __init__(self, shelves: Shelves = MEMORY) -> None:
        self._by_id: dict[str, Batch] = shelves.shelf("batches", Batch)
        self._parts: dict[tuple[str, str], int] = shelves.shelf("batch_amounts", int)
        self._open = {b.currency: b.id for b in self._by_id.values() if not b.closed_ms}
        for batch in self._by_id.values():
            batch.amounts = {}
        for (batch_id, transaction_id), amount in self._parts.items():
            self._by_id[batch_id].amounts[transaction_id] = amount

    def clear(self) -> None:
        """Forgets all batches."""
        self._by_id.clear()
        self._parts.clear()
        self._open.clear()

    def open(self, currency: str) -> Batch | None:
        """The open batch of a currency, None if there is none."""
        return self._by_id.get(self._open.get(currency, ""))

    def start(self, currency: str, now_ms: int) -> Batch:
        """Opens a batch."""
        batch = Batch(new_id("BAT"), currency, now_ms)
        self._by_id[batch.id] = batch
        self._open[currency] = batch.id
        return batch

    def add(self, batch: Batch, transaction_id: str, amount: int) -> None:
        """Adds to a transaction's part, or takes from it; one without a part is not in it."""
        part = batch.amounts.get(transaction_id, 0) + amount
        if part:
            batch.amounts[transaction_id] = self._parts[batch.id, transaction_id] = part
        else:
            batch.amounts.pop(transaction_id, None)
            self._parts.pop((batch.id, transaction_id), None)

    def get(self, id: str) -> Batch:
        """The batch of an id.

        Raises:
            GpApiError: 404 40118.
        """
        batch = self._by_id.get(id)
        if batch is None:
            raise GpApiError(NOT_HERE, f"Batch {id} not found at this location.")
        return batch

    def close(self, id: str, now_ms: int) -> Batch:
        """Closes a batch.

        Raises:
            GpApiError: 404 40118 there is no such batch; 502 500010 it is closed already.
        """
        batch = self.get(id)
        if batch.closed_ms:
            raise GpApiError(BATCH_FAILED, "Action failed unexpectedly. Please try again ")
        batch.closed_ms = now_ms
        del self._open[batch.currency]
        return batch

    def in_open(self, transaction_id: str, batch_id: str) -> int:
        """What of a transaction's latest captures is in a batch that is still open."""
        batch = self._by_id.get(batch_id)
        if batch is None or batch.closed_ms:
            return 0
        return batch.amounts.get(transaction_id, 0)

    def all(self) -> Iterable[Batch]:
        """Every batch in the order of opening."""
        return self._by_id.values()
