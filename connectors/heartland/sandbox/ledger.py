"""All transactions of a sandbox, found by id, reference or order, and listed by filters."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from connectors.heartland.sandbox.errors import transaction_not_found
from connectors.heartland.sandbox.fields import moment
from connectors.heartland.sandbox.transactions import DECLINED, SALE, Transaction
from connectors.sandbox.keeping.shelves import MEMORY, Shelves

_SHOWN: Mapping[str, Callable[[Transaction], str]] = {
    "type": lambda t: t.order.type,
    "status": lambda t: t.status,
    "amount": lambda t: "" if t.status == DECLINED else str(t.amount),
    "currency": lambda t: "" if t.status == DECLINED else t.order.currency,
    "channel": lambda t: t.order.channel,
    "country": lambda t: t.order.country,
    "entry_mode": lambda t: t.payment.entry_mode,
    "name": lambda t: t.payment.name,
    "brand": lambda t: t.payment.card.brand,
    "number_last4": lambda t: t.payment.card.last4,
    "batch_id": lambda t: t.batch_id,
    "brand_reference": lambda t: t.brand_reference,
    "authcode": lambda t: t.authcode,
}

FILTERS = (
    "id",
    "reference",
    "order.reference",
    *_SHOWN,
    "from_time_created",
    "to_time_created",
)
"""The query parameters that a list understands."""


class Ledger:
    """The transactions in the order of their creation; the clock must not run backwards."""

    def __init__(self, shelves: Shelves = MEMORY) -> None:
        self._by_id: dict[str, Transaction] = shelves.shelf("transactions", Transaction)
        self._ids: list[str] = []
        self._times: list[int] = []
        self._by_reference: defaultdict[str, list[str]] = defaultdict(list)
        self._by_order: defaultdict[str, list[str]] = defaultdict(list)
        for transaction in self._by_id.values():
            self._index(transaction)

    def clear(self) -> None:
        """Forgets all transactions."""
        self._by_id.clear()
        for index in (self._ids, self._times, self._by_reference, self._by_order):
            index.clear()

    def put(self, transaction: Transaction) -> None:
        """Adds a transaction, or replaces it by what it has become."""
        if transaction.id not in self._by_id:
            self._index(transaction)
        self._by_id[transaction.id] = transaction

    def __contains__(self, id: object) -> bool:
        return id in self._by_id

    def get(self, id: str) -> Transaction:
        """The transaction of an id.

        Raises:
            GpApiError: 404 40008.
        """
        transaction = self._by_id.get(id)
        if transaction is None:
            raise transaction_not_found(id)
        return transaction

    def get_for_reversal(self, id_or_reference: str) -> Transaction:
        """The transaction of an id, or the newest sale of a merchant's reference.

        The reference is for a client that got no answer and so has no id (facts: UCP).

        Raises:
            GpApiError: 404 40008.
        """
        for id in reversed(self._by_reference.get(id_or_reference, ())):
            if self._by_id[id].order.type == SALE:
                return self._by_id[id]
        return self.get(id_or_reference)

    def find(self, filters: Mapping[str, str], *, ascending: bool = False) -> list[Transaction]:
        """All transactions that meet every filter, newest first unless asked otherwise.

        Raises:
            GpApiError: 40213 a time is neither a date nor ISO 8601.
        """
        tests = [(_SHOWN[name], want) for name, want in filters.items() if name in _SHOWN]
        found = (self._by_id[id] for id in self._candidates(filters))
        matching = [t for t in found if all(shown(t) == want for shown, want in tests)]
        return matching if ascending else matching[::-1]

    def all(self) -> Iterable[Transaction]:
        """Every transaction in the order of creation."""
        return self._by_id.values()

    def _index(self, transaction: Transaction) -> None:
        self._ids.append(transaction.id)
        self._times.append(transaction.created_ms)
        self._by_reference[transaction.order.reference].append(transaction.id)
        self._by_order[transaction.order.order_reference].append(transaction.id)

    def _candidates(self, filters: Mapping[str, str]) -> Iterable[str]:
        first = filters.get("from_time_created")
        last = filters.get("to_time_created")
        start = bisect_left(self._times, moment(first, "from_time_created")) if first else 0
        end = (
            bisect_right(self._times, moment(last, "to_time_created", end_of_day=True))
            if last
            else len(self._times)
        )
        named = self._named(filters)
        if named is None:
            return self._ids[start:end]
        if first is None and last is None:
            return named
        wanted = set(self._ids[start:end])
        return [id for id in named if id in wanted]

    def _named(self, filters: Mapping[str, str]) -> Iterable[str] | None:
        """The ids that the naming filters leave over in order of creation, None without one."""
        found: list[list[str]] = []
        if "id" in filters:
            found.append([filters["id"]] if filters["id"] in self._by_id else [])
        if "reference" in filters:
            found.append(self._by_reference.get(filters["reference"], []))
        if "order.reference" in filters:
            found.append(self._by_order.get(filters["order.reference"], []))
        if not found:
            return None
        return [id for id in found[0] if all(id in others for others in found[1:])]
