"""The error table, with the bodies of the vendor's own tests (facts: 4.1)."""

import json

import pytest

from connectors.heartland.errors import judge
from connectors.http import Answer, Call
from streams.core.errors import Failure, Misconfigured, Rejected, Transient, Unknown

SALE = Call("POST /transactions", "POST", "/ucp/transactions")
LOOK = Call("GET /transactions/{id}", "GET", "/ucp/transactions/TRN_1")


def answer(status: int, error_code: str, detail: str, text: str = "") -> Answer:
    body = {
        "error_code": error_code,
        "detailed_error_code": detail,
        "detailed_error_description": text,
    }
    return Answer(status, {}, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "error_code", "detail", "kind"),
    [
        (400, "MANDATORY_DATA_MISSING", "40005", Rejected),
        (400, "INVALID_REQUEST_DATA", "40087", Rejected),
        (404, "RESOURCE_NOT_FOUND", "40008", Rejected),
        (502, "SYSTEM_ERROR_DOWNSTREAM", "50018", Rejected),
        (502, "SYSTEM_ERROR_DOWNSTREAM", "50046", Rejected),
        (502, "ACTION_FAILED", "500010", Rejected),
        (401, "NOT_AUTHENTICATED", "40001", Transient),
        (429, "", "", Transient),
        (503, "", "", Transient),
        (403, "ACTION_NOT_AUTHORIZED", "40004", Misconfigured),
        (403, "ACTION_NOT_AUTHORIZED", "40212", Misconfigured),
        (500, "SYSTEM_ERROR_DOWNSTREAM", "50011", Unknown),
        (501, "UNKNOWN_RESPONSE", "50012", Unknown),
        (502, "SYSTEM_ERROR_DOWNSTREAM", "50139", Unknown),
        (504, "TIMEOUT_DOWNSTREAM", "50008", Unknown),
    ],
)
def test_each_refusal_of_a_payment_is_what_must_be_done(
    status: int, error_code: str, detail: str, kind: type[Failure]
) -> None:
    assert type(judge(SALE, answer(status, error_code, detail))) is kind


def test_a_question_that_failed_is_asked_again() -> None:
    assert isinstance(judge(LOOK, answer(504, "TIMEOUT_DOWNSTREAM", "50008")), Transient)


def test_a_repeated_key_is_no_failure() -> None:
    text = "Idempotency Key seen before: id=TRN_x, status=CAPTURED"
    assert judge(SALE, answer(409, "DUPLICATE_ACTION", "40039", text)) is None


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Request expects the following fields currency", "currency"),
        ("payment_method.id contains unexpected data", "payment_method.id"),
        ("Transaction TRN_x not found at this location.", "transaction_id"),
        ("You may only refund up to 115% of the original amount ", ""),
    ],
)
def test_a_refusal_names_the_field_that_gp_api_names(text: str, field: str) -> None:
    verdict = judge(SALE, answer(400, "INVALID_REQUEST_DATA", "40213", text))

    assert isinstance(verdict, Rejected)
    assert (verdict.field, verdict.code) == (field, "40213")
    assert text.strip() in verdict.reason


def test_a_proxy_s_page_leaves_a_payment_open() -> None:
    assert isinstance(judge(SALE, Answer(502, {}, b"<html>Bad Gateway</html>")), Unknown)


def test_a_redirect_is_a_wrong_address() -> None:
    moved = Answer(301, {"Location": "https://apis.globalpay.com"}, b"")
    verdict = judge(SALE, moved)

    assert isinstance(verdict, Misconfigured)
    assert "https://apis.globalpay.com" in str(verdict)


def test_a_wait_that_gp_api_asks_for_is_kept() -> None:
    verdict = judge(SALE, Answer(429, {"Retry-After": "7"}, b""))

    assert isinstance(verdict, Transient)
    assert verdict.retry_after == 7
