"""The error table, by what must be done."""

import pytest

from connectors.http import Answer, Call
from connectors.m3.errors import already_exists, does_not_exist, ended, judge, refusal
from connectors.m3.wire import MiError, MiResult
from streams.core.errors import Failure, Misconfigured, Rejected, Transient, Unknown

CALL = Call("POST OIS100MI", "POST", "/T/M3/m3api-rest/v2/execute")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, Misconfigured),
        (403, Misconfigured),
        (404, Misconfigured),
        (413, Rejected),
        (429, Transient),
        (500, Unknown),
        (502, Unknown),
        (503, Transient),
        (504, Unknown),
    ],
)
def test_every_status_has_its_judgement(status: int, kind: type[Failure]) -> None:
    assert type(judge(CALL, Answer(status, {}, b""))) is kind


@pytest.mark.parametrize("status", [200, 400])
def test_an_envelope_is_read_not_judged(status: int) -> None:
    assert judge(CALL, Answer(status, {}, b"{}")) is None


def test_m3_s_wish_to_wait_is_obeyed() -> None:
    failure = judge(CALL, Answer(429, {"Retry-After": "7"}, b""))
    assert isinstance(failure, Transient)
    assert failure.retry_after == 7


def test_a_wrong_company_stops_the_worker_and_names_the_setting() -> None:
    error = MiError("User is not authorized for company 300", "XAU0008", "CONO")
    failure = refusal(error, "order uk-1")
    assert isinstance(failure, Misconfigured)
    assert "TANDEM_M3_CONO" in str(failure)


def test_a_business_refusal_is_a_dead_letter_in_m3_s_words() -> None:
    failure = refusal(MiError("Item number X does not exist", "WIT0103", "ITNO"), "item X")
    assert isinstance(failure, Rejected)
    assert (failure.field, failure.code) == ("ITNO", "WIT0103")
    assert failure.reason == "M3 refuses item X: Item number X does not exist"


@pytest.mark.parametrize(
    ("kind", "failure"),
    [("TransactionNotFound", Misconfigured), ("InvalidRequest", Rejected), ("", Transient)],
)
def test_an_ended_request_is_judged_by_its_reason(kind: str, failure: type[Failure]) -> None:
    assert type(ended(MiError("why", type=kind))) is failure


def test_message_ids_say_whether_a_thing_exists() -> None:
    missing = MiResult(error=MiError("", "WCU0203", "CUNO"))
    present = MiResult(error=MiError("", "WCU0204", "CUNO"))
    other = MiResult(error=MiError("", "WCU0403", "CUTM"))
    found = [(does_not_exist(x, "CUNO"), already_exists(x, "CUNO")) for x in (missing, present)]
    assert found == [(True, False), (False, True)]
    assert not does_not_exist(other, "CUNO")
    assert not does_not_exist(MiResult(), "CUNO")
