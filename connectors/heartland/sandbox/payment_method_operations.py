"""The operations on payment methods."""

from dataclasses import replace

from connectors.heartland.sandbox import fields
from connectors.heartland.sandbox.cards import read_card
from connectors.heartland.sandbox.endpoints import Call, Reply
from connectors.heartland.sandbox.errors import NO_PERMISSION, GpApiError, missing
from connectors.heartland.sandbox.listing import Listing
from connectors.heartland.sandbox.operations import Operations
from connectors.heartland.sandbox.orders import read_reference
from connectors.heartland.sandbox.payment_methods import USAGE_MODES, PaymentMethod
from connectors.heartland.sandbox.views import payment_method_view

_LONGEST_NAME = 100


class PaymentMethodOperations:
    """Every call about stored payment methods."""

    def __init__(self, state: Operations) -> None:
        self._state = state
        self._settings = settings = state.settings
        self._listing = Listing[PaymentMethod](
            "payment_methods",
            filters={
                "id": lambda m: m.id,
                "reference": lambda m: m.reference,
                "number_last4": lambda m: m.card.last4,
                "brand": lambda m: m.card.brand,
                "status": lambda m: "ACTIVE",
            },
            times={"time_created": lambda m: m.created_ms},
            orders={"TIME_CREATED": lambda m: m.created_ms},
            view=lambda m: payment_method_view(m, settings),
        )

    def create(self, call: Call) -> Reply:
        """`POST /payment-methods`: stores a test card under a new token."""
        stored = self._state.payment_methods.store(
            read_card(call.body, "card", call.now_ms),
            call.now_ms,
            reference=read_reference(call.body),
            usage_mode=fields.choice(call.body, "usage_mode", USAGE_MODES, "MULTIPLE"),
            name=fields.text(call.body, "name", longest=_LONGEST_NAME),
        )
        return self._answer(stored)

    def get(self, call: Call) -> Reply:
        """`GET /payment-methods/{id}`."""
        return self._answer(self._stored(call))

    def edit(self, call: Call) -> Reply:
        """`PATCH /payment-methods/{id}`: what it names is replaced; the token stays the same.

        A card is read as at the first time and replaces the old one if it has a number; a new
        expiry alone is taken, as the sandbox keeps none.
        """
        method = self._stored(call)
        usage_mode = fields.choice(call.body, "usage_mode", USAGE_MODES, method.usage_mode)
        name = fields.text(call.body, "name", longest=_LONGEST_NAME) or method.name
        method = replace(method, usage_mode=usage_mode, name=name)
        if fields.find(call.body, "card.number"):
            method = replace(method, card=read_card(call.body, "card", call.now_ms))
        self._state.payment_methods.put(method)
        return self._answer(method)

    def delete(self, call: Call) -> Reply:
        """`DELETE /payment-methods/{id}`: it is not found from then on."""
        deleted = self._state.payment_methods.delete(call.path["id"])
        return self._answer(deleted, "DELETED")

    def list(self, call: Call) -> Reply:
        """`GET /payment-methods`."""
        return Reply(self._listing.answer(self._state.payment_methods.all(), call.query))

    def search(self, call: Call) -> Reply:
        """`POST /payment-methods/search`: the tokens of a card, or of a merchant's reference.

        By brand and last four digits, as nothing else of a card is kept.
        """
        asked: dict[str, str] = {}
        if fields.find(call.body, "card.number"):
            card = read_card(call.body, "card", call.now_ms)
            asked = {"brand": card.brand, "number_last4": card.last4}
        reference = read_reference(call.body)
        if reference:
            asked["reference"] = reference
        if not asked:
            raise missing(["card.number"])
        return Reply(self._listing.answer(self._state.payment_methods.all(), asked))

    def detokenize(self, call: Call) -> Reply:
        """`POST /payment-methods/{id}/detokenize`: refused, the sandbox knows no card number."""
        raise GpApiError(NO_PERMISSION, "Permission not enabled to execute action")

    def _stored(self, call: Call) -> PaymentMethod:
        return self._state.payment_methods.get(call.path["id"])

    def _answer(self, method: PaymentMethod, status: str = "ACTIVE") -> Reply:
        return Reply(payment_method_view(method, self._settings, status), method.id, status)
