"""M3's error table: what must be done about an answer of the gateway, or a refusal of M3.

Message ids are a W, the field, two characters and a suffix: 01 invalid, 02 must be entered,
03 does not exist, 04 already exists. (Facts: the pattern is inferred from the public ids.)
"""

from collections.abc import Mapping

from connectors.http import Answer, Call, retry_after
from connectors.m3.wire import MiError, MiResult
from streams.core.errors import Failure, Misconfigured, Rejected, Transient, Unknown

_CONTEXT = {"CONO": "TANDEM_M3_CONO", "DIVI": "TANDEM_M3_DIVI"}


def judge(call: Call, answer: Answer) -> Failure | None:
    """What must be done about an HTTP answer; None for an envelope, which 200 and 400 carry.

    A 500, 502 or 504 may come after M3 has done the work, so the effect of a call is unknown then.
    """
    status = answer.status
    if status in (200, 400):
        return None
    if status == 429:
        return Transient("ION API's quota is used up", retry_after(answer))
    if status == 503:
        return Transient("M3 is not available (503)", retry_after(answer))
    if status >= 500:
        return Unknown(f"ION API answers {status}: whether M3 did the work is not known")
    if status == 401:
        return Misconfigured(
            "ION API refuses a fresh token (401): the service account of the .ionapi file must be "
            "linked to an M3 user"
        )
    if status == 403:
        return Misconfigured(
            "ION API refuses the service account (403): allow it the M3 API suite, or set "
            "TANDEM_M3_IONAPI to another file"
        )
    if status == 404:
        return Misconfigured(
            f"ION API has no {call.path} (404): check iu and ti of the .ionapi file"
        )
    return Rejected(f"ION API answers {status} to {call.name}", code=str(status))


def ended(error: MiError) -> Failure:
    """What must be done about the transaction at which M3 ended a whole request."""
    if error.type == "TransactionNotFound":
        return Misconfigured(
            f"M3: {error.message}. This M3 lacks a transaction that Tandem needs; update M3 or its "
            "MI repository"
        )
    if error.type:
        return Rejected(
            f"M3 refused the request: {error.message}", error.field, error.code or error.type
        )
    return Transient(f"M3 ended the request: {error.message}")


def refusal(error: MiError, doing: str) -> Failure:
    """What must be done about a transaction that M3 refused.

    Args:
        error: M3's.
        doing: what was wanted, e.g. `the head of the order`.
    """
    if error.field in _CONTEXT:
        return Misconfigured(f"M3: {error.message} ({error.code}); set {_CONTEXT[error.field]}")
    if error.type == "TransactionNotFound":
        return ended(error)
    return Rejected(f"M3 refuses {doing}: {error.message}", error.field, error.code or error.type)


def accepted(result: MiResult, doing: str) -> Mapping[str, str]:
    """The first record of a transaction that M3 accepted, empty if it answers none.

    Raises:
        Rejected: M3 refused it.
        Misconfigured: M3 refused the company or division, or lacks the transaction.
    """
    if result.error:
        raise refusal(result.error, doing)
    return result.records[0] if result.records else {}


def does_not_exist(result: MiResult, field: str) -> bool:
    """Whether M3 refused because it has no such thing: for CUNO `WCU0203`."""
    return _suffix(result, field) == "03"


def already_exists(result: MiResult, field: str) -> bool:
    """Whether M3 refused because it has it already."""
    return _suffix(result, field) == "04"


def _suffix(result: MiResult, field: str) -> str:
    error = result.error
    return error.code[-2:] if error and error.field == field and error.code[:1] == "W" else ""
