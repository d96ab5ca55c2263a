"""The error table, with the answers of a real shop (facts: 1.4)."""

import json

import pytest

from connectors.http import Answer, Call
from connectors.woocommerce.errors import judge
from streams.core.errors import Failure, Misconfigured, Rejected, Transient, Unknown

WRITE = Call("POST /orders/{id}/notes", "POST", "/wp-json/wc/v3/orders/1/notes")
AGAIN = Call("PUT /orders/{id}", "PUT", "/wp-json/wc/v3/orders/1", repeatable=True)
HTML = b"<html><body>502 Bad Gateway</body></html>"


def answer(status: int, code: str, data: object = None) -> Answer:
    body = {"code": code, "message": "Sorry.", "data": data or {"status": status}}
    return Answer(status, {}, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "woocommerce_rest_authentication_error", Misconfigured),
        (401, "woocommerce_rest_cannot_view", Misconfigured),
        (403, "woocommerce_rest_cannot_edit", Misconfigured),
        (404, "rest_no_route", Misconfigured),
        (404, "woocommerce_rest_shop_order_invalid_id", Rejected),
        (400, "woocommerce_rest_shop_order_invalid_id", Rejected),
        (400, "rest_invalid_param", Rejected),
        (410, "woocommerce_rest_already_trashed", Rejected),
        (413, "woocommerce_rest_request_entity_too_large", Rejected),
        (501, "woocommerce_rest_trash_not_supported", Rejected),
        (500, "woocommerce_rest_cannot_create_order_refund", Rejected),
        (500, "internal_server_error", Unknown),
    ],
)
def test_each_refusal_of_wordpress_is_what_must_be_done(
    status: int, code: str, kind: type[Failure]
) -> None:
    assert type(judge(WRITE, answer(status, code))) is kind


@pytest.mark.parametrize("status", [403, 408, 429, 503])
def test_a_host_that_asks_to_wait(status: int) -> None:
    verdict = judge(WRITE, Answer(status, {"Retry-After": "9"}, HTML))

    assert isinstance(verdict, Transient)
    assert verdict.retry_after == 9


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_host_s_failure_leaves_a_write_open_but_not_one_that_may_be_repeated(
    status: int,
) -> None:
    assert isinstance(judge(WRITE, Answer(status, {}, HTML)), Unknown)
    assert isinstance(judge(AGAIN, Answer(status, {}, HTML)), Transient)


@pytest.mark.parametrize("params", [{"status": "is not one of"}, ["status"]])
def test_a_refusal_names_the_field_and_the_code(params: object) -> None:
    verdict = judge(AGAIN, answer(400, "rest_invalid_param", {"status": 400, "params": params}))

    assert isinstance(verdict, Rejected)
    assert (verdict.field, verdict.code) == ("status", "rest_invalid_param")
    assert "Sorry." in verdict.reason


def test_a_refund_s_500_has_a_bare_number_as_data() -> None:
    assert isinstance(judge(WRITE, answer(500, "woocommerce_rest_x", 500)), Rejected)


def test_a_redirect_is_a_wrong_address() -> None:
    verdict = judge(AGAIN, Answer(301, {"Location": "https://shop.example.com/"}, b""))

    assert isinstance(verdict, Misconfigured)
    assert "https://shop.example.com/" in str(verdict)
