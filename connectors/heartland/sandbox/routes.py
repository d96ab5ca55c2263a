"""Which operation is where. The types of actions are by analogy but for those that lists show."""

from collections.abc import Iterator

from connectors.heartland.sandbox.dispute_operations import DisputeOperations
from connectors.heartland.sandbox.endpoints import Endpoint
from connectors.heartland.sandbox.operations import Operations
from connectors.heartland.sandbox.payment_method_operations import PaymentMethodOperations
from connectors.heartland.sandbox.settlement_operations import SettlementOperations
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
    yield from _payment_methods("/ucp/payment-methods", PaymentMethodOperations(do))
    yield "GET", "/ucp/actions", Endpoint("ACTION_LIST", "ACT_GET_List", stored.list_actions)
    single = Endpoint("ACTION_SINGLE", "ACT_GET_Single", stored.get_action)
    yield "GET", "/ucp/actions/{id}", single
    yield from _settlement(SettlementOperations(do))
    yield from _disputes(DisputeOperations(do))


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


def _payment_methods(root: str, do: PaymentMethodOperations) -> Iterator[Route]:
    one = root + "/{id}"
    yield "POST", root, Endpoint("PAYMENT_METHOD_CREATE", "PMT_POST_Create", do.create)
    yield "GET", root, Endpoint("PAYMENT_METHOD_LIST", "PMT_GET_List", do.list)
    yield "POST", root + "/search", Endpoint("PAYMENT_METHOD_SEARCH", "PMT_POST_Search", do.search)
    yield "GET", one, Endpoint("PAYMENT_METHOD_SINGLE", "PMT_GET_Single", do.get)
    yield "PATCH", one, Endpoint("PAYMENT_METHOD_EDIT", "PMT_PATCH_Edit", do.edit)
    yield "DELETE", one, Endpoint("PAYMENT_METHOD_DELETE", "PMT_DELETE_Delete", do.delete)
    detokenize = Endpoint("DETOKENIZE", "PMT_POST_Detokenize", do.detokenize)
    yield "POST", one + "/detokenize", detokenize


def _settlement(do: SettlementOperations) -> Iterator[Route]:
    batches, deposits = "/ucp/batches", "/ucp/settlement/deposits"
    settled, fees = "/ucp/settlement/transactions", "/ucp/settlement/reports/monthly-fees"
    close = Endpoint("CLOSE", "BAT_POST_Close", do.close_batch)
    yield "POST", batches + "/{id}", close
    yield "POST", batches, Endpoint("CLOSE", "BAT_POST_Close", do.no_batch)
    yield "POST", batches + "/", Endpoint("CLOSE", "BAT_POST_Close", do.no_batch)
    yield "GET", batches + "/{id}", Endpoint("BATCH_SINGLE", "BAT_GET_Single", do.get_batch)
    yield "GET", deposits, Endpoint("DEPOSIT_LIST", "DEP_GET_List", do.list_deposits)
    yield "GET", deposits + "/{id}", Endpoint("DEPOSIT_SINGLE", "DEP_GET_Single", do.get_deposit)
    yield "GET", settled, Endpoint("TRANSACTION_LIST", "TRN_GET_List_Funded", do.list_settled)
    yield "GET", fees, Endpoint("REPORT_LIST", "RPT_GET_List", do.list_fees)


def _disputes(do: DisputeOperations) -> Iterator[Route]:
    root, settled = "/ucp/disputes", "/ucp/settlement/disputes"
    one = root + "/{id}"
    yield "GET", root, Endpoint("DISPUTE_LIST", "DIS_GET_Lists", do.list)
    yield "GET", one, Endpoint("DISPUTE_SINGLE", "DIS_GET_Single", do.get)
    yield "POST", one + "/acceptance", Endpoint("ACCEPT", "DIS_POST_Accept", do.accept)
    yield "POST", one + "/challenge", Endpoint("CHALLENGE", "DIS_POST_Challenge", do.challenge)
    yield "GET", settled, Endpoint("DISPUTE_LIST", "DIS_GET_List_Funded", do.list_settled)
    funded = Endpoint("DISPUTE_SINGLE", "DIS_GET_Single_Funded", do.get_settled)
    yield "GET", settled + "/{id}", funded
