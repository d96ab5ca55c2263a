"""The operations on payers and the log of calls."""

from connectors.heartland.sandbox import payers
from connectors.heartland.sandbox.actions import FILTERS as ACTION_FILTERS
from connectors.heartland.sandbox.endpoints import Call, Reply, filters_of
from connectors.heartland.sandbox.errors import DOWNSTREAM, GpApiError
from connectors.heartland.sandbox.operations import Operations
from connectors.heartland.sandbox.views import (
    Page,
    action_view,
    list_view,
)


class StoredOperations:
    """Every call about payers and past calls."""

    def __init__(self, state: Operations) -> None:
        self._state = state
        self._settings = state.settings

    def create_payer(self, call: Call) -> Reply:
        """`POST /payers`."""
        return self._changed(self._state.payers.create(call.body, call.now_ms), call.now_ms)

    def edit_payer(self, call: Call) -> Reply:
        """`PATCH /payers/{id}`."""
        payer = self._state.payers.edit(call.path["id"], call.body, call.now_ms)
        return self._changed(payer, call.now_ms)

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

    def get_action(self, call: Call) -> Reply:
        """`GET /actions/{id}`."""
        action = self._state.desk.actions.get(call.path["id"])
        return Reply(action_view(action, self._settings), action.id)

    def _changed(self, payer: payers.Payer, now_ms: int) -> Reply:
        view = payers.payer_view(payer, self._settings)
        if self._state.pushes.wants("customers"):
            self._state.pushes.push("PAYER_NOTIFICATION", view, now_ms)
        return Reply(view, payer.id)
