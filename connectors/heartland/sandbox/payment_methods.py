"""Stored payment methods: the `PMT_…` tokens that stand for cards."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectors.heartland.sandbox.cards import APPROVED, MESSAGES, Card
from connectors.heartland.sandbox.errors import payment_method_not_found, unexpected
from connectors.heartland.sandbox.ids import new_id
from connectors.sandbox.keeping.shelves import MEMORY, Shelves

USAGE_MODES = ("SINGLE", "MULTIPLE", "USE_NETWORK_TOKEN")


@dataclass(frozen=True)
class PaymentMethod:
    """A stored card: its token, what may be known of it, and what its issuer does.

    Args:
        declines: how many attempts are declined, or meet the limit, before one is approved, 0: all
            of them.
        limit: the most that an authorization may be approved for, minor units, 0: anything.
    """

    id: str
    card: Card
    reference: str = ""
    usage_mode: str = "MULTIPLE"
    created_ms: int = 0
    declines: int = 0
    limit: int = 0
    name: str = ""


class PaymentMethods:
    """The tokens of one sandbox. None exists by magic: each was created or seeded."""

    def __init__(self, shelves: Shelves = MEMORY) -> None:
        self._stored: dict[str, PaymentMethod] = shelves.shelf("payment_methods", PaymentMethod)
        self._attempts: dict[str, int] = shelves.shelf("attempts", int)

    def store(
        self,
        card: Card,
        now_ms: int,
        *,
        reference: str = "",
        usage_mode: str = "MULTIPLE",
        name: str = "",
    ) -> PaymentMethod:
        """Stores a card under a new token."""
        method = PaymentMethod(new_id("PMT"), card, reference, usage_mode, now_ms, name=name)
        self._stored[method.id] = method
        return method

    def put(self, method: PaymentMethod) -> None:
        """Replaces a payment method by what it has become."""
        self._stored[method.id] = method

    def all(self) -> Iterable[PaymentMethod]:
        """Every payment method in the order of creation."""
        return self._stored.values()

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

    def attempt(self, token: str, amount: int, *, partial: bool) -> tuple[str, int]:
        """The result of an authorization, and what is approved: all, nothing, or up to the limit.

        Less than `amount` is approved only if the client allows a partial approval; else a limit
        declines with 101. A token for single use that paid is not found from then on.

        Raises:
            GpApiError: as `get`.
        """
        method = self.get(token)
        result, approved = self._decide(method, amount, partial=partial)
        if result == APPROVED and method.usage_mode == "SINGLE":
            del self._stored[token]
        return result, approved

    def increment(self, token: str, held: int, amount: int) -> str:
        """The result of raising an authorization of `held` by `amount`, never a part of it.

        An issuer knows its card also when the token is no longer stored; then it approves.
        """
        method = self._stored.get(token)
        if method is None or not amount:
            return APPROVED
        return self._decide(method, amount, partial=False, held=held)[0]

    def _decide(
        self, method: PaymentMethod, amount: int, *, partial: bool, held: int = 0
    ) -> tuple[str, int]:
        declined = method.card.result != APPROVED
        if not declined and (not method.limit or held + amount <= method.limit):
            return APPROVED, amount
        attempts = self._attempts[method.id] = self._attempts.get(method.id, 0) + 1
        if method.declines and attempts > method.declines:
            return APPROVED, amount
        if declined:
            return method.card.result, 0
        return (APPROVED, method.limit) if partial else (_NOT_ENOUGH, 0)

    def delete(self, token: str) -> PaymentMethod:
        """Forgets a token; it is not found from then on.

        Raises:
            GpApiError: as `get`.
        """
        method = self.get(token)
        del self._stored[token]
        return method

    def seed(self, entries: Iterable[Mapping[str, object]], now_ms: int) -> list[str]:
        """Stores many at once: `{id?, brand?, last4, outcome?}` each.

        `outcome` is "approve", "decline:101" (for good), "decline:101:2" (twice, then approved),
        "limit:600" (never more than that many minor units) or "limit:600:1" (the first time that
        more is asked for, then anything). All or none are stored. A token that is there already is
        replaced.

        Raises:
            ValueError: an entry is not of that shape; says which and why.
        """
        seeded = [_seeded(number, entry, now_ms) for number, entry in enumerate(entries)]
        for method in seeded:
            self._stored[method.id] = method
            self._attempts.pop(method.id, None)
        return [method.id for method in seeded]

    def clear(self) -> None:
        """Forgets all tokens, and how often each was tried."""
        self._stored.clear()
        self._attempts.clear()

    def __len__(self) -> int:
        return len(self._stored)


_NOT_ENOUGH = "101"
_DECLINES = tuple(code for code in MESSAGES if code != APPROVED)
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
    result, declines, limit = _outcome(number, str(entry.get("outcome", "approve")))
    card = Card(str(entry.get("brand", "VISA")), last4, result)
    return PaymentMethod(token, card, created_ms=now_ms, declines=declines, limit=limit)


def _outcome(number: int, outcome: str) -> tuple[str, int, int]:
    """The result, how many attempts have it, and the limit that an outcome means."""
    match outcome.split(":"):
        case ["approve"]:
            return APPROVED, 0, 0
        case ["decline", code] if code in _DECLINES:
            return code, 0, 0
        case ["decline", code, times] if code in _DECLINES and _is_number(times):
            return code, int(times), 0
        case ["limit", minor] if _is_number(minor):
            return APPROVED, 0, int(minor)
        case ["limit", minor, times] if _is_number(minor) and _is_number(times):
            return APPROVED, int(times), int(minor)
    codes = ", ".join(f"decline:{code}" for code in _DECLINES)
    raise ValueError(
        f"entry {number}: outcome must be approve, limit:MINOR_UNITS, or one of {codes},"
        " each with :TIMES if it is to be approved afterwards"
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12 and int(text) > 0
