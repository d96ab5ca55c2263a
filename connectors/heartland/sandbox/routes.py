"""Which operation is where. The types of actions are by analogy but for those that lists show."""

from collections.abc import Iterator

from connectors.heartland.sandbox.endpoints import Endpoint
from connectors.heartland.sandbox.operations import Operations
from connectors.heartland.sandbox.stored_operations import StoredOperations

TRANSACTION_ROOTS = ("/ucp/transactions", "/v1/payments/transactions")
PAYER_ROOTS = ("/ucp/payers", "/v1/customers")
"""GP API's path first, then the facade's, over the same state."""

Route = tuple[str, str, Endpoint]


def api_routes(do: Operations) -> Iterator[Route]:
    """Every operation that needs a bearer, as (method, path, endpoint)."""
    for root in TRANSACTION_ROOTS:
        yield from _transactions(root, do)
    stored = StoredOperations(do)
    for root in PAYER_ROOTS:
        yield from _payers(root, stored)
    yield from _payment_methods("/ucp/payment-methods", stored)
    yield "GET", "/ucp/actions", Endpoint("ACTION_LIST", "ACT_GET_List", stored.list_actions)


def _transactions(root: str, do: Operations) -> Iterator[Route]:
    one = root + "/{id}"
    yield "POST", root, Endpoint("AUTHORIZE", "TRN_POST_Authorize", do.create_transaction)
    yield "GET", root, Endpoint("TRANSACTION_LIST", "TRN_GET_List", do.list_transactions)
    yield "GET", one, Endpoint("TRANSACTION_SINGLE", "TRN_GET_Single", do.get_transaction)
    yield "POST", one + "/capture", Endpoint("CAPTURE", "TRN_POST_Capture", do.capture)
    yield "POST", one + "/refund", Endpoint("REFUND", "TRN_POST_Refund", do.refund)
    yield "POST", one + "/reversal", Endpoint("REVERSE", "TRN_POST_Reverse", do.reverse)
    yield "POST", one + "/incremental", Endpoint("AUTHORIZE", "TRN_POST_Authorize", do.increment)
    yield "POST", one + "/adjustment", Endpoint("ADJUST", "TRN_POST_Adjust", do.adjust)
    again = Endpoint("REAUTHORIZE", "TRN_POST_Reauthorize", do.reauthorize)
    yield "POST", one + "/reauthorization", again


def _payers(root: str, do: StoredOperations) -> Iterator[Route]:
    one = root + "/{id}"
    yield "POST", root, Endpoint("PAYER_CREATE", "PYR_POST_Create", do.create_payer)
    yield "GET", root, Endpoint("PAYER_LIST", "PYR_GET_List", do.list_payers)
    yield "PATCH", root, Endpoint("PAYER_EDIT", "PYR_PATCH_Edit", do.edit_no_payer)
    yield "GET", one, Endpoint("PAYER_SINGLE", "PYR_GET_Single", do.get_payer)
    yield "PATCH", one, Endpoint("PAYER_EDIT", "PYR_PATCH_Edit", do.edit_payer)


def _payment_methods(root: str, do: StoredOperations) -> Iterator[Route]:
    one = root + "/{id}"
    create = do.create_payment_method
    yield "POST", root, Endpoint("PAYMENT_METHOD_CREATE", "PMT_POST_Create", create)
    yield "GET", one, Endpoint("PAYMENT_METHOD_SINGLE", "PMT_GET_Single", do.get_payment_method)
    delete = do.delete_payment_method
    yield "DELETE", one, Endpoint("PAYMENT_METHOD_DELETE", "PMT_DELETE_Delete", delete)
