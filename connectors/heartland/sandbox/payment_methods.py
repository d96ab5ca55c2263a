"""Stored payment methods: the `PMT_…` tokens that stand for cards."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectors.heartland.sandbox.cards import APPROVED, MESSAGES, Card
from connectors.heartland.sandbox.errors import payment_method_not_found, unexpected
from connectors.heartland.sandbox.ids import new_id

USAGE_MODES = ("SINGLE", "MULTIPLE", "USE_NETWORK_TOKEN")


@dataclass(frozen=True)
class PaymentMethod:
    """A stored card: its token and what may be known of it."""

    id: str
    card: Card
    reference: str = ""
    usage_mode: str = "MULTIPLE"
    created_ms: int = 0


class PaymentMethods:
    """The tokens of one sandbox. None exists by magic: each was created or seeded."""

    def __init__(self) -> None:
        self._stored: dict[str, PaymentMethod] = {}

    def store(
        self, card: Card, now_ms: int, *, reference: str = "", usage_mode: str = "MULTIPLE"
    ) -> PaymentMethod:
        """Stores a card under a new token."""
        method = PaymentMethod(new_id("PMT"), card, reference, usage_mode, now_ms)
        self._stored[method.id] = method
        return method

    def get(self, token: str, field: str = "id") -> PaymentMethod:
        """The payment method of a token.

        Raises:
            GpApiError: 40213 it is no `PMT_…`; 404 40116 it is not stored here.
        """
        if not token.startswith("PMT_"):
            raise unexpected(field)
        method = self._stored.get(token)
        if method is None:
            raise payment_method_not_found(token)
        return method

    def delete(self, token: str) -> PaymentMethod:
        """Forgets a token; it is not found from then on.

        Raises:
            GpApiError: as `get`.
        """
        method = self.get(token)
        del self._stored[token]
        return method

    def seed(self, entries: Iterable[Mapping[str, object]], now_ms: int) -> list[str]:
        """Stores many at once: `{id?, brand?, last4, outcome?: "approve" | "decline:101"}` each.

        All or none are stored. A token that is there already is replaced.

        Raises:
            ValueError: an entry is not of that shape; says which and why.
        """
        seeded = [_seeded(number, entry, now_ms) for number, entry in enumerate(entries)]
        self._stored.update((method.id, method) for method in seeded)
        return [method.id for method in seeded]

    def clear(self) -> None:
        """Forgets all tokens."""
        self._stored.clear()

    def __len__(self) -> int:
        return len(self._stored)


_SEED_FIELDS = frozenset(("id", "brand", "last4", "outcome"))


def _seeded(number: int, entry: Mapping[str, object], now_ms: int) -> PaymentMethod:
    if not isinstance(entry, Mapping) or not _SEED_FIELDS.issuperset(entry):
        raise ValueError(f"entry {number}: must be an object of id, brand, last4, outcome only")
    token = str(entry.get("id") or new_id("PMT"))
    last4 = entry.get("last4")
    if not token.startswith("PMT_"):
        raise ValueError(f"entry {number}: id must start with PMT_")
    if not (isinstance(last4, str) and len(last4) == 4 and last4.isdecimal()):
        raise ValueError(f"entry {number}: last4 must be a string of four digits")
    outcome, _, code = str(entry.get("outcome", "approve")).partition(":")
    if (outcome, code) != ("approve", "") and (
        outcome != "decline" or code == APPROVED or code not in MESSAGES
    ):
        codes = ", ".join(f"decline:{code}" for code in MESSAGES if code != APPROVED)
        raise ValueError(f"entry {number}: outcome must be approve or one of {codes}")
    card = Card(str(entry.get("brand", "VISA")), last4, code or APPROVED)
    return PaymentMethod(token, card, created_ms=now_ms)
