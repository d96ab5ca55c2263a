"""Payers: the customers of GP API, who come back masked.

The gateway masks personal data in its answers ("James" is read back as "JXXXX"; facts: PHP
`PayerTest`), so a payer's name cannot be learnt from here; `reference` is the key to join by.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from connectors.heartland.sandbox import fields
from connectors.heartland.sandbox.errors import NOT_FOUND, GpApiError, unexpected
from connectors.heartland.sandbox.ids import new_id
from connectors.heartland.sandbox.settings import SandboxSettings
from connectors.heartland.sandbox.tokens import PROCESSING
from connectors.sandbox.keeping.shelves import MEMORY, Shelves
from streams.core.clock import iso

FILTERS = ("id", "reference", "from_time_created", "to_time_created")
"""The query parameters that a list understands."""


@dataclass(frozen=True)
class Payer:
    """A customer as it was given; only `payer_view` leaves the sandbox."""

    id: str
    first_name: str
    last_name: str
    created_ms: int
    updated_ms: int
    reference: str = ""
    email: str = ""
    payment_methods: tuple[tuple[str, str], ...] = ()


class Payers:
    """The payers of one sandbox, in the order of their creation."""

    def __init__(self, shelves: Shelves = MEMORY) -> None:
        self._by_id: dict[str, Payer] = shelves.shelf("payers", Payer)

    def clear(self) -> None:
        """Forgets all payers."""
        self._by_id.clear()

    def create(self, body: fields.Body, now_ms: int) -> Payer:
        """A new payer.

        Raises:
            GpApiError: 40005 no first or last name; 40213 a field is not as it must be.
        """
        fields.require(body, "first_name", "last_name")
        payer = _read(Payer(new_id("PYR"), "", "", now_ms, now_ms), body)
        self._by_id[payer.id] = payer
        return payer

    def edit(self, id: str, body: fields.Body, now_ms: int) -> Payer:
        """The payer with the fields of `body` replaced; `payment_methods: []` removes them all.

        Raises:
            GpApiError: 404 40008; 40213.
        """
        payer = _read(replace(self.get(id), updated_ms=now_ms), body)
        self._by_id[id] = payer
        return payer

    def get(self, id: str) -> Payer:
        """The payer of an id.

        Raises:
            GpApiError: 404 40008.
        """
        payer = self._by_id.get(id)
        if payer is None:
            raise GpApiError(NOT_FOUND, f"Payer {id} not found at this location")
        return payer

    def find(self, filters: Mapping[str, str], *, ascending: bool = False) -> list[Payer]:
        """The payers that meet every filter, newest first unless asked otherwise.

        Raises:
            GpApiError: 40213 a time is neither a date nor ISO 8601.
        """
        first, last = filters.get("from_time_created"), filters.get("to_time_created")
        from_ms = fields.moment(first, "from_time_created") if first else None
        to_ms = fields.moment(last, "to_time_created", end_of_day=True) if last else None
        found = [
            payer
            for payer in self._by_id.values()
            if filters.get("id", payer.id) == payer.id
            and filters.get("reference", payer.reference) == payer.reference
            and (from_ms is None or payer.created_ms >= from_ms)
            and (to_ms is None or payer.created_ms <= to_ms)
        ]
        return found if ascending else found[::-1]


def payer_view(payer: Payer, settings: SandboxSettings) -> dict[str, object]:
    """A payer as the gateway shows it: names and e-mail masked."""
    user, at, domain = payer.email.partition("@")
    return {
        "id": payer.id,
        "time_created": iso(payer.created_ms),
        "time_last_updated": iso(payer.updated_ms),
        "merchant_id": settings.merchant_id,
        "merchant_name": settings.merchant_name,
        "account_id": PROCESSING.id,
        "account_name": PROCESSING.name,
        "reference": payer.reference,
        "first_name": _masked(payer.first_name),
        "last_name": _masked(payer.last_name),
        "email": "X" * len(user) + at + domain,
        "payment_methods": [
            {"id": token, "default": default} for token, default in payer.payment_methods
        ],
    }


def _masked(name: str) -> str:
    return name[:1] + "X" * (len(name) - 1)


def _read(payer: Payer, body: fields.Body) -> Payer:
    payer = replace(
        payer,
        first_name=fields.text(body, "first_name") or payer.first_name,
        last_name=fields.text(body, "last_name") or payer.last_name,
        reference=fields.text(body, "reference") or payer.reference,
        email=fields.text(body, "email", longest=254) or payer.email,
    )
    given = fields.find(body, "payment_methods")
    if given is None:
        return payer
    if not isinstance(given, list) or not all(isinstance(method, Mapping) for method in given):
        raise unexpected("payment_methods")
    methods = (
        (fields.text(method, "id"), fields.choice(method, "default", ("YES", "NO"), "NO"))
        for method in given
    )
    return replace(payer, payment_methods=tuple(methods))
