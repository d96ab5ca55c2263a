"""What GP API refuses, and in which words: the whole table.

Every refusal has the body `{error_code, detailed_error_code, detailed_error_description}`.
502 does not mean "try again": GP API answers it to plainly bad input too (facts: JAVA-T).
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """One kind of refusal: HTTP status, `error_code` and `detailed_error_code`."""

    http_status: int
    error_code: str
    detail: str


MISSING = Refusal(400, "MANDATORY_DATA_MISSING", "40005")
CONDITIONALLY_MISSING = Refusal(400, "INVALID_REQUEST_DATA", "40007")
UNEXPECTED_DATA = Refusal(400, "INVALID_REQUEST_DATA", "40213")
INVALID_CARD = Refusal(400, "INVALID_REQUEST_DATA", "40085")
AMOUNT_REFUSED = Refusal(400, "INVALID_REQUEST_DATA", "50020")
REFUND_REFUSED = Refusal(400, "INVALID_REQUEST_DATA", "40087")
PARTIAL_REVERSAL = Refusal(400, "INVALID_REQUEST_DATA", "40214")
UNKNOWN_PERMISSION = Refusal(400, "INVALID_REQUEST_DATA", "40119")
WRONG_STATUS = Refusal(400, "INVALID_TRANSACTION_ACTION", "40042")
NOT_CONFIGURED = Refusal(400, "INVALID_REQUEST_DATA", "40041")
INVALID_ORIGINAL = Refusal(400, "INVALID_REQUEST_DATA", "40044")
INCREMENTAL = Refusal(400, "INVALID_ACTION", "40290")
BATCH_ID_MISSING = Refusal(400, "MANDATORY_DATA_MISSING", "40223")
NO_DOCUMENT = Refusal(400, "MANDATORY_DATA_MISSING", "40065")
ONE_DOCUMENT = Refusal(400, "INVALID_REQUEST_DATA", "40072")
NO_SUCH_DISPUTE = Refusal(400, "INVALID_REQUEST_DATA", "40073")
ACCEPTANCE_REFUSED = Refusal(400, "INVALID_DISPUTE_ACTION", "40067")
CHALLENGE_REFUSED = Refusal(400, "INVALID_DISPUTE_ACTION", "40060")
INVALID_TOKEN = Refusal(401, "NOT_AUTHENTICATED", "40001")
ACCOUNT_NOT_IN_TOKEN = Refusal(403, "ACTION_NOT_AUTHORIZED", "40003")
CREDENTIALS = Refusal(403, "ACTION_NOT_AUTHORIZED", "40004")
NO_PERMISSION = Refusal(403, "ACTION_NOT_AUTHORIZED", "40212")
NOT_FOUND = Refusal(404, "RESOURCE_NOT_FOUND", "40008")
PAYMENT_METHOD_NOT_FOUND = Refusal(404, "RESOURCE_NOT_FOUND", "40116")
NOT_HERE = Refusal(404, "RESOURCE_NOT_FOUND", "40118")
KEY_SEEN = Refusal(409, "DUPLICATE_ACTION", "40039")
DOWNSTREAM_SCHEMA = Refusal(502, "SYSTEM_ERROR_DOWNSTREAM", "50018")
DOWNSTREAM = Refusal(502, "SYSTEM_ERROR_DOWNSTREAM", "50046")
BATCH_FAILED = Refusal(502, "ACTION_FAILED", "500010")


class GpApiError(Exception):
    """A call that GP API refuses; nothing has changed and no idempotency key is used up.

    Args:
        refusal: which kind.
        description: `detailed_error_description`; never holds what may be a card number.
    """

    def __init__(self, refusal: Refusal, description: str) -> None:
        super().__init__(f"{refusal.detail} {description}")
        self.refusal = refusal
        self.description = description

    def body(self) -> dict[str, object]:
        """The response's body."""
        return {
            "error_code": self.refusal.error_code,
            "detailed_error_code": self.refusal.detail,
            "detailed_error_description": self.description,
        }


def missing(fields: Iterable[str]) -> GpApiError:
    """Mandatory fields that a request lacks, by name."""
    return GpApiError(MISSING, f"Request expects the following fields {', '.join(fields)}")


def unexpected(field: str) -> GpApiError:
    """A field that is there but not as it must be. The value is not repeated."""
    return GpApiError(UNEXPECTED_DATA, f"{field} contains unexpected data")


def transaction_not_found(id_or_reference: str) -> GpApiError:
    """No transaction at that id (or, for a reversal, reference)."""
    return GpApiError(NOT_FOUND, f"Transaction {id_or_reference} not found at this location.")


def payment_method_not_found(token: str) -> GpApiError:
    """A well-formed `PMT_…` that is not stored here."""
    text = f"payment_method {token} not found at this location."
    return GpApiError(PAYMENT_METHOD_NOT_FOUND, text)


def not_supported(action: str, why: str) -> GpApiError:
    """An action that the transaction's state does not allow; the text's end is the sandbox's."""
    return GpApiError(WRONG_STATUS, f"{action} of this transaction is not supported, {why}")
