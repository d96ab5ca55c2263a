"""The operations on payers, payment methods and the log of calls."""

from connectors.heartland.sandbox import fields, payers
from connectors.heartland.sandbox.actions import FILTERS as ACTION_FILTERS
from connectors.heartland.sandbox.cards import read_card
from connectors.heartland.sandbox.endpoints import Call, Reply, filters_of
from connectors.heartland.sandbox.errors import DOWNSTREAM, GpApiError
from connectors.heartland.sandbox.operations import Operations
from connectors.heartland.sandbox.orders import read_reference
from connectors.heartland.sandbox.payment_methods import USAGE_MODES
from connectors.heartland.sandbox.views import (
    Page,
    action_view,
    list_view,
    payment_method_view,
)


class StoredOperations:
    """Every call about payers, payment methods and past calls."""

    def __init__(self, state: Operations) -> None:
        self._state = state
        self._settings = state.settings

    def create_payment_method(self, call: Call) -> Reply:
        """`POST /payment-methods`: stores a test card under a new token."""
        reference = read_reference(call.body)
        usage_mode = fields.choice(call.body, "usage_mode", USAGE_MODES, "MULTIPLE")
        card = read_card(call.body, "card", call.now_ms)
        stored = self._state.payment_methods.store(
            card, call.now_ms, reference=reference, usage_mode=usage_mode
        )
        body = payment_method_view(stored, self._settings, "ACTIVE")
        return Reply(body, stored.id, "ACTIVE")

    def get_payment_method(self, call: Call) -> Reply:
        """`GET /payment-methods/{id}`."""
        stored = self._state.payment_methods.get(call.path["id"])
        body = payment_method_view(stored, self._settings, "ACTIVE")
        return Reply(body, stored.id, "ACTIVE")

    def delete_payment_method(self, call: Call) -> Reply:
        """`DELETE /payment-methods/{id}`."""
        deleted = self._state.payment_methods.delete(call.path["id"])
        body = payment_method_view(deleted, self._settings, "DELETED")
        return Reply(body, deleted.id, "DELETED")

    def create_payer(self, call: Call) -> Reply:
        """`POST /payers`."""
        payer = self._state.payers.create(call.body, call.now_ms)
        return Reply(payers.payer_view(payer, self._settings), payer.id)

    def edit_payer(self, call: Call) -> Reply:
        """`PATCH /payers/{id}`."""
        payer = self._state.payers.edit(call.path["id"], call.body, call.now_ms)
        return Reply(payers.payer_view(payer, self._settings), payer.id)

    def edit_no_payer(self, call: Call) -> Reply:
        """`PATCH /payers`: bad input that the real gateway answers with 502 (facts: JAVA-T)."""
        text = "Unable to process your request due to an error with a system down stream."
        raise GpApiError(DOWNSTREAM, text)

    def get_payer(self, call: Call) -> Reply:
        """`GET /payers/{id}`."""
        payer = self._state.payers.get(call.path["id"])
        return Reply(payers.payer_view(payer, self._settings), payer.id)

    def list_payers(self, call: Call) -> Reply:
        """`GET /payers`."""
        page, filters = Page.read(call.query), filters_of(call.query, payers.FILTERS)
        found = self._state.payers.find(filters, ascending=page.ascending)
        rows = (payers.payer_view(payer, self._settings) for payer in page.cut(found))
        return Reply(list_view("payers", rows, len(found), page, filters))

    def list_actions(self, call: Call) -> Reply:
        """`GET /actions`."""
        page, filters = Page.read(call.query), filters_of(call.query, ACTION_FILTERS)
        found = self._state.desk.actions.find(filters, ascending=page.ascending)
        rows = (action_view(action, self._settings) for action in page.cut(found))
        return Reply(list_view("actions", rows, len(found), page, filters))
