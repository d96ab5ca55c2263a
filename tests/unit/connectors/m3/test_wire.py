"""M3's envelope: what goes out, and what every kind of answer means."""

from typing import Any

import pytest

from connectors.m3 import wire
from connectors.m3.wire import MiError, MiResult, NotUnderstood, Transaction

PADDED = f"{'Item number X does not exist':<200}{'ITNO':<10}{'WIT0103':<7}"
REFUSED = {
    "transaction": "AddBatchLine",
    "errorMessage": PADDED,
    "errorCode": "WIT0103",
    "errorField": "ITNO",
    "errorType": "ServerReturnedNOK",
    "notProcessed": False,
}
DONE = {"transaction": "AddBatchHead", "records": [{"ORNO": "0900000001  "}]}
NOT_PROCESSED = {"transaction": "Confirm", "records": [], "notProcessed": True}


def test_transactions_come_last() -> None:
    body = wire.request(
        "OIS100MI", 100, "AAA", [Transaction("OIS100MI", "GetHead", {"ORNO": "1"}, ("STAT",))]
    )
    assert list(body)[-1] == "transactions"
    assert body["transactions"] == [
        {"transaction": "GetHead", "record": {"ORNO": "1"}, "selectedColumns": ["STAT"]}
    ]


def test_a_refusal_is_told_without_padding_code_and_field() -> None:
    reply = wire.reply({"results": [DONE, REFUSED]}, 2)
    assert reply.results == (
        MiResult(({"ORNO": "0900000001"},)),
        MiResult(
            error=MiError("Item number X does not exist", "WIT0103", "ITNO", "ServerReturnedNOK")
        ),
    )
    assert reply.ended is None


def test_a_terminated_request_keeps_what_was_done() -> None:
    body = {
        "results": [DONE, NOT_PROCESSED],
        "wasTerminated": True,
        "terminationReason": "no such transaction",
        "terminationErrorType": "TransactionNotFound",
    }
    reply = wire.reply(body, 2)
    assert reply.results == (MiResult(({"ORNO": "0900000001"},)), None)
    assert reply.ended == MiError("no such transaction", type="TransactionNotFound")


def test_a_refused_request_did_nothing() -> None:
    body = {"results": [], "errorMessage": "not JSON", "errorType": "InvalidRequest"}
    reply = wire.reply(body, 2)
    assert reply.results == (None, None)
    assert reply.ended == MiError("not JSON", type="InvalidRequest")


def test_results_that_are_left_out_were_not_processed() -> None:
    reply = wire.reply({"results": [DONE], "wasTerminated": True}, 3)
    assert reply.results[1:] == (None, None)


@pytest.mark.parametrize(
    "body",
    [None, [], {}, {"results": [DONE]}, {"results": [DONE, DONE, DONE]}, {"results": [DONE, 1]}],
)
def test_an_answer_that_fits_no_request_is_not_guessed_at(body: Any) -> None:
    with pytest.raises(NotUnderstood):
        wire.reply(body, 2)


@pytest.mark.parametrize("name", ["GetBasicData", "LstHead", "SearchHead", "Select"])
def test_questions_may_be_repeated(name: str) -> None:
    assert Transaction("P", name).reads


@pytest.mark.parametrize("name", ["AddBatchHead", "Confirm", "ControlBatch", "ChgBasicData"])
def test_what_changes_m3_may_not(name: str) -> None:
    assert not Transaction("P", name).reads
